//! Tests of the tokenizer.

use super::*;
use crate::tokenizer::training::SPECIAL_TOKENS;

const TEXTS: [&str; 4] = [
    "The app crashes when I open the settings",
    "Crashing again and again, please fix the crash!",
    "Ich möchte, dass die App schneller wird",
    "open the app, open the settings, crash",
];

fn trained() -> BertTokenizer {
    BertTokenizer::train(&TEXTS, 120, 16).unwrap()
}

#[test]
fn training_is_reproducible() {
    let first = trained().inner.to_string(false).unwrap();
    for _ in 0..5 {
        assert_eq!(first, trained().inner.to_string(false).unwrap());
    }
}

#[test]
fn special_tokens_frame_the_text_and_have_the_first_ids() {
    let tokenizer = trained();
    let encoding = &tokenizer.encode(&["open the app"]).unwrap()[0];
    assert_eq!(encoding.input_ids.first(), Some(&2));
    assert_eq!(encoding.input_ids.last(), Some(&3));
    assert!(!encoding.truncated);
    assert!(!encoding.input_ids.contains(&1), "no unknown token");
}

#[test]
fn long_texts_are_cut_and_marked() {
    let long = "crash ".repeat(200_000);
    let encodings = trained().encode(&[long.as_str(), "crash"]).unwrap();
    assert_eq!((encodings[0].len(), encodings[0].truncated), (16, true));
    assert!(!encodings[1].truncated);
}

#[test]
fn the_share_of_unknown_tokens_leaves_special_tokens_out() {
    let tokenizer = trained();
    let encodings = tokenizer
        .encode(&["open the app", "open ༀ", "ༀ ༁", "\u{1}"])
        .unwrap();
    let shares: Vec<f64> = encodings
        .iter()
        .map(|encoding| tokenizer.unknown_share(encoding))
        .collect();
    assert_eq!(shares, [0.0, 0.5, 1.0, 1.0]);
}

/// Returns the tokens of a text that is not cut before it is tokenized.
fn of_the_whole(tokenizer: &BertTokenizer, text: &str) -> Encoding {
    Encoding::from(&tokenizer.inner.encode_fast(text, true).unwrap())
}

#[test]
fn the_decisive_part_of_a_long_text_gives_the_tokens_of_the_whole() {
    let tokenizer = trained();
    let words = "open the app, crash! ".repeat(1_000);
    let texts = [
        words.clone(),
        " ".repeat(50_000) + &words,
        format!("open{}crash", " ".repeat(50_000)),
        format!("{} {words}", "crash".repeat(1_000)),
        format!("{}, {words}", "cra\u{301}sh".repeat(10_000)),
        "ж。".repeat(3_000),
        "崩溃".repeat(3_000),
        "[SEP]".repeat(3_000),
        "\u{200b}\u{1}open\u{b}app".repeat(500),
        "!".repeat(100_000),
    ];
    for text in &texts {
        let encoding = &tokenizer.encode(&[text]).unwrap()[0];
        let start: String = text.chars().take(40).collect();
        assert_eq!(encoding, &of_the_whole(&tokenizer, text), "{start}");
        assert!(tokenizer.needed.of(text).text.len() <= 16 * 512 + 4, "{start}");
        let (with_spans, spans) = tokenizer.encode_with_spans(text).unwrap();
        assert_eq!(&with_spans, encoding, "{start}");
        assert_eq!(spans.len(), encoding.len());
        assert!(text.starts_with(tokenizer.decisive_part(text)));
    }
}

#[test]
fn a_text_is_cut_at_its_beginning_if_the_tokenizer_does_so() {
    let folder = tempfile::tempdir().unwrap();
    trained().save(folder.path()).unwrap();
    let path = folder.path().join("tokenizer_config.json");
    let mut settings: Value = serde_json::from_str(&fs_err::read_to_string(&path).unwrap()).unwrap();
    settings["truncation_side"] = "left".into();
    fs_err::write(&path, settings.to_string()).unwrap();
    let tokenizer = BertTokenizer::from_folder(folder.path(), 16).unwrap();
    let text = "crash! ".repeat(1_000) + "ö open the app";
    let encoding = &tokenizer.encode(&[&text]).unwrap()[0];
    assert_eq!(encoding, &of_the_whole(&tokenizer, &text));
    let (with_spans, spans) = tokenizer.encode_with_spans(&text).unwrap();
    assert_eq!(&with_spans, encoding);
    let last = spans.iter().flatten().next_back().unwrap();
    let end = text.chars().count();
    assert_eq!((last.start, last.end), (end - 3, end));
}

#[test]
fn the_tokenized_part_of_any_text_is_bounded() {
    let tokenizer = trained();
    // Texts that no rule shortens: words of hundreds of letters, and control characters.
    for unit in ["ж".repeat(399) + " ", "\u{1}".into(), "\u{301}".into()] {
        let text = unit.repeat(2_000_000 / unit.len());
        let part = tokenizer.needed.of(&text);
        assert!(part.text.len() <= 16 * 512 + 4 && part.is_cut);
        assert!(tokenizer.encode(&[&text]).unwrap()[0].truncated);
    }
}

