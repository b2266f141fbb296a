//! Files that nearly follow a format: they are read as what they are, or named.

use feedback_dataset::Dataset;
use feedback_dataset::read::{Format, OnBadRow, ReadError, ReadOptions, collect};
use feedback_formats::{FileFormat, Foreign, FormatError, Limits, from_bytes, open, resolve};

/// What a program does with a file that a user names without options.
fn read(name: &str, content: impl AsRef<[u8]>) -> Result<(Dataset, Vec<String>), ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs_err::write(&path, content).unwrap();
    let mut options = ReadOptions::default();
    let found = resolve(&path, &options, &Limits::default())?;
    options = found.options;
    let source = open(&path, &options, &Limits::default())?;
    Ok((collect(source.reader, OnBadRow::SetAside)?, found.notes))
}

fn texts(name: &str, content: impl AsRef<[u8]>) -> Vec<String> {
    let (dataset, _) = read(name, content).unwrap();
    dataset.texts().into_iter().map(str::to_owned).collect()
}

fn foreign(name: &str, content: &str) -> (Foreign, String) {
    let error = read(name, content).unwrap_err();
    match FormatError::of(&error) {
        Some(FormatError::Foreign(foreign)) => (*foreign, error.hint().unwrap()),
        _ => panic!("{content}: {error:?}"),
    }
}

#[test]
fn a_table_named_txt_is_a_table() {
    let tabs = "Review Id\tReview Title\tReview Content\tStars\n1\tbad\tit crashes often\t1\n2\tgood\tlove it a lot\t5\n";
    let utf_16: Vec<u8> = format!("\u{feff}{}", tabs.replace('\n', "\r\n"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let expected = ["it crashes often", "love it a lot"];
    assert_eq!(texts("a.txt", tabs), expected);
    assert_eq!(texts("a.txt", utf_16), expected);
    let semicolons = "Nr;Kommentar;Thema\r\n01;Geht nicht so gut;bug\r\n02;Sehr gut;lob\r\n";
    assert_eq!(texts("a.txt", semicolons), ["Geht nicht so gut", "Sehr gut"]);
    let lines = "It crashes, always\nLove it, really\nFine; no more\n";
    assert_eq!(texts("a.txt", lines), lines.lines().collect::<Vec<_>>());
    let labels = "__label__bug it crashes\tagain\n__label__praise love it\ta lot\n";
    let source = from_bytes(
        labels.into(),
        "a.txt",
        &ReadOptions::default(),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(source.contents.format, FileFormat::Text(Format::FastText));
}

#[test]
fn text_before_json_is_named() {
    let log = "INFO {\"id\":1,\"text\":\"it crashes often\"}\nINFO {\"id\":2,\"text\":\"love it\"}\n";
    for name in ["a.jsonl", "a.csv", "a.txt", "a.log", "a"] {
        let (kind, hint) = foreign(name, log);
        assert_eq!(kind, Foreign::TextBeforeJson, "{name}");
        assert!(
            hint.contains("remove what is before the `{` of each line"),
            "{hint}"
        );
    }
    for content in [
        ")]}',\n[{\"id\":1,\"text\":\"it crashes often\"}]",
        "window.YTD.tweets.part0 = [ {\"tweet\":{\"id\":\"1\",\"full_text\":\"it crashes\"}} ]",
        "data: {\"text\":\"a\"}\n\ndata: {\"text\":\"b\"}\n\n",
    ] {
        assert_eq!(foreign("a.js", content).0, Foreign::TextBeforeJson, "{content}");
    }
    let sequence = "\u{1e}{\"id\":1,\"text\":\"it crashes\"}\n\u{1e}{\"id\":2,\"text\":\"love it\"}\n";
    assert_eq!(texts("a.json", sequence), ["it crashes", "love it"]);
    assert_eq!(
        texts("a.json", sequence.replace(',', ",\n")),
        ["it crashes", "love it"]
    );
}

#[test]
fn json_without_records_or_with_pages_is_named() {
    assert_eq!(foreign("a.json", "{\"tickets\":[]}").0, Foreign::NoRecords);
    let pages = "{\"tickets\":[{\"id\":1,\"text\":\"a\"}],\"page\":1}\n{\"tickets\":[{\"id\":2,\"text\":\"b\"}],\"page\":2}\n";
    let (kind, hint) = foreign("a.jsonl", pages);
    assert_eq!(kind, Foreign::Pages);
    assert!(hint.contains("one record per line"), "{hint}");
    let one = pages.lines().next().unwrap();
    assert_eq!(texts("a.jsonl", one), ["a"]);
    // The caller knows where the text is.
    let mut options = ReadOptions::default();
    options.text_field = "tickets[0].text".to_owned();
    let source = from_bytes(pages.into(), "a.jsonl", &options, &Limits::default()).unwrap();
    assert_eq!(source.reader.filter_map(Result::ok).count(), 2);
}

#[test]
fn unusual_delimiters_are_found_or_asked_for() {
    for delimiter in ["~", "^", ":", "\u{1}", "\u{1f}"] {
        let table = "id,text,label\n1,it crashes; often,bug\n2,love it,praise\n".replace(',', delimiter);
        for name in ["a.csv", "a.tsv", "a.dat", "-"] {
            let (dataset, _) = read(name, &table).unwrap();
            assert_eq!(
                dataset.texts(),
                ["it crashes; often", "love it"],
                "{name} {delimiter:?}"
            );
            assert_eq!(
                dataset.labels().unwrap(),
                ["bug", "praise"],
                "{name} {delimiter:?}"
            );
        }
    }
    let unknown = "Nr~Bemerkung\n1~Geht nicht so gut\n2~Sehr gut\n";
    let (kind, hint) = foreign("a.csv", unknown);
    assert_eq!(
        (kind, hint.as_str()),
        (Foreign::OtherDelimiter, "state the delimiter (`delimiter`)")
    );
    let mut options = ReadOptions::default();
    options.delimiter = Some("~".parse().unwrap());
    options.text_field = "Bemerkung".to_owned();
    let source = from_bytes(unknown.into(), "a.csv", &options, &Limits::default()).unwrap();
    assert_eq!(source.reader.filter_map(Result::ok).count(), 2);
    assert_eq!(texts("a.csv", "sep=\\t\r\nNr\ttext\r\n01\ta, b\r\n"), ["a, b"]);
}

#[test]
fn a_few_nul_bytes_do_not_make_a_file_binary() {
    let (dataset, _) = read("a.csv", "id,text\n1,good one\n2,bad\0byte here\n3,fine now\n").unwrap();
    assert_eq!(dataset.texts(), ["good one", "fine now"]);
    let row = &dataset.set_aside[0];
    assert_eq!((row.line, row.reason.name()), (3, "undecodable"));
    let latin = [
        &b"text\nsch\xF6n\n"[..],
        &b"it crashes all the time\n".repeat(20),
        b"bad\0byte\n",
    ]
    .concat();
    assert_eq!(texts("a.csv", latin).len(), 21);
}

#[test]
fn a_row_in_another_encoding_names_the_option() {
    let mut table = "id;text\n".to_owned();
    for row in 0..10_000 {
        table += &format!("{row};Plain {row} passt nicht\n");
    }
    let content = [table.as_bytes(), b"10001;Gr\xF6\xDFe z\xE4hlt\n"].concat();
    let (dataset, notes) = read("a.csv", content).unwrap();
    assert_eq!((dataset.len(), notes.as_slice()), (10_000, &[][..]));
    let reason = dataset.set_aside[0].reason.to_string();
    assert!(reason.contains("`encoding windows-1252`"), "{reason}");
}

#[test]
fn only_the_examples_of_a_rasa_file_are_rows() {
    let file = r#"{"rasa_nlu_data": {"common_examples": [{"text": "it crashes", "intent": "bug", "entities": []},
{"text": "love it so", "intent": "praise", "entities": []}], "regex_features": [{"name": "zip", "pattern": "[0-9]"}],
"entity_synonyms": [{"value": "New York", "synonyms": ["NYC", "nyc"]}]}}"#;
    let (dataset, notes) = read("nlu.json", file).unwrap();
    assert_eq!(dataset.texts(), ["it crashes", "love it so"]);
    assert!(dataset.set_aside.is_empty());
    assert_eq!(dataset.rows[1].line, 2);
    assert_eq!(dataset.rows[0].record.cell("intent"), "bug");
    let expected = "2 entries without an intent, such as synonyms, are not read";
    assert!(notes.iter().any(|note| note == expected), "{notes:?}");
}

