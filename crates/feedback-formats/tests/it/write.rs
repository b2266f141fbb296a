//! Records are written in each format, and read again with the same values.

use feedback_dataset::read::ReadOptions;
use feedback_dataset::record::Record;
use feedback_formats::write::{Column, ColumnKind, OutputFormat, TableStyle, TableWriter};
use feedback_formats::{Limits, from_bytes, open};
use serde_json::{Value, json};

fn records() -> Vec<Record> {
    let lines = [
        r#"{"text":"first \"line\"\nsecond; line, third","zip":"01067","stars":4.50,"id":12345678901234567890123,"paid":true,"at":"=1+1"}"#,
        r#"{"text":"Größe 🎉 ","zip":"","stars":-5,"tags":["a","b"],"note":null}"#,
    ];
    let read = from_bytes(
        lines.join("\n").into_bytes(),
        "a.jsonl",
        &ReadOptions::default(),
        &Limits::default(),
    );
    read.unwrap().reader.map(|row| row.unwrap().record).collect()
}

const COLUMNS: [&str; 8] = ["text", "zip", "stars", "id", "paid", "at", "tags", "note"];

fn columns() -> Vec<Column> {
    COLUMNS.map(Column::text).to_vec()
}

fn written(format: OutputFormat, style: &TableStyle) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = TableWriter::new(&mut bytes, format, style, &columns()).unwrap();
    for record in records() {
        writer.write(&record).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// The cells of a table that is read again.
fn cells(bytes: Vec<u8>, name: &str) -> Vec<Vec<String>> {
    let source = from_bytes(bytes, name, &ReadOptions::default(), &Limits::default()).unwrap();
    let rows = source.reader.map(|row| row.unwrap().record);
    rows.map(|record| {
        COLUMNS
            .iter()
            .map(|name| record.cell(name).into_owned())
            .collect()
    })
    .collect()
}

fn expected() -> Vec<Vec<String>> {
    records()
        .iter()
        .map(|record| {
            COLUMNS
                .iter()
                .map(|name| record.cell(name).into_owned())
                .collect()
        })
        .collect()
}

#[test]
fn tables_are_read_again_with_the_same_values() {
    for (delimiter, byte_order_mark) in [(b',', false), (b';', true), (b'\t', true), (b'|', false)] {
        let mut style = TableStyle::default();
        style.delimiter = delimiter;
        style.byte_order_mark = byte_order_mark;
        let bytes = written(OutputFormat::Csv, &style);
        assert_eq!(bytes.starts_with("\u{feff}".as_bytes()), byte_order_mark);
        assert_eq!(cells(bytes, "a.csv"), expected(), "{}", char::from(delimiter));
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_read_again_with_the_same_values() {
    let bytes = written(OutputFormat::Parquet, &TableStyle::default());
    assert_eq!(cells(bytes, "a.parquet"), expected());
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_has_typed_columns() {
    let columns = [
        Column::text("text"),
        Column::new("stars", ColumnKind::Number),
        Column::new("paid", ColumnKind::Boolean),
    ];
    let mut bytes = Vec::new();
    let style = TableStyle::default();
    let mut writer = TableWriter::new(&mut bytes, OutputFormat::Parquet, &style, &columns).unwrap();
    for stars in [json!(1.5), json!("none"), Value::Null] {
        let mut record = Record::from_text("a");
        record.set("paid", stars.is_string());
        record.set("stars", stars);
        writer.write(&record).unwrap();
    }
    writer.finish().unwrap();
    let source = from_bytes(bytes, "a.parquet", &ReadOptions::default(), &Limits::default()).unwrap();
    let values: Vec<(Value, Value)> = source
        .reader
        .map(|row| {
            let record = row.unwrap().record;
            (record.fields()["stars"].clone(), record.fields()["paid"].clone())
        })
        .collect();
    assert_eq!(
        values,
        [
            (json!(1.5), json!(false)),
            (Value::Null, json!(true)),
            (Value::Null, json!(false))
        ]
    );
}

#[cfg(feature = "excel")]
#[test]
fn a_spreadsheet_keeps_texts_as_texts_and_numbers_as_numbers() {
    let bytes = written(OutputFormat::Xlsx, &TableStyle::default());
    assert_eq!(
        bytes,
        written(OutputFormat::Xlsx, &TableStyle::default()),
        "the same bytes"
    );
    let mut expected = expected();
    // A spreadsheet shows numbers without zeros at the end, and booleans in its own way.
    "4.5".clone_into(&mut expected[0][2]);
    assert_eq!(cells(bytes, "a.xlsx"), expected);
}

#[cfg(feature = "excel")]
#[test]
fn a_cell_that_is_too_long_for_a_spreadsheet_is_named() {
    let mut bytes = Vec::new();
    let style = TableStyle::default();
    let mut writer =
        TableWriter::new(&mut bytes, OutputFormat::Xlsx, &style, &[Column::text("text")]).unwrap();
    writer.write(&Record::from_text("x".repeat(32_767))).unwrap();
    let error = writer.write(&Record::from_text("x".repeat(32_768))).unwrap_err();
    let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
    assert!(
        cause.contains("row 3, column 1") && cause.contains("32768"),
        "{cause}"
    );
}

#[test]
fn a_field_without_a_column_is_an_error() {
    let mut bytes = Vec::new();
    let style = TableStyle::default();
    let mut writer =
        TableWriter::new(&mut bytes, OutputFormat::Csv, &style, &[Column::text("text")]).unwrap();
    assert!(
        writer
            .write(&records()[0])
            .unwrap_err()
            .to_string()
            .contains("zip")
    );
    let other = TableWriter::new(Vec::new(), OutputFormat::Jsonl, &style, &columns());
    assert_eq!(other.unwrap_err().kind(), std::io::ErrorKind::Unsupported);
}

#[test]
fn the_style_of_a_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let style = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs_err::write(&path, content).unwrap();
        let (format, style) = TableStyle::of_file(&path, &ReadOptions::default()).unwrap();
        (format, char::from(style.delimiter), style.byte_order_mark)
    };
    let table = "text;stars\nslow;1\nfast;2\n";
    assert_eq!(style("a.csv", table.as_bytes()), (OutputFormat::Csv, ';', false));
    let marked = format!("\u{feff}{table}");
    assert_eq!(style("b.csv", marked.as_bytes()), (OutputFormat::Csv, ';', true));
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(table.replace(';', "\t").encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(style("c.csv", &utf16), (OutputFormat::Csv, '\t', true));
    assert_eq!(
        style("d.jsonl", b"{\"text\":\"a\"}\n"),
        (OutputFormat::Jsonl, ',', false)
    );
    let path = folder.path().join("e.xlsx");
    fs_err::write(&path, written(OutputFormat::Xlsx, &TableStyle::default())).unwrap();
    assert_eq!(
        TableStyle::of_file(&path, &ReadOptions::default()).unwrap().0,
        OutputFormat::Xlsx
    );
    assert!(open(&path, &ReadOptions::default(), &Limits::default()).is_ok());
}
