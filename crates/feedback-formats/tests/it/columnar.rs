//! The types of Parquet and Arrow.

use feedback_dataset::read::{ReadOptions, RowError};
use feedback_formats::{FormatError, Limits, open};

use crate::support::{error, fixture, json, read};

#[test]
fn every_type_has_a_form_as_json() {
    let expected = json("types.json");
    for name in [
        "types-zstd.parquet",
        "types-gzip.parquet",
        "types-lz4.parquet",
        "types-lz4.arrow",
        "types-zstd.arrows",
    ] {
        let source = open(fixture(name), &ReadOptions::default(), &Limits::default()).unwrap();
        let (mut rows, mut bad) = (Vec::new(), Vec::new());
        for row in source.reader {
            match row {
                Ok(row) => rows.push(row.record),
                Err(RowError::Bad(row)) => bad.push(row.to_string()),
                Err(RowError::Fatal(error)) => panic!("{name}: {error:?}"),
            }
        }
        assert_eq!(
            bad,
            ["row 3: the field `text` is null, expected a string"],
            "{name}"
        );
        for (row, expected) in rows.iter().zip(&expected) {
            let line = row.to_json();
            for (key, value) in expected.as_object().unwrap() {
                // Decimal numbers keep all digits, which a parser of JSON would not.
                if let ("price" | "huge", Some(digits)) = (key.as_str(), value.as_str()) {
                    assert!(line.contains(&format!("\"{key}\":{digits},")), "{name}: {line}");
                } else {
                    assert_eq!(row.get(key), Some(value), "{name}, {key}");
                }
            }
        }
        assert_eq!(rows.len(), 2, "{name}");
    }
}

#[test]
fn a_table_without_rows_is_no_error_if_allowed() {
    for name in ["empty.parquet", "empty.arrows"] {
        let mut options = ReadOptions::default();
        options.allow_empty = true;
        let mut source = open(fixture(name), &options, &Limits::default()).unwrap();
        assert_eq!(
            source.reader.header().unwrap().map(<[String]>::len),
            Some(10),
            "{name}"
        );
        assert_eq!(source.reader.count(), 0, "{name}");
    }
}

#[test]
fn a_type_without_a_form_is_named() {
    let error = error("interval.arrow", &Limits::default());
    assert!(
        matches!(&error, FormatError::ColumnType { column, .. } if column == "span"),
        "{error:?}"
    );
}

#[test]
fn limits_name_the_limit() {
    for name in ["table.parquet", "table.arrow", "table.arrows"] {
        let mut limits = Limits::default();
        limits.max_rows = 7;
        assert_eq!(
            error(name, &limits),
            FormatError::TooManyRows { limit: 7 },
            "{name}"
        );
        limits.max_rows = 8;
        assert_eq!(read(name, &limits).unwrap().1.len(), 8, "{name}");
        limits.max_columns = 9;
        assert_eq!(
            error(name, &limits),
            FormatError::TooManyColumns { found: 10, limit: 9 },
            "{name}"
        );
    }
    let mut limits = Limits::default();
    limits.max_batch_bytes = 300;
    for name in ["table.arrow", "types-lz4.arrow", "types-zstd.arrows"] {
        assert_eq!(
            error(name, &limits),
            FormatError::TooLarge { limit: 300 },
            "{name}"
        );
    }
}

#[test]
fn a_long_row_is_a_bad_row() {
    let mut options = ReadOptions::default();
    options.max_line_bytes = 999_999;
    let source = open(fixture("repeated.arrow"), &options, &Limits::default()).unwrap();
    let bad: Vec<String> = source.reader.map(|row| row.unwrap_err().to_string()).collect();
    assert_eq!(bad.len(), 300);
    assert_eq!(bad[1], "row 2: longer than the limit of 999999 bytes");
}

/// Bytes that are no text are a bad row where a text is expected, and digits elsewhere.
#[test]
fn a_text_of_bytes_that_are_not_utf8_is_a_bad_row() {
    let mut options = ReadOptions::default();
    options.text_field = "bytes".to_owned();
    let path = crate::support::fixture("types-zstd.parquet");
    let rows: Vec<_> = feedback_formats::open(&path, &options, &Limits::default())
        .unwrap()
        .reader
        .collect();
    let reasons: Vec<Option<&str>> = rows
        .iter()
        .map(|row| match row {
            Err(RowError::Bad(bad)) => Some(bad.reason.name()),
            _ => None,
        })
        .collect();
    assert_eq!(
        reasons,
        [None, Some("undecodable"), Some("not_a_string")],
        "{rows:?}"
    );
}
