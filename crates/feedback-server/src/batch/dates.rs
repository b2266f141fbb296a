//! When the texts of a batch were written.

use std::path::Path;

use feedback_dataset::read::{ReadOptions, Reader, RowError};
use feedback_dataset::record::Record;
use feedback_text::dates::{DateOrder, DateReader, DateScan, DateValue};

use crate::clock::is_past;
use crate::error::Result;

/// Reads the dates of a file: the order of day and month follows from the whole column.
pub(super) struct Dates {
    column: String,
    reader: DateReader,
}

impl Dates {
    /// Looks at all dates in a column of a file. If the order of day and month is not given, it follows from the whole
    /// column.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(super) fn of_column(
        path: &Path,
        options: &ReadOptions,
        column: String,
        order: Option<DateOrder>,
    ) -> Result<Self> {
        let mut scan = DateScan::new();
        for row in Reader::open(path, options)? {
            match row {
                Ok(row) => scan.add(&row.record.cell(&column)),
                Err(RowError::Bad(_)) => {}
                Err(RowError::Fatal(error)) => return Err(error.into()),
            }
        }
        let reader = scan.reader(order);
        Ok(Self { column, reader })
    }

    /// The time of a record, in milliseconds since 1970; `None` if the record has no readable time, or if the time must be a
    /// mistake.
    pub(super) fn of(&self, record: &Record) -> Option<i64> {
        match self.reader.read(&record.cell(&self.column)) {
            DateValue::Instant(micros) => Some(micros.div_euclid(1000)).filter(|time| is_past(*time)),
            _ => None,
        }
    }
}
