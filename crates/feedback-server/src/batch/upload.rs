//! Inspects uploaded files: finds their columns and counts their rows.

use std::path::Path;

use feedback_dataset::read::{Encoding, Format, ReadOptions, Reader, RowError};
use feedback_dataset::record::Row;
use feedback_formats::{Limits, PREVIEW_ROWS, RecognisedExport, preview};

use super::converted::ConvertedFrom;
use super::segments::{segments, source};
use super::unpack::place_and_reason;
use crate::error::{Error, Result};

/// Maximum number of columns of a table, or of fields of the first records: four times as many as in the widest known export.
pub(crate) const MAX_COLUMNS: usize = 2000;
/// The number of rows that are shown before the text column is chosen.
const SHOWN_ROWS: usize = 5;
/// What is known about an uploaded file.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// The columns or fields.
    pub(crate) columns: Vec<String>,
    /// The column that probably contains the text.
    pub(crate) guess: String,
    /// Whether this column was found; if not, the guess is only the first column.
    pub(crate) is_found: bool,
    /// The column that probably contains the date.
    pub(crate) date: Option<String>,
    /// The column that probably contains labels of people.
    pub(crate) label: Option<String>,
    /// The column that probably says where the texts come from.
    pub(crate) source: Option<String>,
    /// The columns that divide the texts into segments, such as plan or country.
    pub(crate) segments: Vec<String>,
    /// Whether the first dates can be read with the day and with the month first.
    pub(crate) is_date_ambiguous: bool,
    /// The recognised export, if any.
    pub(crate) recognised: Option<RecognisedExport>,
    /// The first rows.
    pub(crate) first: Vec<Row>,
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
    /// What is known about a file that is gone.
    pub(crate) fn without_file(columns: Vec<String>, rows: u64) -> Self {
        Self {
            guess: columns.first().cloned().unwrap_or_default(),
            is_found: false,
            columns,
            date: None,
            label: None,
            source: None,
            segments: Vec::new(),
            is_date_ambiguous: false,
            recognised: None,
            first: Vec::new(),
            rows,
        }
    }
}

/// Finds the columns by the first rows of a file that has `rows` rows.
///
/// # Errors
///
/// [`Error::Data`] for a file that cannot be read at all, [`Error::Invalid`] if it has too many columns or none.
pub(crate) fn look_at(path: &Path, format: Format, rows: u64, max_row_bytes: usize) -> Result<Inspection> {
    let options = options(format, "text", max_row_bytes);
    let mut found = preview(path, &options, &Limits::default(), PREVIEW_ROWS)?;
    if let Some(ConvertedFrom::Format(original)) = ConvertedFrom::of(path) {
        found = found.converted_from(original);
    }
    let n = found.fields.len();
    if n > MAX_COLUMNS {
        let problem = format!("the file has {n} columns or fields; the maximum is {MAX_COLUMNS}");
        return Err(Error::Invalid(problem));
    }
    // The rows of a recognised export all have the same source, unless a column says otherwise.
    let source =
        source(&found.fields, &found.roles).filter(|name| found.export.is_none() || name == "source");
    let segments = segments(&found.fields, &found.roles, source.as_deref());
    let columns: Vec<String> = found.fields.into_iter().map(|field| field.name).collect();
    let is_found = found.roles.text.is_some();
    let guess = found.roles.text.or_else(|| columns.first().cloned());
    let no_fields = || match &found.first_bad {
        Some(row) => {
            let (line, reason) = place_and_reason(row);
            format!("no row can be read; line {line}: {reason}; {}", row.reason.hint())
        }
        None => "the file has no rows".into(),
    };
    Ok(Inspection {
        guess: guess.ok_or_else(|| Error::Invalid(no_fields()))?,
        is_found,
        columns,
        date: found.roles.date,
        label: found.roles.label,
        source,
        segments,
        is_date_ambiguous: found.roles.is_date_ambiguous,
        recognised: found.export,
        first: found.rows.into_iter().take(SHOWN_ROWS).collect(),
        rows,
    })
}

/// Finds the columns and counts the rows. The rows are read with `text_field`, or if it is `None`, with the column that probably
/// contains the text.
///
/// # Errors
///
/// The errors of [`look_at`], and [`Error::Invalid`] if the file has too many rows.
pub(crate) fn inspect(
    path: &Path,
    format: Format,
    text_field: Option<&str>,
    max_rows: u64,
    max_row_bytes: usize,
) -> Result<Inspection> {
    let mut found = look_at(path, format, 0, max_row_bytes)?;
    let text_field = text_field.unwrap_or(&found.guess);
    for row in Reader::open(path, &options(format, text_field, max_row_bytes))? {
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
        Read(E::MissingColumn { column, found, .. }) => {
            format!("the file has no column `{column}`, it has {}", found.join(", "))
        }
        Read(E::Content { source, .. }) => match source.hint() {
            Some(hint) => format!("{source}; {hint}"),
            None => source.to_string(),
        },
        _ => "the file cannot be read as what it seems to be".into(),
    }
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
        assert_eq!(found.columns, ["n", "say", "text"]);
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
        assert_eq!(found.recognised.unwrap().known.source, "google-play");
        assert!(
            inspected("a.csv", b"id,body\n1,slow\n")
                .unwrap()
                .recognised
                .is_none()
        );
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
