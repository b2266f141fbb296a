//! A whole file in memory.

use std::path::{Path, PathBuf};

use crate::bad_row::{BadRow, RowError};
use crate::error::Error;
use crate::options::{OnBadRow, ReadOptions};
use crate::reader::Reader;
use crate::record::Row;

/// The rows of a file, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The file.
    pub path: PathBuf,
    /// The rows that can be used.
    pub rows: Vec<Row>,
    /// The rows that cannot be used; empty with [`OnBadRow::Fail`].
    pub set_aside: Vec<BadRow>,
}

impl Dataset {
    /// How many rows can be used.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True where no row can be used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The texts, in row order.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.record.text()).collect()
    }

    /// The label names, in row order.
    ///
    /// # Errors
    ///
    /// [`Error::MissingLabel`] for the first row without one.
    pub fn labels(&self) -> Result<Vec<&str>, Error> {
        self.rows.iter().map(|row| label_of(row, &self.path)).collect()
    }
}

/// The label of a row, or the error that says where it is missing.
pub(crate) fn label_of<'a>(row: &'a Row, path: &Path) -> Result<&'a str, Error> {
    row.record.label().ok_or_else(|| Error::MissingLabel {
        path: path.to_path_buf(),
        line: row.line,
        field: row.record.label_field().to_string(),
    })
}

/// Reads a whole file.
///
/// # Errors
///
/// Whatever ends a [`Reader`]; with [`OnBadRow::Fail`], and where no row at all can be used,
/// [`Error::BadRows`] names the first bad row and counts the others.
///
/// # Examples
///
/// ```
/// use feedback_dataset::{OnBadRow, ReadOptions, read};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("feedback.csv");
/// fs_err::write(&path, "text,label\n\"Great,\nthanks\",praise\nIt crashes,bug\nno label\n")?;
/// let dataset = read(&path, &ReadOptions::default(), OnBadRow::SetAside)?;
/// assert_eq!(dataset.texts(), ["Great,\nthanks", "It crashes"]);
/// assert_eq!(dataset.set_aside[0].to_string(), "line 5 (byte 49): expected 2 fields as in the header, found 1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: impl AsRef<Path>, options: &ReadOptions, on_bad_row: OnBadRow) -> Result<Dataset, Error> {
    collect(Reader::open(path, options)?, on_bad_row)
}

/// Reads all that a [`Reader`] has left.
///
/// # Errors
///
/// As [`read`].
pub fn collect(reader: Reader<'_>, on_bad_row: OnBadRow) -> Result<Dataset, Error> {
    let path = reader.path().to_path_buf();
    let mut rows = Vec::new();
    let mut set_aside: Vec<BadRow> = Vec::new();
    let mut more: u64 = 0;
    for row in reader {
        match row {
            Ok(row) => rows.push(row),
            Err(RowError::Bad(row)) if on_bad_row == OnBadRow::SetAside || set_aside.is_empty() => {
                set_aside.push(row)
            }
            Err(RowError::Bad(_)) => more += 1,
            Err(RowError::Fatal(error)) => return Err(error),
        }
    }
    if !set_aside.is_empty() && (on_bad_row == OnBadRow::Fail || rows.is_empty()) {
        let more = more + set_aside.len() as u64 - 1;
        return Err(Error::BadRows {
            path,
            row: Box::new(set_aside.swap_remove(0)),
            more,
        });
    }
    Ok(Dataset {
        path,
        rows,
        set_aside,
    })
}
