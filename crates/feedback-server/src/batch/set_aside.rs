//! What will be set aside of a file before it is classified, and why.

use std::path::Path;

use feedback_dataset::dates::DateOrder;
use feedback_dataset::read::{Format, Reader, RowError};

use super::dates::Dates;
use super::lines::Lines;
use super::unpack::place_and_reason;
use super::upload::options;
use crate::error::Result;
use crate::limits::MAX_TEXT_BYTES;

/// Number of rows that are shown with their reasons.
const SHOWN: usize = 5;

/// What will be set aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SetAside {
    /// Number of rows, good or bad.
    pub(crate) rows: u64,
    /// Number of rows that cannot be used.
    pub(crate) bad: u64,
    /// Line and reason of the first of them.
    pub(crate) first: Vec<(u64, String)>,
    /// Number of usable rows without a date that can be read; `None` if no column has dates.
    pub(crate) undated: Option<u64>,
}

/// What the columns of a file are for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen<'a> {
    pub(crate) text: &'a str,
    pub(crate) date: Option<&'a str>,
    pub(crate) order: Option<DateOrder>,
}

/// Reads the whole file as the batch will read it.
///
/// # Errors
///
/// [`Error::Data`](crate::error::Error::Data) if the file cannot be read with this text column.
pub(crate) fn set_aside(
    path: &Path,
    format: Format,
    chosen: Chosen<'_>,
    max_row_bytes: usize,
) -> Result<SetAside> {
    let mut options = options(format, chosen.text, max_row_bytes);
    options.max_field_bytes = MAX_TEXT_BYTES;
    let date = chosen.date.map(str::to_owned);
    let dates = date
        .map(|column| Dates::of_column(path, &options, column, chosen.order))
        .transpose()?;
    let lines = Lines::read(path)?;
    let mut found = SetAside {
        undated: dates.as_ref().map(|_| 0),
        ..SetAside::default()
    };
    for (number, row) in (0_i64..).zip(Reader::open(path, &options)?) {
        match row {
            Ok(row) => {
                if let (Some(dates), Some(undated)) = (&dates, &mut found.undated) {
                    *undated += u64::from(dates.of(&row.record).is_none());
                }
            }
            Err(RowError::Bad(row)) => {
                found.bad += 1;
                if found.first.len() < SHOWN {
                    let (line, reason) = place_and_reason(&row);
                    found.first.push((lines.of(number, line), reason));
                }
            }
            Err(RowError::Fatal(error)) => return Err(error.into()),
        }
        found.rows += 1;
    }
    Ok(found)
}
