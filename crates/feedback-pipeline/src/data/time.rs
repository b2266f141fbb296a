//! Splits by time.

use feedback_dataset::Dataset;
use feedback_dataset::dates::{DateColumn, DateOrder, FoundOrder};
use feedback_dataset::split::{SplitOptions, TimeSplit, time_split};

use crate::error::{DataError, Result};

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
) -> Result<TimeSplit> {
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
    split.map_err(|source| {
        let path = dataset.path.clone();
        DataError::Split { path, source }.into()
    })
}
