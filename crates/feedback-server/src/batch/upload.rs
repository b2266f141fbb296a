//! Inspects uploaded files: finds their columns and counts their rows.

use std::path::Path;

use feedback_dataset::read::{Encoding, Format, ReadOptions, Reader, RowError, text_fields};

use super::presets::{Recognised, recognise};
use crate::error::{Error, Result};

/// The number of JSON records read to find the fields.
const SAMPLE: usize = 50;
/// Maximum number of columns of a table, or of fields of the first records: four times as many as in the widest known export.
pub(crate) const MAX_COLUMNS: usize = 2000;
/// Usual names of a text column, most likely first.
const USUAL: [&str; 10] = [
    "text",
    "feedback",
    "comment",
    "body",
    "review",
    "message",
    "description",
    "content",
    "subject",
    "title",
];

/// What is known about an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inspection {
    /// The columns or fields.
    pub(crate) columns: Vec<String>,
    /// The column that probably contains the text.
    pub(crate) guess: String,
    /// The recognised export, if any.
    pub(crate) recognised: Option<Recognised>,
    /// The number of rows, good or bad.
    pub(crate) rows: u64,
}

/// Returns the options for reading the file of a batch.
pub(crate) fn options(format: Format, text_field: &str, max_row_bytes: usize) -> ReadOptions {
    let mut options = ReadOptions::default();
    options.format = Some(format);
    options.text_field = text_field.to_owned();
    options.max_line_bytes = max_row_bytes;
    // JSON is UTF-8; tables may come from spreadsheets that use older encodings.
    options.encoding = match format {
        Format::Jsonl => Encoding::Utf8,
        _ => Encoding::Guess,
    };
    options
}

impl Inspection {
    /// Creates the inspection of a file with these columns and `rows` rows.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the file has no column.
    pub(crate) fn of_columns(columns: Vec<String>, rows: u64) -> Result<Self> {
        let recognised = recognise(&columns);
        let guess = recognised
            .as_ref()
            .map(|export| export.text.clone())
            .or_else(|| guess(&columns))
            .ok_or_else(|| Error::Invalid("the file has no column or field with a name".into()))?;
        Ok(Self {
            columns,
            guess,
            recognised,
            rows,
        })
    }
}

/// Finds the columns and counts the rows. The rows are read with `text_field`, or if it is `None`, with the column that probably
/// contains the text.
///
/// # Errors
///
/// [`Error::Data`] for a file that cannot be read at all, [`Error::Invalid`] if it has too many rows, too many columns or no
/// column.
pub(crate) fn inspect(
    path: &Path,
    format: Format,
    text_field: Option<&str>,
    max_rows: u64,
    max_row_bytes: usize,
) -> Result<Inspection> {
    let columns = names(path, format, max_row_bytes)?;
    let mut found = Inspection::of_columns(columns, 0)?;
    for row in Reader::open(
        path,
        &options(format, text_field.unwrap_or(&found.guess), max_row_bytes),
    )? {
        if let Err(RowError::Fatal(error)) = row {
            return Err(error.into());
        }
        found.rows += 1;
        if found.rows > max_rows {
            return Err(Error::Invalid(format!("the file has more than {max_rows} rows")));
        }
    }
    Ok(found)
}

/// Describes what is wrong with a file, without its path, which clients must not see.
pub(crate) fn data_reason(error: &feedback_dataset::Error) -> String {
    use feedback_dataset::Error::Read;
    use feedback_dataset::error::ReadError as E;
    match error {
        Read(E::NoRows { .. }) => "the file has no rows".into(),
        Read(E::UnclosedQuote { line, column, .. }) => {
            format!("the quote that opens in line {line}, column {column} is never closed")
        }
        _ => "the file cannot be read in the format that its extension indicates".into(),
    }
}

/// Returns the recognised export, if any.
///
/// # Errors
///
/// [`Error::Data`] for a file that cannot be read at all.
pub(crate) fn recognised(path: &Path, format: Format, max_row_bytes: usize) -> Result<Option<Recognised>> {
    Ok(recognise(&names(path, format, max_row_bytes)?))
}

/// Returns the columns of a table, or the string fields of the first JSON records.
fn names(path: &Path, format: Format, max_row_bytes: usize) -> Result<Vec<String>> {
    let names = text_fields(path, &options(format, "text", max_row_bytes), SAMPLE)?;
    if names.len() > MAX_COLUMNS {
        let n = names.len();
        let problem = format!("the file has {n} columns or fields; the maximum is {MAX_COLUMNS}");
        return Err(Error::Invalid(problem));
    }
    Ok(names)
}

