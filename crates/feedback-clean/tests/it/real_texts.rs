//! Texts as people and programs write them.

use feedback_clean::{Cleaning, Step};

/// Personal data and what looks like it. In the texts of the second list, nothing is masked.
const MASKED: &[(&str, &str)] = &[
    // E-mail addresses
    (
        "My mail is jane.doe@example.com, please reply",
        "My mail is [email], please reply",
    ),
    ("mailto:jane@example.co.uk", "mailto:[email]"),
    ("Jane Doe <jane+shop@mail.example.org>", "Jane Doe <[email]>"),
    ("jürgen@müller.example.de schrieb", "[email] schrieb"),
    ("(support@example.io)", "([email])"),
    ("a_b-c@sub.example-shop.com.", "[email]."),
    // Phone numbers
    ("Call me at +1 415 555 2671", "Call me at [phone]"),
    ("(415) 555-2671 after 5", "[phone] after 5"),
    ("415-555-2671", "[phone]"),
    ("415.555.2671", "[phone]"),
    ("1-800-555-0199 was busy", "[phone] was busy"),
    ("+44 20 7946 0958", "[phone]"),
    ("020 7946 0958", "[phone]"),
    ("+49 (0)30 123456", "[phone]"),
    ("Tel.: 030/1234567", "Tel.: [phone]"),
    ("0171 1234567 ab 18 Uhr", "[phone] ab 18 Uhr"),
    ("+33 6 12 34 56 78", "[phone]"),
    ("06 12 34 56 78", "[phone]"),
    ("+34 612 345 678", "[phone]"),
    ("0034612345678", "[phone]"),
    ("+86 138 0013 8000", "[phone]"),
    ("+91-98765-43210", "[phone]"),
    ("Ruf an: +43 1 234 5678!", "Ruf an: [phone]!"),
    // Card numbers: published test numbers
    ("charged 4242 4242 4242 4242 twice", "charged [card] twice"),
    ("5555555555554444", "[card]"),
    ("5105-1051-0510-5100", "[card]"),
    ("378282246310005", "[card]"),
    ("3782 822463 10005", "[card]"),
    ("6011111111111117", "[card]"),
    ("30569309025904", "[card]"),
    // IBANs: the examples of the registry
    ("IBAN: DE89370400440532013000", "IBAN: [iban]"),
    ("GB29 NWBK 6016 1331 9268 19", "[iban]"),
    ("FR14 2004 1010 0505 0001 3M02 606", "[iban]"),
    ("ES91 2100 0418 4502 0005 1332.", "[iban]."),
    ("NL91ABNA0417164300 bitte", "[iban] bitte"),
    ("AT61 1904 3002 3457 3201", "[iban]"),
    ("CH93 0076 2011 6238 5295 7", "[iban]"),
    // Several
    ("jane@example.com / +1 415 555 2671", "[email] / [phone]"),
];

const KEPT: &[&str] = &[
    "order 1234567890 is late",
    "Order no. 302-1234567-7654321",
    "invoice 2024001234",
    "Bestellung 4711-0815",
    "ticket #987654321",
    "tracking 1Z999AA10123456784",
    "tracking 9400110200881234567890",
    "parcel JD014600003812345678",
    "SKU 12345-67890",
    "EAN 4006381333931",
    "ISBN 978-3-16-148410-0",
    "VAT DE123456789",
    "serial ABC0123456789",
    "on 2024-03-05 at 10:15",
    "2024-03-05T10:15:30Z",
    "05.03.2024, 10:15 Uhr",
    "05/03/2024 10:15",
    "03/05/24",
    "20240305101530",
    "from 2019 to 2024",
    "1.299,00 € statt 1.499,00 €",
    "$1,234,567.89",
    "1 234 567 kr",
    "costs 19.99 or 24.99",
    "12 000 000 users",
    "192.168.0.1 and 10.0.0.255",
    "version 10.15.7 (19H2)",
    "1920x1080 at 60",
    "48.8566, 2.3522",
    "room 101, floor 3, building 12",
    "9 to 5, 24/7, 365 days",
    "score 3:2, 10/10",
    "4242 4242 4242 4243",
    "card ends in 4242",
    "1111 2222 3333 4444",
    "DE89370400440532013001",
    "follow @example on social media",
    "meet @ noon",
    "user@localhost",
    "ratio 16:9 and 1/3",
    "ZIP 94103-1234",
    "PLZ 10115 Berlin",
    "0.001234567 BTC",
    "100000000 downloads",
    "error 0x80070057",
    "code 404-500-503",
];

#[test]
fn personal_data_are_masked() {
    let masking = Cleaning::only(Step::MaskPersonalData);
    let wrong: Vec<String> = MASKED
        .iter()
        .filter(|(text, expected)| masking.clean(text) != *expected)
        .map(|(text, expected)| format!("{text:?}: {:?}, expected {expected:?}", masking.clean(text)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn other_numbers_stay() {
    let masking = Cleaning::only(Step::MaskPersonalData);
    let wrong: Vec<String> = KEPT
        .iter()
        .filter(|text| masking.clean(text) != **text)
        .map(|text| format!("{text:?}: {:?}", masking.clean(text)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_whole_mail_is_cleaned() {
    let mail = "<html><body><p>Hello&nbsp;team,</p><p>the export on <a href=\"https://app.example.org/x?y=1&amp;z=2\">https://app.example.org</a> \
                fails. Reach me at <b>ada@example.org</b> or +44 20 7946 0958.</p><div>Sent from my iPhone</div><div>On Mon, 3 Mar 2025 at \
                10:00, Support &lt;help@example.org&gt; wrote:</div><blockquote>Hello Ada</blockquote></body></html>";
    assert_eq!(
        Cleaning::all().clean(mail),
        "Hello\u{A0}team,\nthe export on [url] fails. Reach me at [email] or [phone]."
    );
}
