//! A data set: the rows of a complete file in memory.

use std::path::{Path, PathBuf};

use crate::error::LabelError;
use crate::record::{BadRow, Row};

/// The rows of a file, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The file.
    pub path: PathBuf,
    /// The rows that can be used.
    pub rows: Vec<Row>,
    /// The rows that cannot be used. With [`OnBadRow::Fail`](crate::read::OnBadRow::Fail), these are only blank lines.
    pub set_aside: Vec<BadRow>,
}

impl Dataset {
    /// How many rows can be used.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if no row can be used.
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
    /// [`LabelError::Missing`] for the first row without a label.
    pub fn labels(&self) -> Result<Vec<&str>, LabelError> {
        self.rows.iter().map(|row| label_of(row, &self.path)).collect()
    }
}

/// Returns the label of a row, or an error with the line of the row if it has no label.
pub(crate) fn label_of<'a>(row: &'a Row, path: &Path) -> Result<&'a str, LabelError> {
    row.record.label().ok_or_else(|| LabelError::Missing {
        path: path.to_path_buf(),
        line: row.line,
        field: row.record.label_field().to_string(),
    })
}
