//! Files that nearly follow their format: what they have is read, and what they lack is named.

use std::path::Path;

use feedback_dataset::Dataset;
use feedback_dataset::read::{Format, OnBadRow, ReadError, ReadOptions, Reader, collect, read};

use crate::file;

fn set_aside(dataset: &Dataset) -> Vec<(u64, String)> {
    let rows = dataset.set_aside.iter();
    rows.map(|row| (row.line, row.reason.to_string())).collect()
}

fn read_with(name: &str, content: impl AsRef<[u8]>, options: &ReadOptions) -> Result<Dataset, ReadError> {
    let (_folder, path) = file(name, content);
    read(path, options, OnBadRow::SetAside)
}

fn texts(name: &str, content: impl AsRef<[u8]>) -> Vec<String> {
    let dataset = read_with(name, content, &ReadOptions::default()).unwrap();
    assert_eq!(set_aside(&dataset), [], "{name}");
    dataset.texts().into_iter().map(str::to_owned).collect()
}

/// A row with a NUL is set aside wherever it is, or the character is replaced.
#[test]
fn a_nul_is_not_text() {
    let csv = "id,text\n1,fine\n2,\"sl\0ow\"\n3,good\n";
    let jsonl = "{\"text\":\"fine\"}\n{\"text\":\"sl\0ow\"}\n{\"text\":\"good\"}\n";
    for (name, content, line, offset) in [
        ("a.csv", csv, 3, 20),
        ("a.jsonl", jsonl, 2, 27),
        ("a.txt", "fine\nsl\0ow\ngood\n", 2, 7),
    ] {
        let mut options = ReadOptions::default();
        let dataset = read_with(name, content, &options).unwrap();
        let reason = format!("not valid text (NUL) at byte {offset} of the file");
        assert_eq!(set_aside(&dataset), [(line, reason)], "{name}");
        assert_eq!(dataset.texts(), ["fine", "good"], "{name}");
        options.replace_undecodable = true;
        let dataset = read_with(name, content, &options).unwrap();
        assert_eq!(dataset.texts(), ["fine", "sl\u{fffd}ow", "good"], "{name}");
    }
    let late = format!("text\n{}bad\0row\n", "fine\n".repeat(50_000));
    let dataset = read_with("late.csv", late, &ReadOptions::default()).unwrap();
    assert_eq!((dataset.len(), dataset.set_aside[0].line), (50_000, 50_002));
}

#[test]
fn a_header_after_a_byte_order_mark_repeats_the_header() {
    for content in [
        "id,text\n1,slow\n\u{feff}id,text\n2,fine\n",
        "\u{feff}\"id\",\"text\"\r\n\"1\",\"slow\"\r\n\u{feff}\"id\",\"text\"\r\n\"2\",\"fine\"\r\n",
    ] {
        let dataset = read_with("a.csv", content, &ReadOptions::default()).unwrap();
        assert_eq!(dataset.texts(), ["slow", "fine"]);
        assert_eq!(
            set_aside(&dataset),
            [(3, "the row repeats the header".to_owned())]
        );
    }
}

/// Arrays and objects that programs put one after the other.
#[test]
fn json_without_line_breaks_between_its_parts() {
    let objects = "{\"text\":\"a\"}{\"text\":\"b\"} {\"text\":\"c\"}\n{\"text\":\"d\"}";
    assert_eq!(texts("a.json", objects), ["a", "b", "c", "d"]);
    let pages = "[{\"text\":\"a\"}]\n[{\"text\":\"b\"},{\"text\":\"c\"}]\n[]\n";
    assert_eq!(texts("a.json", pages), ["a", "b", "c"]);
    let cut = "{\"tickets\":[{\"text\":\"a\"},{\"text\":\"b\"}";
    let error = read_with("a.json", cut, &ReadOptions::default()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("the file ends within a JSON value that begins here"),
        "{message}"
    );
}

#[test]
fn a_tab_in_the_line_for_excel_can_be_an_escape_sequence() {
    assert_eq!(texts("a.csv", "sep=\\t\r\nNr\ttext\r\n01\ta, b\r\n"), ["a, b"]);
}

/// The quotes of two rows enclose the rows between them, and each line is a row of its own.
#[test]
fn quotes_of_different_rows_swallow_no_rows() {
    for (format, delimiter, line_end) in [
        (Format::Csv, ",", "\n"),
        (Format::Csv, ",", "\r\n"),
        (Format::Tsv, "\t", "\n"),
    ] {
        let rows = [
            "id,text,label",
            "1,\"great app,praise",
            "2,second line,praise",
            "3,works\",bug",
            "4,done,praise",
        ];
        let content = rows.join(line_end).replace(',', delimiter) + line_end;
        let options = ReadOptions::default();
        let reader = Reader::from_reader(content.as_bytes(), Path::new("a"), format, &options);
        let dataset = collect(reader, OnBadRow::SetAside).unwrap();
        let reason = "the quote that opens in line 2, column 3 is not closed".to_owned();
        assert_eq!(set_aside(&dataset), [(2, reason)]);
        assert_eq!(dataset.texts(), ["second line", "works\"", "done"]);
        assert_eq!(dataset.labels().unwrap(), ["praise", "bug", "praise"]);
    }
}

/// A text of several lines stays one as long as one of its lines is not a row.
#[test]
fn a_list_of_several_lines_is_one_text() {
    for text in [
        "great app,praise\n2,second line,praise\nworks",
        "great app,praise\n2,second line\n3,works",
        "great app,praise\n\n3,works",
        "great app,praise\n3,works",
        "one\n2,two,three\nx,works",
    ] {
        let content = format!("id,text,label\n1,\"{text}\",bug\n4,done,praise\n");
        assert_eq!(texts("a.csv", content), [text, "done"]);
    }
    // Two columns are not enough to tell.
    let list = "steps:\n2,open it\n3,close it";
    assert_eq!(texts("a.csv", format!("id,text\n1,\"{list}\"\n")), [list]);
}