proptest::proptest! {
    #[test]
    fn the_part_of_any_text_gives_the_tokens_of_the_whole(
        units in proptest::collection::vec("\\PC{1,3}|[a-z]{1,9}|[ \t]{1,90}|[a-zжé]{90,120}|[!。崩]{1,40}|\\[SEP\\]|[\u{0}-\u{20}]{1,5}", 1..40),
        repeat in 1_usize..60,
    ) {
        let tokenizer = trained();
        let text = units.concat().repeat(repeat);
        if !text.trim().is_empty() {
            let part = tokenizer.needed.of(&text);
            let encoding = &tokenizer.encode(&[&text]).unwrap()[0];
            if part.text.len() < 16 * 512 {
                proptest::prop_assert_eq!(encoding, &of_the_whole(&tokenizer, &text));
            } else {
                proptest::prop_assert!(encoding.truncated);
            }
        }
    }
}

#[test]
fn a_saved_tokenizer_reads_back_without_padding_or_truncation() {
    let folder = tempfile::tempdir().unwrap();
    let tokenizer = trained();
    tokenizer.save(folder.path()).unwrap();
    let text = fs_err::read_to_string(folder.path().join("tokenizer.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    assert!(json["truncation"].is_null() && json["padding"].is_null());
    let again = BertTokenizer::from_folder(folder.path(), 16).unwrap();
    assert_eq!(again.encode(&TEXTS).unwrap(), tokenizer.encode(&TEXTS).unwrap());
}

/// Saves the trained tokenizer, changes its settings file, and reads the folder again.
fn with_settings(changes: &[(&str, Value)]) -> Result<BertTokenizer> {
    let folder = tempfile::tempdir()?;
    trained().save(folder.path())?;
    let path = folder.path().join("tokenizer_config.json");
    let mut settings: Map<String, Value> = serde_json::from_str(&fs_err::read_to_string(&path)?).unwrap();
    settings.extend(
        changes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone())),
    );
    fs_err::write(&path, Value::Object(settings).to_string())?;
    BertTokenizer::from_folder(folder.path(), 16)
}

fn ids(tokenizer: &BertTokenizer, text: &str) -> Vec<u32> {
    tokenizer.encode(&[text]).unwrap().swap_remove(0).input_ids
}

#[test]
fn settings_override_the_file_as_in_transformers() {
    let plain = trained();
    let cased = with_settings(&[("do_lower_case", false.into())]).unwrap();
    assert_eq!(ids(&plain, "CRASH"), ids(&plain, "crash"));
    assert_ne!(ids(&cased, "CRASH"), ids(&cased, "crash"));
    // A class that uses `tokenizer.json` without changes ignores the settings.
    let as_it_is = [
        ("do_lower_case", false.into()),
        ("tokenizer_class", "PreTrainedTokenizerFast".into()),
    ];
    let as_it_is = with_settings(&as_it_is).unwrap();
    assert_eq!(ids(&as_it_is, "CRASH"), ids(&plain, "crash"));

    let split = with_settings(&[("split_special_tokens", true.into())]).unwrap();
    assert!(ids(&plain, "[SEP]").contains(&3) && ids(&plain, "[SEP]").len() == 3);
    assert!(ids(&split, "[SEP]").len() > 3);

    let end = with_settings(&[("truncation_side", "left".into())]).unwrap();
    let long = format!("{} crash", "open ".repeat(40));
    assert_eq!(ids(&end, &long)[14], ids(&plain, "crash")[1]);
    assert_ne!(ids(&plain, &long)[14], ids(&plain, "crash")[1]);
    let folder = tempfile::tempdir().unwrap();
    end.save(folder.path()).unwrap();
    let again = BertTokenizer::from_folder(folder.path(), 16).unwrap();
    assert_eq!(ids(&again, &long), ids(&end, &long));
}

#[test]
fn an_incomplete_vocabulary_is_refused() {
    let refused = |settings: Value, added: &str| {
        let folder = tempfile::tempdir().unwrap();
        let vocabulary = SPECIAL_TOKENS.join("\n") + "\ncrash\n";
        fs_err::write(folder.path().join("vocab.txt"), vocabulary).unwrap();
        fs_err::write(folder.path().join("tokenizer_config.json"), settings.to_string()).unwrap();
        fs_err::write(folder.path().join("added_tokens.json"), added).unwrap();
        BertTokenizer::from_folder(folder.path(), 16)
            .err()
            .map(|error| error.to_string())
    };
    let class = serde_json::json!({"tokenizer_class": "BertJapaneseTokenizer"});
    assert!(refused(class, "{}").unwrap().contains("BertJapaneseTokenizer"));
    let plain = || serde_json::json!({"tokenizer_class": "BertTokenizerFast"});
    assert!(refused(plain(), r#"{"[URL]": 6}"#).unwrap().contains("[URL]"));
    let listed = serde_json::json!({"extra_special_tokens": ["[USER]"]});
    assert!(refused(listed, "{}").unwrap().contains("[USER]"));
    assert_eq!(refused(plain(), r#"{"[SEP]": 3}"#), None);
}

#[test]
fn texts_without_words_are_an_error() {
    assert!(BertTokenizer::train(&["", "  "], 100, 16).is_err());
    assert!(BertTokenizer::train(&TEXTS, 100, 2).is_err());
}
