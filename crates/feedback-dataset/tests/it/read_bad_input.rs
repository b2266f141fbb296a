//! Every kind of bad input gets a message with its place and a remedy, and no panic.

use feedback_dataset::{
    BadRowReason, Error, Format, LabelRule, LabelSet, OnBadRow, ReadOptions, Reader, RowError, read,
};
use proptest::prelude::*;

use crate::file;

fn options() -> ReadOptions {
    ReadOptions::default()
}

fn fail(name: &str, content: impl AsRef<[u8]>) -> Error {
    let (_folder, path) = file(name, content);
    read(path, &options(), OnBadRow::Fail).unwrap_err()
}

/// The message names the file and, where there is one, the line, and gives a hint.
fn check(error: &Error, place: &[&str]) {
    let message = error.to_string();
    for part in place.iter().chain(&["hint: "]) {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}

#[test]
fn a_missing_file() {
    let error = read("no/such/feedback.jsonl", &options(), OnBadRow::Fail).unwrap_err();
    assert!(matches!(error, Error::MissingFile { .. }));
    check(&error, &["no/such/feedback.jsonl"]);
}

#[test]
fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(folder.path(), &options(), OnBadRow::Fail).unwrap_err();
    assert!(matches!(error, Error::IsFolder { .. }));
    check(&error, &["is a folder"]);
}

#[test]
fn an_unknown_ending() {
    let error = fail("feedback.parquet", "x");
    assert!(matches!(error, Error::UnknownFormat { .. }));
    check(&error, &["feedback.parquet", ".jsonl"]);
}

#[test]
fn an_empty_file() {
    for (name, content) in [
        ("a.jsonl", ""),
        ("a.jsonl", "\n \n"),
        ("a.csv", ""),
        ("a.tsv", "\u{feff}"),
        ("a.txt", "\r\n"),
    ] {
        let error = fail(name, content);
        assert!(
            matches!(
                error,
                Error::NoRows {
                    has_header: false,
                    ..
                }
            ),
            "{name}: {error}"
        );
        check(&error, &[name]);
    }
    let error = fail("a.csv", "text,label\n");
    assert!(matches!(error, Error::NoRows { has_header: true, .. }));
    check(&error, &["a.csv", "only a header"]);
}

#[test]
fn an_empty_file_may_be_allowed() {
    let (_folder, path) = file("validation.jsonl", "");
    let options = ReadOptions {
        allow_empty: true,
        ..options()
    };
    assert!(read(path, &options, OnBadRow::Fail).unwrap().is_empty());
}

#[test]
fn bytes_that_are_no_text() {
    let error = fail("a.jsonl", b"{\"text\": \"ok\"}\n{\"text\": \"caf\xE9\"}\n");
    check(&error, &["a.jsonl", "line 2", "not valid UTF-8 at byte 28"]);
    let error = fail("a.csv", b"text\nok\ncaf\xE9\n");
    check(&error, &["a.csv", "line 3", "not valid UTF-8 at byte 11"]);
}

#[test]
fn a_broken_json_line() {
    let error = fail(
        "a.jsonl",
        "{\"text\": \"ok\"}\n{\"text\": \"cut\n{\"text\": \"ok\"}\n{\"text\"}\n",
    );
    assert!(matches!(&error, Error::BadRows { row, more: 1, .. } if row.line == 2 && row.offset == 15));
    check(
        &error,
        &["a.jsonl", "line 2", "broken JSON at column", "1 more bad row"],
    );
}

#[test]
fn a_json_array() {
    for content in ["[\n{\"text\": \"a\"}\n]\n", "[{\"text\": \"a\"}]", "[ {"] {
        let error = fail("a.json", content);
        assert!(matches!(error, Error::JsonArray { .. }), "{error}");
        check(&error, &["a.json", "jq"]);
    }
}