/// Two shapes of Argilla's answers beside the texts instead of within a field of their own.
#[test]
fn argilla_beside_the_texts_is_recognised() {
    let flat = |text: &str, label: &str, status: &str| {
        format!(
            "{{\"id\":\"{text}\",\"status\":\"completed\",\"text\":\"{text}\",\"sentiment.responses\":[\"{label}\"],\"sentiment.responses.status\":[\"{status}\"],\"sentiment.suggestion\":\"bug\"}}\n"
        )
    };
    let feedback = |text: &str, label: &str, status: &str| {
        format!(
            "{{\"text\":\"{text}\",\"sentiment\":[{{\"user_id\":\"u\",\"value\":\"{label}\",\"status\":\"{status}\"}}],\"sentiment-suggestion\":\"bug\",\"external_id\":\"e\"}}\n"
        )
    };
    for (row, name, label) in [
        (
            &flat as &dyn Fn(&str, &str, &str) -> String,
            "Argilla (flat)",
            "sentiment.responses",
        ),
        (&feedback, "Argilla (feedback dataset)", "sentiment[0].value"),
    ] {
        let content = row("it crashes", "bug", "submitted")
            + &row("love it", "praise", "submitted")
            + &row("why so", "question", "discarded");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        fs_err::write(&path, content).unwrap();
        let mut options = ReadOptions::default();
        options.label_rule = feedback_dataset::read::LabelRule::Required;
        let found = resolve(&path, &options, &Limits::default()).unwrap();
        assert_eq!(
            (
                found.options.text_field.as_str(),
                found.options.label_field.as_str()
            ),
            ("text", label)
        );
        assert!(
            found.notes.iter().any(|note| note.ends_with(name)),
            "{:?}",
            found.notes
        );
        let source = open(&path, &found.options, &Limits::default()).unwrap();
        let dataset = collect(source.reader, OnBadRow::Fail).unwrap();
        assert_eq!(dataset.labels().unwrap(), ["bug", "praise"]);
        let reasons: Vec<&str> = dataset.set_aside.iter().map(|row| row.reason.name()).collect();
        assert_eq!(reasons, ["cancelled"]);
    }
}
