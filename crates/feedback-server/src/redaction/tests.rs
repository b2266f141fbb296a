//! Tests of redaction.

use super::*;

const SECRET: &str = "Anna Müller, Bahnhofstraße 7, asks for her money \"back\" & more";

fn redaction() -> Redaction {
    Redaction::new([sha256_hex(SECRET)])
}

/// Searches and rewrites an uploaded file as an erasure does.
fn erase(redaction: &mut Redaction, path: &Path, format: Format) {
    let found = redaction.is_in(path, format, "text", 1 << 20).unwrap();
    if found.is_hit || found.has_unreadable {
        redaction.upload(path, format, "text", 1 << 20).unwrap();
    }
}

fn texts(path: &Path, format: Format) -> Vec<String> {
    let reader = Reader::open(path, &read_options(format, "text", 1 << 20)).unwrap();
    reader
        .map(|row| row.map_or("bad".into(), |row| row.record.text().to_owned()))
        .collect()
}

#[test]
fn uploads_lose_the_text_and_keep_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let quoted = SECRET.replace('"', "\"\"");
    let escaped = Value::from(SECRET).to_string();
    for (name, content) in [
        (
            "a.csv",
            format!("id;text\n1;fine\n2;\"{quoted}\"\n3;too;many\n4;also fine\n"),
        ),
        (
            "a.jsonl",
            format!(
                "{{\"text\":\"fine\"}}\n{{\"n\":2,\"text\":{escaped}}}\nbroken\n{{\"text\":\"also fine\"}}\n"
            ),
        ),
    ] {
        let path = folder.path().join(name);
        fs_err::write(&path, content).unwrap();
        let format = Format::from_path(&path).unwrap();
        erase(&mut redaction(), &path, format);
        assert_eq!(
            texts(&path, format),
            ["fine", ERASED, "bad", "also fine"],
            "{name}"
        );
        assert!(!fs_err::read_to_string(&path).unwrap().contains("Bahnhof"));
    }
    let path = folder.path().join("a.txt");
    fs_err::write(&path, format!("fine\n{SECRET}\n")).unwrap();
    erase(&mut redaction(), &path, Format::Lines);
    assert_eq!(texts(&path, Format::Lines), ["fine", ERASED]);
}

#[test]
fn a_text_in_a_row_that_was_set_aside_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let long = "x".repeat(2 << 20);
    let secret = Value::from(SECRET).to_string();
    fs_err::write(
        &path,
        format!("{{\"text\":\"fine\"}}\n{{\"text\":\"{long}\",\"note\":{secret}}}\n"),
    )
    .unwrap();
    let mut redaction = redaction();
    redaction.look_for(&[SECRET.to_owned()]);
    erase(&mut redaction, &path, Format::Jsonl);
    assert_eq!(texts(&path, Format::Jsonl), ["fine", "bad"]);
    assert!(!fs_err::read_to_string(&path).unwrap().contains("Bahnhof"));
}

#[test]
fn texts_are_also_removed_from_column_and_field_names() {
    let folder = tempfile::tempdir().unwrap();
    let quoted = SECRET.replace('"', "\"\"");
    let path = folder.path().join("a.csv");
    fs_err::write(&path, format!("text;\"{quoted}\"\nfine;1\n")).unwrap();
    erase(&mut redaction(), &path, Format::Csv);
    assert_eq!(
        fs_err::read_to_string(&path).unwrap().replace('\r', ""),
        "text,[erased] 2\nfine,1\n"
    );
    let path = folder.path().join("a.jsonl");
    let escaped = Value::from(SECRET).to_string();
    fs_err::write(
        &path,
        format!("{{\"text\":\"fine\",{escaped}:{{{escaped}:[{escaped}]}}}}\n"),
    )
    .unwrap();
    erase(&mut redaction(), &path, Format::Jsonl);
    let left = fs_err::read_to_string(&path).unwrap();
    assert_eq!(
        left,
        "{\"text\":\"fine\",\"[erased]\":{\"[erased]\":[\"[erased]\"]}}\n"
    );
}

/// The quote in the last row is never closed, so the row is bad, and nothing of it is kept.
#[test]
fn the_unreadable_rest_of_a_file_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs_err::write(
        &path,
        "text;n\nfine;1\nalso fine;2\n\"Bahnhofstraße without an end;3\n",
    )
    .unwrap();
    erase(&mut redaction(), &path, Format::Csv);
    assert_eq!(texts(&path, Format::Csv), ["fine", "also fine", "bad"]);
    assert!(!fs_err::read_to_string(&path).unwrap().contains("Bahnhof"));
}

#[test]
fn a_file_without_the_text_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let content = "text;n\r\nfine;1\r\n";
    fs_err::write(&path, content).unwrap();
    erase(&mut redaction(), &path, Format::Csv);
    assert_eq!(fs_err::read_to_string(&path).unwrap(), content);
}

#[test]
fn a_training_loses_the_text_and_the_reports_that_quote_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("run/data");
    fs_err::create_dir_all(&data).unwrap();
    let line = serde_json::json!({ "text": SECRET, "label": "bug" });
    fs_err::write(
        data.join("train.jsonl"),
        format!("{{\"text\": \"fine\"}}\n{line}\n"),
    )
    .unwrap();
    let shortened: String = SECRET.chars().take(50).collect();
    let page = maud::html! { p { (shortened) "…" } }.into_string();
    fs_err::write(folder.path().join("run/report.html"), page).unwrap();
    fs_err::write(folder.path().join("run/report.json"), "{\"accuracy\": 0.9}").unwrap();
    fs_err::write(folder.path().join("config.json"), Value::from(SECRET).to_string()).unwrap();
    redaction().folder(folder.path()).unwrap();
    let left = fs_err::read_to_string(data.join("train.jsonl")).unwrap();
    assert_eq!(
        left,
        "{\"text\": \"fine\"}\n{\"text\":\"[erased]\",\"label\":\"bug\"}\n"
    );
    assert!(!folder.path().join("run/report.html").exists());
    assert!(folder.path().join("run/report.json").exists());
    assert!(folder.path().join("config.json").exists(), "it is not a report");
}

#[test]
fn a_line_that_was_cut_off_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decisions.jsonl");
    let line = serde_json::json!({ "text": SECRET }).to_string();
    let cut = &line[..line.len() - 5];
    fs_err::write(&path, format!("{{\"text\":\"fine\"}}\n\n{cut}")).unwrap();
    redaction().folder(folder.path()).unwrap();
    let left = fs_err::read_to_string(&path).unwrap();
    assert_eq!(left, "{\"text\":\"fine\"}\n\n");
}
