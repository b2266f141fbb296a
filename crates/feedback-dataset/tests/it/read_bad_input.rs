//! Every kind of bad input gives an error with its position and a hint, never a panic.

use feedback_dataset::labels::{LabelError, LabelSet};
use feedback_dataset::read::{Format, LabelRule, OnBadRow, ReadError, ReadOptions, Reader, RowError, read};
use feedback_dataset::record::BadRowReason;
use proptest::prelude::*;

use crate::file;

fn options() -> ReadOptions {
    ReadOptions::default()
}

fn fail(name: &str, content: impl AsRef<[u8]>) -> ReadError {
    let (_folder, path) = file(name, content);
    read(path, &options(), OnBadRow::Fail).unwrap_err()
}

/// Checks that the error has a hint, and that message and hint contain all `expected` parts, such as file and line.
fn check(error: &ReadError, expected: &[&str]) {
    check_message(error, error.hint(), expected);
}

fn check_message(error: &impl std::error::Error, hint: Option<String>, expected: &[&str]) {
    let message = format!("{error}\n{}", hint.unwrap());
    for part in expected {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}

#[test]
fn a_missing_file() {
    let error = read("no/such/feedback.jsonl", &options(), OnBadRow::Fail).unwrap_err();
    assert!(matches!(error, ReadError::MissingFile { .. }));
    check(&error, &["no/such/feedback.jsonl"]);
}

#[test]
fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(folder.path(), &options(), OnBadRow::Fail).unwrap_err();
    assert!(matches!(error, ReadError::IsFolder { .. }));
    check(&error, &["is a folder"]);
}

#[test]
fn an_unknown_extension() {
    let error = fail("feedback.parquet", "x");
    assert!(matches!(error, ReadError::UnknownFormat { .. }));
    check(&error, &["feedback.parquet", ".jsonl"]);
}

#[test]
fn an_empty_file() {
    for (name, content) in [
        ("a.jsonl", ""),
        ("a.jsonl", "\n \n"),
        ("a.csv", ""),
        ("a.tsv", "\u{feff}"),
        ("a.txt", ""),
        ("a.json", "[]"),
    ] {
        let error = fail(name, content);
        assert!(
            matches!(
                error,
                ReadError::NoRows {
                    has_header: false,
                    ..
                }
            ),
            "{name}: {error}"
        );
        check(&error, &[name]);
    }
    let error = fail("a.csv", "text,label\n");
    assert!(matches!(error, ReadError::NoRows { has_header: true, .. }));
    check(&error, &["a.csv", "only a header"]);
}

#[test]
fn an_empty_file_may_be_allowed() {
    let (_folder, path) = file("validation.jsonl", "");
    let mut options = options();
    options.allow_empty = true;
    assert!(read(path, &options, OnBadRow::Fail).unwrap().is_empty());
}

#[test]
fn undecodable_bytes() {
    let error = fail("a.jsonl", b"{\"text\": \"ok\"}\n{\"text\": \"caf\xE9\"}\n");
    check(&error, &["a.jsonl", "line 2", "not valid UTF-8 at byte 28"]);
    let error = fail("a.csv", b"text\nok\ncaf\xE9\n");
    check(
        &error,
        &[
            "a.csv",
            "line 3",
            "not valid UTF-8 at byte 11",
            "`encoding windows-1252`",
        ],
    );
}

#[test]
fn a_broken_json_line() {
    let error = fail(
        "a.jsonl",
        "{\"text\": \"ok\"}\n{\"text\": \"cut\n{\"text\": \"ok\"}\n{\"text\"}\n",
    );
    assert!(matches!(&error, ReadError::BadRows { row, more: 1, .. } if row.line == 2 && row.offset == 15));
    check(
        &error,
        &["a.jsonl", "line 2", "broken JSON at column", "1 more bad row"],
    );
}

#[test]
fn a_json_array_that_is_cut_or_broken() {
    for (content, line, expected) in [
        (
            "[\n{\"text\": \"a\"},\n]\n",
            3,
            "a comma follows the last element",
        ),
        (
            "[{\"text\": \"a\"},\n{\"text\": \"b\"}\n",
            3,
            "ends before the array is closed",
        ),
        (
            "[{\"text\": \"a\"},\n{\"text\": \"b",
            2,
            "ends within a JSON value",
        ),
        ("[{\"text\": \"a\"}\n{\"text\": \"b\"}]", 2, "a comma is missing"),
        (
            "[{\"text\": \"a\"}]\n{\"text\": \"b\"}",
            2,
            "continues after the end of the array",
        ),
        (
            "[\n{\"text\": \"a\"},\n{\n\"text\": tru}]",
            3,
            "column 12: expected ident, in line 2 of the object",
        ),
        ("{\n\"text\": \"a\"\n}\n{\n\"text\": 5}", 4, "`text` is a number"),
        ("{'text': 'a'}\n", 1, "a Python dictionary"),
        ("{\"text\": \"a\"},\n", 1, "a comma after it"),
    ] {
        let error = fail("a.json", content);
        let line = format!("line {line}");
        check(&error, &["a.json", &line, expected]);
    }
}