#[test]
fn lines_that_are_no_objects_and_texts_that_are_none() {
    let content = "{\"text\": \"ok\"}\n[1]\n\"a\"\n{\"text\": 3}\n{\"text\": null}\n{\"text\": \" \\n\"}\n{\"id\": 1, \"review\": \"x\"}\n{\"text\": \"a\", \"text\": \"b\"}\n";
    let (_folder, path) = file("a.jsonl", content);
    let dataset = read(path, &options(), OnBadRow::SetAside).unwrap();
    assert_eq!(dataset.texts(), ["ok"]);
    let field = || "text".to_string();
    let expected = [
        (2, BadRowReason::NotAnObject { found: "an array" }),
        (3, BadRowReason::NotAnObject { found: "a string" }),
        (
            4,
            BadRowReason::NotAString {
                field: field(),
                found: "a number",
            },
        ),
        (
            5,
            BadRowReason::NotAString {
                field: field(),
                found: "null",
            },
        ),
        (6, BadRowReason::EmptyField { field: field() }),
        (
            7,
            BadRowReason::MissingField {
                field: field(),
                present: vec!["id".to_string(), "review".to_string()],
            },
        ),
        (8, BadRowReason::RepeatedField { field: field() }),
    ];
    let found: Vec<_> = dataset
        .set_aside
        .iter()
        .map(|row| (row.line, row.reason.clone()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(dataset.set_aside[0].raw.as_deref(), Some("[1]"));
    assert_eq!(dataset.set_aside[0].offset, 15);
}

#[test]
fn nothing_but_bad_rows_is_an_error_also_when_they_are_set_aside() {
    let (_folder, path) = file("a.jsonl", "x\ny\n");
    let error = read(path, &options(), OnBadRow::SetAside).unwrap_err();
    assert!(matches!(error, Error::BadRows { more: 1, .. }));
}

#[test]
fn an_unclosed_quote() {
    let error = fail("a.csv", "text,label\nok,bug\n\"it crashes,bug\nfine,praise\n");
    assert!(matches!(
        error,
        Error::UnclosedQuote {
            line: 3,
            column: 1,
            ..
        }
    ));
    check(&error, &["a.csv", "line 3", "column 1"]);
}

#[test]
fn a_header_without_the_text_column() {
    let error = fail("a.csv", "review,label\na,b\n");
    assert!(matches!(error, Error::MissingColumn { .. }));
    check(&error, &["a.csv", "`text`", "`review`, `label`", "text_field"]);
    let error = fail("a.csv", "text,text\na,b\n");
    assert!(matches!(error, Error::RepeatedColumn { .. }));
}

#[test]
fn a_wrong_number_of_csv_fields() {
    let (_folder, path) = file(
        "a.csv",
        "text,label\nok,bug\na,b,c\n\"two\nlines\"\nlast,bug\n,bug\n",
    );
    let dataset = read(path, &options(), OnBadRow::SetAside).unwrap();
    assert_eq!(dataset.texts(), ["ok", "last"]);
    let found: Vec<_> = dataset
        .set_aside
        .iter()
        .map(|row| (row.line, row.reason.to_string(), row.raw.clone()))
        .collect();
    let expected = [
        (
            3,
            "expected 2 fields as in the header, found 3".to_string(),
            Some("a,b,c".to_string()),
        ),
        (
            4,
            "expected 2 fields as in the header, found 1".to_string(),
            Some("\"two\nlines\"".to_string()),
        ),
        (
            7,
            "the field `text` is empty".to_string(),
            Some(",bug".to_string()),
        ),
    ];
    assert_eq!(found, expected);
}

#[test]
fn missing_labels_where_they_are_required() {
    let content = "{\"text\": \"a\", \"label\": \"bug\"}\n{\"text\": \"b\"}\n{\"text\": \"c\", \"label\": \"\"}\n{\"text\": \"d\", \"label\": 1}\n";
    let (_folder, path) = file("a.jsonl", content);
    let options = ReadOptions {
        label_rule: LabelRule::Required,
        ..options()
    };
    let dataset = read(&path, &options, OnBadRow::SetAside).unwrap();
    assert_eq!(
        dataset.set_aside.iter().map(|row| row.line).collect::<Vec<_>>(),
        [2, 3, 4]
    );
    let (_folder, path) = file("a.csv", "text\na\n");
    assert!(
        matches!(read(path, &options, OnBadRow::SetAside), Err(Error::MissingColumn { column, .. }) if column == "label")
    );
}

#[test]
fn missing_and_unknown_labels_when_encoding() {
    let (_folder, path) = file(
        "a.jsonl",
        "{\"text\": \"a\", \"label\": \"bug\"}\n{\"text\": \"b\"}\n",
    );
    let dataset = read(path, &options(), OnBadRow::Fail).unwrap();
    let error = LabelSet::default().encode(&dataset).unwrap_err();
    assert!(matches!(error, Error::MissingLabel { line: 2, .. }));
    check(&error, &["a.jsonl", "line 2", "`label`"]);

    let (_folder, path) = file(
        "a.jsonl",
        "{\"text\": \"a\", \"label\": \"bug\"}\n{\"text\": \"b\", \"label\": \"Praise \"}\n",
    );
    let dataset = read(path, &options(), OnBadRow::Fail).unwrap();
    let error = LabelSet::default().encode(&dataset).unwrap_err();
    assert!(matches!(error, Error::UnknownLabel { line: 2, .. }));
    check(
        &error,
        &[
            "a.jsonl",
            "line 2",
            "`Praise `",
            "`bug`, `feature_request`",
            "did you mean `praise`",
        ],
    );
}

#[test]
fn rows_past_the_limit_are_skipped_in_constant_memory() {
    let long = "x".repeat(5000);
    let content = format!("{{\"text\": \"{long}\"}}\n{{\"text\": \"ok\"}}\n");
    let (_folder, path) = file("a.jsonl", content);
    let options = ReadOptions {
        max_line_bytes: 1000,
        ..options()
    };
    let dataset = read(path, &options, OnBadRow::SetAside).unwrap();
    assert_eq!(dataset.set_aside[0].reason, BadRowReason::TooLong { limit: 1000 });
    assert_eq!((dataset.rows[0].line, dataset.rows[0].offset), (2, 5013));
}

#[test]
fn reading_ends_after_a_fatal_error() {
    let data = &b"text\n\"open"[..];
    let mut reader = Reader::from_reader(data, "stdin", Format::Csv, &options());
    assert!(matches!(
        reader.next(),
        Some(Err(RowError::Fatal(Error::UnclosedQuote { .. })))
    ));
    assert!(reader.next().is_none());
}

#[test]
fn an_io_error_is_fatal_and_named() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    for format in [Format::Jsonl, Format::Csv, Format::Lines] {
        let mut reader = Reader::from_reader(Broken, "drive.jsonl", format, &options());
        let Some(Err(RowError::Fatal(error))) = reader.next() else {
            panic!("no error")
        };
        assert!(error.to_string().contains("drive.jsonl"));
        assert!(reader.next().is_none());
    }
}

proptest! {
    /// Whatever the bytes are: no panic, an end, and places that ascend.
    #[test]
    fn any_bytes_are_read_to_an_end(
        data in prop::collection::vec(prop_oneof![Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b','), Just(b'{'), Just(b'}'), Just(b't'), any::<u8>()], 0..200),
        format in prop_oneof![Just(Format::Jsonl), Just(Format::Csv), Just(Format::Tsv), Just(Format::Lines)],
        max_line_bytes in 1_usize..60,
        with_header in any::<bool>(),
    ) {
        let mut bytes = if with_header { b"text\n".to_vec() } else { Vec::new() };
        bytes.extend(&data);
        let options = ReadOptions { max_line_bytes, ..ReadOptions::default() };
        let mut last = None;
        for row in Reader::from_reader(&bytes[..], "bytes", format, &options) {
            let place = match row {
                Ok(row) => (row.line, row.offset),
                Err(RowError::Bad(row)) => (row.line, row.offset),
                Err(RowError::Fatal(_)) => break,
            };
            prop_assert!(last.is_none_or(|(line, offset)| line < place.0 && offset < place.1));
            prop_assert!(place.1 < bytes.len() as u64);
            last = Some(place);
        }
    }
}
