//! Rows that were left out.

use std::fmt;
use std::path::{Path, PathBuf};

use feedback_dataset::Dataset;
use serde::Serialize;

/// A row that was left out because it cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnusedRow {
    /// Its file.
    pub file: PathBuf,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Why it cannot be used.
    pub reason: String,
}

impl UnusedRow {
    /// Describes a row of a file.
    pub fn new(file: &Path, line: u64, reason: &impl ToString) -> Self {
        Self {
            file: file.to_owned(),
            line,
            reason: reason.to_string(),
        }
    }

    /// Returns the rows that were set aside when a file was read.
    pub fn of(dataset: &Dataset) -> Vec<Self> {
        let rows = dataset.set_aside.iter();
        rows.map(|row| Self::new(&dataset.path, row.line, &row.reason))
            .collect()
    }
}

impl fmt::Display for UnusedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}`, line {}: {}",
            self.file.display(),
            self.line,
            self.reason
        )
    }
}
