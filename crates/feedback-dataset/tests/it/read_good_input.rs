//! Input that is read unchanged: byte order marks, CRLF, long texts, and all fields.

use feedback_dataset::Record;
use feedback_dataset::read::{Delimiter, Encoding, Format, OnBadRow, ReadOptions, Reader, collect, read};
use feedback_dataset::write::{CsvWriter, JsonlWriter};
use proptest::prelude::*;

use crate::file;

fn texts(name: &str, content: impl AsRef<[u8]>) -> Vec<String> {
    let (_folder, path) = file(name, content);
    let dataset = read(path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
    dataset.texts().into_iter().map(str::to_owned).collect()
}

#[test]
fn byte_order_mark_crlf_and_blank_lines() {
    assert_eq!(
        texts("a.jsonl", "\u{feff}{\"text\": \"a\"}\r\n\r\n{\"text\": \"b\"}"),
        ["a", "b"]
    );
    assert_eq!(
        texts("a.csv", "\u{feff}text,label\r\na,bug\r\n\r\n\"b\r\nc\",bug"),
        ["a", "b\r\nc"]
    );
    assert_eq!(texts("a.tsv", "label\ttext\nbug\ta, b\n"), ["a, b"]);
    assert_eq!(
        texts("a.txt", "\u{feff}one\r\ntwo, \"three\"\n"),
        ["one", "two, \"three\""]
    );
}

#[test]
fn a_text_of_one_megabyte() {
    let long = "grüße ".repeat(150_000);
    assert!(long.len() > 1_000_000);
    assert_eq!(texts("a.jsonl", format!("{{\"text\": \"{long}\"}}\n"))[0], long);
    assert_eq!(texts("a.csv", format!("text\n\"{long}\"\n"))[0], long);
    assert_eq!(texts("a.txt", &long), [long]);
}

#[test]
fn fields_under_other_names() {
    let (_folder, path) = file("a.csv", "review,stars,kind\nnice,5,praise\n");
    let options = ReadOptions::with_fields("review", "kind");
    let dataset = read(path, &options, OnBadRow::Fail).unwrap();
    let record = &dataset.rows[0].record;
    assert_eq!((record.text(), record.label()), ("nice", Some("praise")));
    assert_eq!(
        record.to_json(),
        "{\"review\":\"nice\",\"stars\":\"5\",\"kind\":\"praise\"}"
    );
}

#[test]
fn the_format_may_be_stated() {
    let (_folder, path) = file("a.log", "one\ntwo\n");
    let mut options = ReadOptions::default();
    options.format = Some(Format::Lines);
    assert_eq!(read(path, &options, OnBadRow::Fail).unwrap().len(), 2);
}

#[test]
fn the_header_can_be_read_before_the_rows() {
    let mut options = ReadOptions::default();
    options.delimiter = Delimiter::new(b';');
    let mut reader = Reader::from_reader(&b"id;text\n1;a;b\n2;c\n"[..], "stdin", Format::Csv, &options);
    assert_eq!(
        reader.header().unwrap(),
        Some(&["id".to_string(), "text".to_string()][..])
    );
    let dataset = collect(reader, OnBadRow::SetAside).unwrap();
    assert_eq!((dataset.texts(), dataset.set_aside.len()), (vec!["c"], 1));
    let mut reader = Reader::from_reader(
        &b"{\"text\": \"a\"}\n"[..],
        "stdin",
        Format::Jsonl,
        &ReadOptions::default(),
    );
    assert_eq!(reader.header().unwrap(), None);
    assert_eq!(reader.count(), 1);
}

#[test]
fn the_delimiter_is_detected_from_the_header() {
    for content in [
        "id;text\n1;a, b\n",
        "id\ttext\n1\ta, b\n",
        "id|text\n1|a, b\n",
        "sep=;\r\nid;text\r\n1;a, b\r\n",
        "\"id\";\"text\"\n\"1\";\"a, b\"\n",
    ] {
        assert_eq!(texts("a.csv", content), ["a, b"], "{content}");
    }
    // The usual delimiter is tried first, and a stated delimiter is never replaced.
    assert_eq!(texts("a.csv", "text,a;text\nx,y\n"), ["x"]);
    let mut options = ReadOptions::default();
    options.delimiter = Delimiter::new(b',');
    let mut reader = Reader::from_reader(&b"id;text\n"[..], "x", Format::Csv, &options);
    let hint = reader.header().unwrap_err().hint().unwrap();
    assert!(hint.contains("if the fields are separated by `;`"), "{hint}");
    let mut reader = Reader::from_reader(&b"id;text\n"[..], "x", Format::Csv, &ReadOptions::default());
    reader.header().unwrap();
    assert_eq!((reader.delimiter(), reader.format()), (Some(b';'), Format::Csv));
}

#[test]
fn other_encodings() {
    let utf16: Vec<u8> = "\u{feff}text;label\r\ngrüße 😀;praise\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(texts("a.csv", utf16), ["grüße 😀"]);
    let (_folder, path) = file("a.csv", b"text;label\ncaf\xE9;praise\n");
    let mut options = ReadOptions::default();
    options.encoding = Encoding::Guess;
    assert_eq!(read(path, &options, OnBadRow::Fail).unwrap().texts(), ["café"]);
}

#[test]
fn known_fields_have_accessors() {
    let line = "{\"id\": 7, \"text\": \"a\", \"label\": null, \"source\": \"email\", \"created_at\": \"2025-01-02\", \"extra\": [1.50]}\n";
    let dataset = collect(
        Reader::from_reader(line.as_bytes(), "x", Format::Jsonl, &ReadOptions::default()),
        OnBadRow::Fail,
    )
    .unwrap();
    let record = &dataset.rows[0].record;
    assert_eq!(
        (
            record.id().as_deref(),
            record.label(),
            record.source(),
            record.created_at()
        ),
        (Some("7"), None, Some("email"), Some("2025-01-02"))
    );
    assert!(record.to_json().ends_with("\"extra\":[1.50]}"));
}

fn any_text() -> impl Strategy<Value = String> {
    "[a-c,;\"'\\t\\r\\n é😀]{0,12}x[a-c,\"\\r\\n]{0,5}"
}

proptest! {
    #[test]
    fn written_jsonl_reads_back(texts in prop::collection::vec(any_text(), 1..8), number in any::<f64>().prop_filter("JSON has no NaN", |x| x.is_finite())) {
        let mut writer = JsonlWriter::new(Vec::new());
        let mut records: Vec<Record> = texts.into_iter().map(Record::from_text).collect();
        for record in &mut records {
            record.set("number", number);
            writer.write(record).unwrap();
        }
        let bytes = writer.finish().unwrap();
        let dataset = collect(Reader::from_reader(&bytes[..], "x", Format::Jsonl, &ReadOptions::default()), OnBadRow::Fail).unwrap();
        let read: Vec<String> = dataset.rows.iter().map(|row| row.record.to_json()).collect();
        let written: Vec<String> = records.iter().map(Record::to_json).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn written_csv_reads_back(texts in prop::collection::vec(any_text(), 1..8), tabs in any::<bool>()) {
        let (delimiter, format) = if tabs { (b'\t', Format::Tsv) } else { (b',', Format::Csv) };
        let mut writer = CsvWriter::new(Vec::new(), delimiter, ["label", "text"]).unwrap();
        for text in &texts {
            writer.write(&Record::from_text(text.clone())).unwrap();
        }
        let bytes = writer.finish().unwrap();
        let dataset = collect(Reader::from_reader(&bytes[..], "x", format, &ReadOptions::default()), OnBadRow::Fail).unwrap();
        prop_assert_eq!(dataset.texts(), texts);
    }

    /// The line number of a row is the number of line breaks before the row, plus one.
    #[test]
    fn lines_and_offsets_point_at_the_row(texts in prop::collection::vec(any_text(), 1..8), bom in any::<bool>()) {
        let mut bytes = if bom { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
        let mut writer = CsvWriter::new(&mut bytes, b',', ["text", "label"]).unwrap();
        for text in &texts {
            writer.write(&Record::from_text(text.clone())).unwrap();
        }
        writer.finish().unwrap();
        let dataset = collect(Reader::from_reader(&bytes[..], "x", Format::Csv, &ReadOptions::default()), OnBadRow::Fail).unwrap();
        for row in &dataset.rows {
            let before = String::from_utf8(bytes[..row.offset as usize].to_vec()).unwrap();
            let breaks = before.replace("\r\n", "\n").matches(['\n', '\r']).count();
            prop_assert_eq!(row.line, breaks as u64 + 1);
            let rest = &bytes[row.offset as usize..];
            let alone = Reader::from_reader(&[b"text,label\n", rest].concat()[..], "x", Format::Csv, &ReadOptions::default()).next();
            prop_assert_eq!(alone.unwrap().unwrap().record, row.record.clone());
        }
    }
}

/// R's `write.table` gives its rows a name, but not the column of the names.
#[test]
fn names_of_rows_have_a_column() {
    for (content, format) in [
        (
            "\"text\"\t\"label\"\n\"1\"\t\"slow\"\t\"bug\"\n\"2\"\t\"fine\"\t\"praise\"\n",
            Format::Tsv,
        ),
        ("text,label\n\"1\",slow,bug\n\"2\",fine,praise\n", Format::Csv),
    ] {
        let mut reader = Reader::from_reader(content.as_bytes(), "x", format, &ReadOptions::default());
        assert_eq!(reader.header().unwrap().unwrap(), ["column 0", "text", "label"]);
        let rows: Vec<_> = reader
            .filter_map(Result::ok)
            .map(|row| row.record.to_json())
            .collect();
        assert_eq!(
            rows,
            [
                r#"{"column 0":"1","text":"slow","label":"bug"}"#,
                r#"{"column 0":"2","text":"fine","label":"praise"}"#
            ]
        );
    }
    // Any other longer row is a bad row.
    let content = "text,label\n1,slow,bug\n\"1\",fine,praise\n";
    let reader = Reader::from_reader(content.as_bytes(), "x", Format::Csv, &ReadOptions::default());
    assert_eq!(reader.filter(Result::is_err).count(), 2);
}