#[test]
fn lines_without_an_object_and_rows_without_a_text() {
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
fn only_bad_rows_are_an_error_even_if_they_are_set_aside() {
    let (_folder, path) = file("a.jsonl", "x\ny\n");
    let error = read(path, &options(), OnBadRow::SetAside).unwrap_err();
    assert!(matches!(error, ReadError::BadRows { more: 1, .. }));
}

#[test]
fn an_unclosed_quote() {
    let content = "text,label\nok,bug\n\"it crashes,bug\nfine,praise\n";
    check(
        &fail("a.csv", content),
        &[
            "a.csv",
            "line 3",
            "the quote that opens in line 3, column 1 is not closed",
            "close it",
        ],
    );
    let (_folder, path) = file("a.csv", content);
    let dataset = read(path, &options(), OnBadRow::SetAside).unwrap();
    assert_eq!(dataset.texts(), ["ok", "fine"]);
    assert_eq!(dataset.set_aside[0].raw.as_deref(), Some("\"it crashes,bug"));

    let error = fail("a.csv", "text,\"label\nok,bug\n");
    assert!(matches!(
        error,
        ReadError::UnclosedQuote {
            line: 1,
            column: 6,
            ..
        }
    ));
    check(&error, &["a.csv", "line 1", "column 6"]);
}

#[test]
fn text_after_a_closing_quote_that_fits_in_no_way() {
    let error = fail("a.csv", "text,label\n\"a\" b,bug,c\n");
    check(
        &error,
        &[
            "line 2",
            "text follows the closing quote in line 2, column 3",
            "double the quotes",
        ],
    );
}

#[test]
fn a_header_without_the_text_column() {
    let error = fail("a.csv", "review,label\na,b\n");
    assert!(matches!(error, ReadError::MissingColumn { .. }));
    check(&error, &["a.csv", "`text`", "`review`, `label`", "text_field"]);
    let error = fail("a.csv", "Text,label\na,b\n");
    check(&error, &["a.csv", "did you mean `Text`?"]);
    let error = fail("a.csv", "a\u{1b}b\na\n");
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
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
    let content = "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\"}\n{\"text\": \"c\", \"label\": \"\"}\n\
                   {\"text\": \"d\", \"label\": [\"x\", \"y\"]}\n{\"text\": \"e\", \"label\": []}\n{\"text\": \"f\", \"label\": {}}\n";
    let (_folder, path) = file("a.jsonl", content);
    let mut options = options();
    options.label_rule = LabelRule::Required;
    let dataset = read(&path, &options, OnBadRow::SetAside).unwrap();
    let reasons: Vec<String> = dataset
        .set_aside
        .iter()
        .map(|row| row.reason.to_string())
        .collect();
    assert_eq!(dataset.labels().unwrap(), ["1"]);
    assert_eq!(
        reasons,
        [
            "the field `label` is missing, the row has `text`",
            "the field `label` is empty",
            "the field `label` lists 2 labels, expected one",
            "the field `label` is empty",
            "the field `label` is an object, expected a string",
        ]
    );
    let (_folder, path) = file("a.csv", "text\na\n");
    assert!(
        matches!(read(path, &options, OnBadRow::SetAside), Err(ReadError::MissingColumn { column, .. }) if column == "label")
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
    assert!(matches!(error, LabelError::Missing { line: 2, .. }));
    check_message(&error, error.hint(), &["a.jsonl", "line 2", "`label`"]);

    let (_folder, path) = file(
        "a.jsonl",
        "{\"text\": \"a\", \"label\": \"bug\"}\n{\"text\": \"b\", \"label\": \"Praise \"}\n",
    );
    let dataset = read(path, &options(), OnBadRow::Fail).unwrap();
    let error = LabelSet::default().encode(&dataset).unwrap_err();
    assert!(matches!(error, LabelError::Unknown { line: 2, .. }));
    check_message(
        &error,
        error.hint(),
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
    let mut options = options();
    options.max_line_bytes = 1000;
    let dataset = read(path, &options, OnBadRow::SetAside).unwrap();
    assert_eq!(dataset.set_aside[0].reason, BadRowReason::TooLong { limit: 1000 });
    assert_eq!((dataset.rows[0].line, dataset.rows[0].offset), (2, 5013));
}

#[test]
fn reading_ends_after_a_fatal_error() {
    let data = &b"text,\"open"[..];
    let mut reader = Reader::from_reader(data, "stdin", Format::Csv, &options());
    assert!(matches!(
        reader.next(),
        Some(Err(RowError::Fatal(ReadError::UnclosedQuote { .. })))
    ));
    assert!(reader.next().is_none());
}

#[test]
fn an_io_error_is_fatal_and_named() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk was removed"))
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
    /// For any bytes, reading does not panic and comes to an end, and positions ascend.
    #[test]
    fn any_bytes_can_be_read(
        data in prop::collection::vec(prop_oneof![Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b','), Just(b'{'), Just(b'}'), Just(b't'), any::<u8>()], 0..200),
        format in prop_oneof![Just(Format::Jsonl), Just(Format::Csv), Just(Format::Tsv), Just(Format::Lines)],
        max_line_bytes in 1_usize..60,
        with_header in any::<bool>(),
    ) {
        let mut bytes = if with_header { b"text\n".to_vec() } else { Vec::new() };
        bytes.extend(&data);
        let mut options = options();
        options.max_line_bytes = max_line_bytes;
        let mut last = None;
        for row in Reader::from_reader(&bytes[..], "bytes", format, &options) {
            let place = match row {
                Ok(row) => (row.line, row.offset),
                Err(RowError::Bad(row)) => (row.line, row.offset),
                Err(RowError::Fatal(_)) => break,
            };
            prop_assert!(last.is_none_or(|(line, offset)| line < place.0 && offset < place.1));
            prop_assert!(place.1 <= bytes.len() as u64);
            last = Some(place);
        }
    }
}
