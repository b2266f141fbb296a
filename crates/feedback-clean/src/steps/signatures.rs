//! Signatures of e-mails.

use std::borrow::Cow;

use crate::steps::lines;

/// Starts of the line that a mail program adds, in lower case, with the words of which one must follow. Without these words,
/// "Sent from my account by mistake" would be such a line.
const SENT_FROM: [&str; 20] = [
    "sent from my ",
    "sent from ",
    "sent via ",
    "sent with ",
    "get outlook for ",
    "von meinem ",
    "gesendet von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "diese nachricht wurde von meinem ",
    "envoyé de mon ",
    "envoyé depuis ",
    "envoyé à partir de ",
    "enviado desde mi ",
    "enviado desde ",
    "enviado do meu ",
    "inviato da ",
    "inviato dal mio ",
    "verzonden vanaf mijn ",
    "verstuurd vanaf mijn ",
];

const DEVICES: [&str; 28] = [
    "iphone",
    "ipad",
    "ipod",
    "android",
    "samsung",
    "galaxy",
    "blackberry",
    "huawei",
    "xiaomi",
    "nokia",
    "sony",
    "xperia",
    "pixel",
    "mobile",
    "mobil",
    "handy",
    "smartphone",
    "tablet",
    "phone",
    "móvil",
    "windows",
    "outlook",
    "yahoo",
    "gmx",
    "proton",
    "mail",
    "ios",
    "telefoon",
];

const MAX_SENT_FROM: usize = 90;
/// Maximum number of lines after "-- ". More lines are hardly a signature.
const MAX_LINES: usize = 12;

/// Removes what follows the only line "-- " or "--", and lines such as "Sent from my iPhone".
pub(crate) fn drop(text: &str) -> Cow<'_, str> {
    let lines = lines::split(text);
    let mut kept: Vec<bool> = lines.iter().map(|line| !is_sent_from(line)).collect();
    // Without a line above, there is nothing that could be signed. Several such lines separate parts of the text.
    let mut separators = (0..lines.len()).filter(|&line| lines[line].trim_end() == "--");
    if let (Some(separator @ 1..), None) = (separators.next(), separators.next()) {
        let after = &lines[separator + 1..];
        let is_signature =
            after.len() <= MAX_LINES && !after.iter().any(|line| line.trim_start().starts_with('>'));
        if is_signature {
            kept[separator..].fill(false);
        }
    }
    lines::keep(text, &lines, &kept)
}

fn is_sent_from(line: &str) -> bool {
    let line = line.trim().trim_matches(['*', '_', '-', ' ', '<', '(']);
    if line.len() > MAX_SENT_FROM || !line.starts_with(char::is_alphabetic) {
        return false;
    }
    let lower = line.to_lowercase();
    let has_device = |rest: &str| {
        let mut words = rest.split(|c: char| !c.is_alphanumeric());
        // A sentence goes on after the device.
        let at = words.position(|word| DEVICES.contains(&word));
        at.is_some_and(|at| at <= 2) && !rest.contains([',', '!', '?'])
    };
    let starts = SENT_FROM
        .iter()
        .any(|start| lower.strip_prefix(start).is_some_and(has_device));
    let is_german_order =
        !lower.starts_with("von meinem ") || lower.trim_end_matches('.').ends_with(" gesendet");
    starts && is_german_order && lower.split_whitespace().count() <= 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_removed() {
        let cases = [
            (
                "It fails.\n-- \nAnn Example\nExample Ltd\n+49 30 123456",
                "It fails.",
            ),
            ("It fails.\r\n--\r\nAnn", "It fails."),
            ("It fails.\n\nSent from my iPhone", "It fails."),
            ("Geht nicht.\nVon meinem iPhone gesendet", "Geht nicht."),
            ("Geht nicht.\nGesendet mit der GMX Mail App", "Geht nicht."),
            ("Non.\nEnvoyé de mon iPad", "Non."),
            ("No.\nEnviado desde mi móvil", "No."),
            ("No.\nInviato da iPhone", "No."),
            ("No.\nVerzonden vanaf mijn Samsung Galaxy-smartphone", "No."),
            ("Ok\nGet Outlook for iOS<https://aka.ms/o0ukef>", "Ok"),
            ("Ok\nSent from Yahoo Mail on Android", "Ok"),
            ("Sent from my iPhone\nIt fails.", "It fails."),
        ];
        for (text, expected) in cases {
            assert_eq!(drop(text), expected, "{text}");
        }
    }

    #[test]
    fn other_lines_stay() {
        for text in [
            "Sent from my account by mistake",
            "Sent from my iPhone, the photos look blurred in your app.",
            "Sent from the wrong warehouse",
            "Von meinem iPhone aus geht es nicht",
            "a -- b\n--- \n- -",
            "--\nnothing above",
            "one part\n--\nanother part\n--\na third",
        ] {
            assert!(matches!(drop(text), Cow::Borrowed(_)), "{text}");
        }
        let long = format!("Above\n--\n{}", "a line\n".repeat(13));
        assert!(matches!(drop(&long), Cow::Borrowed(_)));
        let quoted = "Above\n-- \nAnn\n> old";
        assert!(matches!(drop(quoted), Cow::Borrowed(_)));
    }
}
