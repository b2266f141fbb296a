//! Reads complete files.

use std::path::Path;

use crate::dataset::Dataset;
use crate::error::{ReadError, RowError};
use crate::read::options::{OnBadRow, ReadOptions};
use crate::read::reader::Reader;
use crate::record::BadRow;

/// Reads a complete file.
///
/// # Errors
///
/// Any [`ReadError`] of a [`Reader`]. [`ReadError::BadRows`] if there is a bad row and `on_bad_row` is [`OnBadRow::Fail`], or if
/// all rows are bad; the error names the first bad row and counts the others.
///
/// # Examples
///
/// ```
/// use feedback_dataset::read::{OnBadRow, ReadOptions, read};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("feedback.csv");
/// fs_err::write(&path, "text,label\n\"Great,\nthanks\",praise\nIt crashes,bug\nno label\n")?;
/// let dataset = read(&path, &ReadOptions::default(), OnBadRow::SetAside)?;
/// assert_eq!(dataset.texts(), ["Great,\nthanks", "It crashes"]);
/// assert_eq!(dataset.set_aside[0].to_string(), "line 5 (byte 49): expected 2 fields as in the header, found 1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    on_bad_row: OnBadRow,
) -> Result<Dataset, ReadError> {
    collect(Reader::open(path, options)?, on_bad_row)
}

/// Reads the remaining rows of a [`Reader`].
///
/// # Errors
///
/// The same as for [`read`].
pub fn collect(reader: Reader<'_>, on_bad_row: OnBadRow) -> Result<Dataset, ReadError> {
    let path = reader.path().to_path_buf();
    let mut rows = Vec::new();
    let mut set_aside: Vec<BadRow> = Vec::new();
    let mut first_bad: Option<BadRow> = None;
    let mut n_bad: u64 = 0;
    for row in reader {
        match row {
            Ok(row) => rows.push(row),
            Err(RowError::Bad(row)) => {
                if !row.is_left_out() {
                    n_bad += 1;
                    first_bad.get_or_insert_with(|| row.clone());
                }
                if row.is_left_out() || on_bad_row == OnBadRow::SetAside {
                    set_aside.push(row);
                }
            }
            Err(RowError::Fatal(error)) => return Err(error),
        }
    }
    if let Some(row) = first_bad
        && (on_bad_row == OnBadRow::Fail || rows.is_empty())
    {
        return Err(ReadError::BadRows {
            path,
            row: Box::new(row),
            more: n_bad - 1,
        });
    }
    Ok(Dataset {
        path,
        rows,
        set_aside,
    })
}
