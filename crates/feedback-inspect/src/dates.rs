//! The dates of a file.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use feedback_dataset::Dataset;
use feedback_dataset::dates::{DateColumn, DateOrder};

use crate::findings::{DateHealth, lines};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Reads the dates in a field; `None` if no row has this field.
pub(crate) fn date_health(dataset: &Dataset, field: &str, order: Option<DateOrder>) -> Option<DateHealth> {
    if dataset.rows.iter().all(|row| row.record.get(field).is_none()) {
        return None;
    }
    let values: Vec<Cow<'_, str>> = dataset.rows.iter().map(|row| row.record.cell(field)).collect();
    let column = DateColumn::from_values(values.iter().map(AsRef::as_ref), order);
    let last = now() + MICROS_PER_DAY;
    let is_outside = |micros: &i64| !(0..=last).contains(micros);
    let (outside, read): (Vec<_>, Vec<_>) = (column.micros.iter().enumerate())
        .filter_map(|(row, micros)| Some((row, (*micros)?)))
        .partition(|(_, micros)| is_outside(micros));
    let outside: Vec<usize> = outside.into_iter().map(|(row, _)| row).collect();
    Some(DateHealth {
        field: field.to_owned(),
        order: column.order,
        read: read.len(),
        empty: column.empty,
        ambiguous: lines(dataset, &column.ambiguous),
        unreadable: lines(dataset, &column.unreadable),
        outside: lines(dataset, &outside),
    })
}

/// Microseconds since 1970.
fn now() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(passed.as_micros()).unwrap_or(i64::MAX - MICROS_PER_DAY)
}
