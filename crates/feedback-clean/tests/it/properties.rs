//! What holds for every text.

use std::borrow::Cow;

use feedback_clean::{Cleaning, Masking, PseudonymKey, Step, preview};
use proptest::prelude::*;

/// Texts in which parts to clean are frequent, also broken and nested ones.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "<b>",
            "</b>",
            "<p>",
            "<br/>",
            "<",
            ">",
            "<!--",
            "-->",
            "<script>",
            "</script>",
            "<td a='",
            "\">",
            "<a href=\"",
            "&lt;",
            "&amp;",
            "&",
            "amp;",
            ";",
            "&#62;",
            "&#38;",
            "&commat;",
            "&num;",
            "#62;",
            "\n",
            "\r\n",
            "> ",
            ">",
            "On Mon, 3 Mar 2025 at 10:00, Ann wrote:",
            "wrote:",
            "On 2024 ",
            "-- \n",
            "--\n",
            "Sent from my iPhone",
            "From: a\n",
            "Sent: b\n",
            "To: c\n",
            "-----Original Message-----\n",
            "http://",
            "https://a.b/c?d",
            "www.",
            ")",
            "[",
            "]",
            "[url]",
            "[email]",
            "ann@x.org",
            "@",
            ".org",
            "+49 30 123456",
            "030 1234567",
            "4111 1111 1111 1111",
            "DE89 3704 0044 0532 0130 00",
            "DE89",
            "0",
            "12",
            "(555) ",
            "-",
            " ",
            "é",
            "\u{200B}",
            "\u{A0}",
            "a",
            "text",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn cleanings() -> impl Strategy<Value = Cleaning> {
    prop::collection::vec(any::<bool>(), Step::ALL.len()).prop_map(|on| {
        let steps = Step::ALL.into_iter().zip(on).filter(|(_, on)| *on);
        steps.fold(Cleaning::default(), |cleaning, (step, _)| {
            cleaning.union(Cleaning::only(step))
        })
    })
}

fn with_pseudonyms() -> Masking {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs_err::write(&path, "0123456789abcdef").unwrap();
    Masking::with_pseudonyms(PseudonymKey::from_file(&path).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn cleaning_twice_changes_nothing(text in pieces(), cleaning in cleanings()) {
        let once = cleaning.clean(&text).into_owned();
        prop_assert!(matches!(cleaning.clean(&once), Cow::Borrowed(_)), "{text:?} -> {once:?} -> {:?}", cleaning.clean(&once));
    }

    #[test]
    fn pseudonyms_are_stable(text in pieces()) {
        let masking = with_pseudonyms();
        let cleaning = Cleaning::all();
        let once = cleaning.clean_with(&text, &masking).into_owned();
        let twice = cleaning.clean_with(&once, &masking);
        prop_assert_eq!(&once, &*twice, "{:?}", text);
    }

    #[test]
    fn no_text_becomes_empty(text in pieces()) {
        let cleaned = Cleaning::all().clean(&text).into_owned();
        let visible = feedback_text::has_visible_character(&text);
        prop_assert!(!visible || feedback_text::has_visible_character(&cleaned), "{text:?}");
    }

    #[test]
    fn any_unicode_is_accepted(text in any::<String>(), cleaning in cleanings()) {
        let _ = cleaning.clean(&text);
    }

    /// Words, punctuation, prices and line breaks, but nothing that a step looks for.
    #[test]
    fn a_text_without_such_parts_stays(text in "([a-zA-Zäöüß中文.,!?€$%'\"()/ \t-]|[ .][0-9]{1,4}[ ,][a-z]|\n[a-z]){0,60}") {
        prop_assert!(matches!(Cleaning::all().clean(&text), Cow::Borrowed(same) if same == text), "{:?}", Cleaning::all().clean(&text));
    }

    #[test]
    fn the_preview_counts_what_each_step_changes(texts in prop::collection::vec(pieces(), 0..6)) {
        for found in preview(&texts, 3) {
            let cleaning = Cleaning::only(found.step);
            let mut copies = texts.clone();
            prop_assert_eq!(found.rows, cleaning.clean_all(&mut copies));
            prop_assert_eq!(found.examples.len(), found.rows.min(3));
            for (row, cleaned) in found.examples {
                prop_assert_eq!(&copies[row], &cleaned);
            }
        }
    }
}

/// Texts that would take very long if each part were a search to the end of the text.
#[test]
fn hostile_texts_take_no_longer_than_others() {
    let escaped = format!("&{}lt;b&gt;x", "amp;".repeat(50_000));
    let repeated = [
        "<",
        "<<b>b>",
        "<a ",
        "<a x='",
        "<a x=\"",
        "<!--",
        "<script>",
        "<![",
        "&",
        "&amp",
        "http://a))",
        "www.",
        "www.a.b))))",
        "> \n",
        "-- \n",
        "On 2024 \n",
        "From: a\n",
        "ann@x.org ",
        "@",
        "+49 ",
        "0",
        "DE89 ",
        "4111 ",
        "\n",
    ];
    let repeated = repeated.map(|part| part.repeat(200_000 / part.len()) + ">");
    for text in repeated.iter().chain([&escaped]) {
        let start = std::time::Instant::now();
        let _ = Cleaning::all().clean(text);
        let seconds = start.elapsed().as_secs_f64();
        assert!(seconds < 20.0, "{:?}…: {seconds} s", &text[..20]);
    }
}

#[test]
fn a_short_key_is_refused_and_a_key_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs_err::write(&path, " short \n").unwrap();
    let error = PseudonymKey::from_file(&path).unwrap_err();
    assert!(
        error.to_string().contains("5 bytes, expected at least 16"),
        "{error}"
    );
    assert!(error.hint().contains("openssl"));
    assert!(PseudonymKey::from_file(&folder.path().join("none")).is_err());
    fs_err::write(&path, "0123456789abcdef\n").unwrap();
    let key = PseudonymKey::from_file(&path).unwrap();
    assert_eq!(format!("{key:?}"), "PseudonymKey(…)");
}

/// Computed with Python: `hmac.new(b"0123456789abcdef", b"[email]ann@x.org", "sha256").hexdigest()[:8]`, and the same with
/// `[phone]+4930123456`.
#[test]
fn spellings_of_a_value_have_one_pseudonym() {
    let masking = with_pseudonyms();
    for text in ["ann@x.org", "ANN@X.org"] {
        assert_eq!(masking.mask(text), "[email:918ad934]");
    }
    for text in ["+49 30 123456", "0049 30 123456", "+49-30-123456"] {
        assert_eq!(masking.mask(text), "[phone:d58b1706]");
    }
    assert_ne!(masking.mask("bob@x.org"), masking.mask("ann@x.org"));
}
