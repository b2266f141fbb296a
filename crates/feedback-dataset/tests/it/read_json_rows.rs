//! Rows of tables that are not stored as text.

use std::io;

use feedback_dataset::read::{ContentError, Format, JsonRow, ReadError, ReadOptions, Reader, RowError};

type Rows = Vec<Result<JsonRow, RowError>>;

fn row(line: u64, json: &str) -> Result<JsonRow, RowError> {
    Ok(JsonRow::new(line, json.to_string()))
}

fn reader(rows: Rows, options: &ReadOptions) -> Reader<'static> {
    let columns = vec!["text".to_string(), "n".to_string()];
    Reader::from_json_rows(rows.into_iter(), "table", columns, options)
}

#[test]
fn rows_keep_their_numbers_and_types() {
    let rows = vec![
        row(4, r#"{"text":"a","n":1.10}"#),
        row(9, r#"{"text":"b","n":null}"#),
    ];
    let mut reader = reader(rows, &ReadOptions::default());
    assert_eq!(
        reader.header().unwrap(),
        Some(&["text".to_string(), "n".to_string()][..])
    );
    let rows: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [4, 9]);
    assert_eq!(rows[0].record.to_json(), r#"{"text":"a","n":1.10}"#);
}

#[test]
fn rows_follow_the_same_rules_as_lines() {
    let mut options = ReadOptions::default();
    options.max_line_bytes = 30;
    let rows = vec![
        row(1, r#"{"text":" ","n":1}"#),
        row(2, "{"),
        row(3, r#"{"text":"much longer than the limit"}"#),
        row(4, r#"{"text":"good"}"#),
    ];
    let found: Vec<String> = reader(rows, &options)
        .map(|row| match row {
            Ok(row) => row.record.text().to_string(),
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(found[0], "line 1 (byte 0): the field `text` is empty");
    assert!(
        found[1].starts_with("row 2: broken JSON at column"),
        "{}",
        found[1]
    );
    assert_eq!(found[2..], ["row 3: longer than the limit of 30 bytes", "good"]);
}

#[test]
fn a_missing_column_is_an_error_unless_it_can_be_a_path() {
    let read = |field: &str| {
        let rows = vec![row(1, r#"{"text":"a","n":1}"#)];
        reader(rows, &ReadOptions::with_fields(field, "label"))
            .next()
            .unwrap()
    };
    assert!(matches!(
        read("comment"),
        Err(RowError::Fatal(ReadError::MissingColumn { .. }))
    ));
    assert!(!matches!(read("data.text"), Err(RowError::Fatal(_))));
}

#[test]
fn a_table_without_rows_is_an_error() {
    let first = reader(Vec::new(), &ReadOptions::default()).next();
    assert!(matches!(
        first,
        Some(Err(RowError::Fatal(ReadError::NoRows { has_header: true, .. })))
    ));
}

#[test]
fn the_error_of_a_reader_below_is_found_in_the_content() {
    #[derive(Debug, thiserror::Error)]
    #[error("it is a picture")]
    struct Picture;

    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            let hint = Some("name a text".to_string());
            Err(io::Error::other(ContentError::new(Picture, hint)))
        }
    }
    for format in [Format::Jsonl, Format::Csv, Format::Lines] {
        let first = Reader::from_reader(Broken, "a", format, &ReadOptions::default()).next();
        let Some(Err(RowError::Fatal(error))) = first else {
            panic!("{first:?}")
        };
        assert_eq!(error.to_string(), "cannot read `a`");
        assert_eq!(error.hint().as_deref(), Some("name a text"));
        let ReadError::Content { source, .. } = error else {
            panic!()
        };
        assert_eq!(source.to_string(), "it is a picture");
        assert!(source.cause().is::<Picture>());
    }
}
