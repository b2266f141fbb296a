//! Files that cannot be read, or have an unusable row, and what a message about them must contain.

use super::place::Place;
use super::rows::{feedback, lines};

/// A file that no recipe reads.
#[derive(Debug)]
pub struct BadFile {
    /// Its name.
    pub name: &'static str,
    /// Its bytes; `None` if the file is missing.
    pub bytes: Option<Vec<u8>>,
    /// What a message about it must contain, besides its name.
    pub parts: &'static [&'static str],
}

fn bad(name: &'static str, bytes: impl Into<Vec<u8>>, parts: &'static [&'static str]) -> BadFile {
    BadFile {
        name,
        bytes: Some(bytes.into()),
        parts,
    }
}

/// Returns two good rows, followed by this one.
fn third_row(row: &[u8]) -> Vec<u8> {
    let mut bytes = lines(&feedback(1)[..2]).into_bytes();
    bytes.extend_from_slice(row);
    bytes.push(b'\n');
    bytes
}

/// Files that cannot be read at all, with any value of `on_bad_row`.
pub fn unreadable_files() -> Vec<BadFile> {
    vec![
        BadFile {
            name: "missing.jsonl",
            bytes: None,
            parts: &["there is no file", "check the spelling"],
        },
        bad("empty.jsonl", "", &["has no rows"]),
        bad("blank.jsonl", "\n\r\n  \n", &["has no rows"]),
        bad("header_only.csv", "text,label\n", &["has no rows, only a header"]),
        bad(
            "unclosed.csv",
            "text,\"label\nfine,bug\nnext,praise\n",
            &["line 1, column 6", "not closed", "close it"],
        ),
        bad(
            "no_column.csv",
            "stars,label\n3,bug\n",
            &["no column `text`", "`stars`, `label`", "text_field"],
        ),
        bad("document.csv", "%PDF-1.7\n", &["it is a PDF document", "export"]),
    ]
}

/// Files with one unusable row.
pub fn unusable_rows() -> Vec<BadFile> {
    let mut files = unusable_lines();
    files.extend(unusable_table_rows());
    files
}

fn unusable_lines() -> Vec<BadFile> {
    vec![
        bad(
            "undecodable.jsonl",
            third_row(b"{\"text\": \"caf\xe9\", \"label\": \"bug\"}"),
            &["line 3", "not valid UTF-8 at byte"],
        ),
        bad(
            "binary.jsonl",
            b"\x00\x01\xff\xfe\n".as_slice(),
            &["it is binary data", ".xlsx"],
        ),
        bad(
            "broken.jsonl",
            third_row(br#"{"text": "half a li"#),
            &["line 3", "broken JSON at column"],
        ),
        bad(
            "list.jsonl",
            third_row(br#"["text", "label"]"#),
            &["line 3", "expected a JSON object"],
        ),
        bad(
            "missing_text.jsonl",
            third_row(br#"{"label": "bug"}"#),
            &["line 3", "`text` is missing", "text_field"],
        ),
        bad(
            "empty_text.jsonl",
            third_row(br#"{"text": " \t ", "label": "bug"}"#),
            &["line 3", "`text` is empty"],
        ),
        bad(
            "number.jsonl",
            third_row(br#"{"text": 5, "label": "bug"}"#),
            &["line 3", "`text` is a number", "quotes"],
        ),
    ]
}

fn unusable_table_rows() -> Vec<BadFile> {
    vec![
        bad(
            "empty_text.csv",
            "text,label\nfine,bug\n,bug\n",
            &["line 3", "`text` is empty"],
        ),
        bad(
            "cut.json",
            "[{\"text\": \"fine\", \"label\": \"bug\"},\n{\"text\": \"slow\", \"label\": \"bug\"}\n",
            &["line 3", "the file ends before the array is closed"],
        ),
        bad(
            "open.csv",
            "text,label\nfine,bug\n\"open,bug\nnext,praise\n",
            &["line 3, column 1", "not closed", "close it"],
        ),
        bad(
            "fields.csv",
            "text,label\nfine,bug\nwell, no,bug\n",
            &["line 3", "expected 2 fields", "found 3", "double quotes"],
        ),
        bad(
            "quotes.csv",
            "text,label\nfine,bug\n\"two\nlines\",bug\n,praise\n",
            &["line 5", "`text` is empty"],
        ),
    ]
}

/// Files with one row without a usable label. Only predictions accept them.
pub fn unlabelled_rows() -> Vec<BadFile> {
    vec![
        bad(
            "missing_label.jsonl",
            third_row(br#"{"text": "slow"}"#),
            &["line 3", "`label` is missing", "label_field"],
        ),
        bad(
            "empty_label.jsonl",
            third_row(br#"{"text": "slow", "label": ""}"#),
            &["line 3", "`label` is empty"],
        ),
        bad(
            "null_label.jsonl",
            third_row(br#"{"text": "slow", "label": null}"#),
            &["line 3", "`label` is null"],
        ),
        bad(
            "no_label.csv",
            "text,team\nslow,bug\n",
            &["no column `label`", "`text`, `team`"],
        ),
    ]
}

impl Place {
    /// Writes a bad file, unless it is a missing one.
    pub fn write_bad(&self, file: &BadFile) {
        if let Some(bytes) = &file.bytes {
            self.write(file.name, bytes);
        }
    }
}
