//! Splits by time.

use feedback_dataset::Dataset;
use feedback_dataset::dates::{DateColumn, DateOrder, FoundOrder};
use feedback_dataset::split::{SplitIndices, SplitOptions, time_split};

use crate::error::{DataError, Result};

/// Rows that are divided by their dates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TimedParts {
    /// The rows of each part.
    pub parts: SplitIndices,
    /// Number of rows without a date; they are in training.
    pub undated: usize,
    /// Number of rows that are later than the first row of a later part, because an earlier row of their group decides where they are.
    pub overlapping: usize,
}

/// Divides rows by the dates in a field: the latest rows are for test, those before them for validation. Without an order, the whole
/// column tells whether the day or the month comes first.
///
/// # Errors
///
/// [`DataError::DayOrMonth`] if nobody can tell whether the day or the month comes first, and [`DataError::Split`].
pub fn split_by_time(
    dataset: &Dataset,
    (field, order): (&str, Option<DateOrder>),
    groups: &[usize],
    sizes: &SplitOptions,
) -> Result<TimedParts> {
    if dataset.rows.iter().all(|row| row.record.get(field).is_none()) {
        return Err(DataError::NoTimeField {
            path: dataset.path.clone(),
            field: field.to_owned(),
        }
        .into());
    }
    let cells: Vec<_> = dataset.rows.iter().map(|row| row.record.cell(field)).collect();
    let dates = DateColumn::from_values(cells.iter().map(AsRef::as_ref), order);
    if let (FoundOrder::Ambiguous, Some(&row)) = (dates.order, dates.ambiguous.first()) {
        return Err(DataError::DayOrMonth {
            path: dataset.path.clone(),
            line: dataset.rows[row].line,
            field: field.to_owned(),
            value: cells[row].to_string(),
        }
        .into());
    }
    let split = time_split(&dates.micros, groups, sizes.test_size, sizes.validation_size);
    let split = split.map_err(|source| {
        let path = dataset.path.clone();
        DataError::Split { path, source }
    })?;
    Ok(TimedParts {
        overlapping: overlapping(&split.parts, &dates.micros),
        parts: split.parts,
        undated: split.undated,
    })
}

/// Returns the number of rows that are later than the first row of a later part.
fn overlapping(parts: &SplitIndices, times: &[Option<i64>]) -> usize {
    let first = |rows: &[usize]| rows.iter().filter_map(|&row| times[row]).min();
    let (of_validation, of_test) = (first(&parts.validation), first(&parts.test));
    let later = |rows: &[usize], first: Option<i64>| {
        let is_later = |&&row: &&usize| times[row].zip(first).is_some_and(|(time, first)| time > first);
        rows.iter().filter(is_later).count()
    };
    let of_held_out = of_validation.into_iter().chain(of_test).min();
    later(&parts.train, of_held_out) + later(&parts.validation, of_test)
}