fn guess(columns: &[String]) -> Option<String> {
    let named = |name: &&str| columns.iter().find(|column| column.eq_ignore_ascii_case(name));
    // The last part of a path such as `data.text`.
    let last_part = |column: &String| column.rsplit('.').next().map(str::to_ascii_lowercase);
    let nested = |name: &&str| {
        columns
            .iter()
            .find(|column| last_part(column).as_deref() == Some(*name))
    };
    let usual = USUAL
        .iter()
        .find_map(named)
        .or_else(|| USUAL.iter().find_map(nested));
    usual.or(columns.first()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspected(name: &str, content: &[u8]) -> Result<Inspection> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs_err::write(&path, content).unwrap();
        inspect(&path, Format::from_path(&path).unwrap(), None, 5, 1000)
    }

    #[test]
    fn columns_are_found_with_any_delimiter() {
        let found = inspected("a.csv", b"id;Comment;stars\n1;\"slow; loud\";3\n2;fine\n").unwrap();
        assert_eq!(found.columns, ["id", "Comment", "stars"]);
        assert_eq!((found.guess.as_str(), found.rows), ("Comment", 2));
        let found = inspected("a.csv", b"body\nslow\n").unwrap();
        assert_eq!((found.guess.as_str(), found.rows), ("body", 1));
    }

    #[test]
    fn json_fields_and_plain_lines_are_found() {
        let found = inspected("a.jsonl", b"{\"n\":1,\"say\":\"x\"}\nbroken\n{\"text\":\"y\"}\n").unwrap();
        assert_eq!(found.columns, ["say", "text"]);
        assert_eq!((found.guess.as_str(), found.rows), ("text", 3));
        assert_eq!(inspected("a.txt", b"one\ntwo\n").unwrap().rows, 2);
    }

    #[test]
    fn json_arrays_repeated_columns_and_nested_fields_are_found() {
        let found = inspected(
            "a.json",
            b"[{\"by\":\"u\",\"data\":{\"text\":\"x\"}},\n{\"data\":{\"text\":\"y\"}}]",
        )
        .unwrap();
        assert_eq!((found.guess.as_str(), found.rows), ("data.text", 2));
        let found = inspected("a.csv", b"Labels,Labels,Description\na,b,slow\n").unwrap();
        assert_eq!(found.columns, ["Labels", "Labels.2", "Description"]);
        assert_eq!((found.guess.as_str(), found.rows), ("Description", 1));
    }

    #[test]
    fn exports_are_recognised_in_utf_16() {
        let table = "Package Name,Star Rating,Review Title,Review Text\ncom.example,2,Hm,st\u{fc}rzt ab\n";
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(table.encode_utf16().flat_map(u16::to_le_bytes));
        let found = inspected("reviews.csv", &utf16).unwrap();
        assert_eq!((found.guess.as_str(), found.rows), ("Review Text", 1));
        assert_eq!(found.recognised.unwrap().preset.source, "google-play");
        assert_eq!(inspected("a.csv", b"id,body\n1,slow\n").unwrap().recognised, None);
    }

    #[test]
    fn a_file_with_too_many_columns_is_refused_quickly() {
        let began = std::time::Instant::now();
        let header: Vec<String> = (0..130_000).map(|column| format!("c{column}")).collect();
        let table = format!("{}\n", header.join(","));
        assert!(inspect_large("a.csv", table.as_bytes()).is_err());
        let fields: Vec<String> = header.iter().map(|name| format!("\"{name}\":\"x\"")).collect();
        let record = format!("{{{}}}\n", fields.join(","));
        assert!(inspect_large("a.jsonl", record.as_bytes()).is_err());
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }

    fn inspect_large(name: &str, content: &[u8]) -> Result<Inspection> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs_err::write(&path, content).unwrap();
        inspect(&path, Format::from_path(&path).unwrap(), None, 5, 4 << 20)
    }

    #[test]
    fn unusable_files_are_refused() {
        assert!(inspected("a.csv", b"").is_err());
        assert!(inspected("a.jsonl", b"[]\n").is_err());
        assert!(inspected("a.txt", b"1\n2\n3\n4\n5\n6\n").is_err());
    }
}
