//! The dates of a file.

use std::borrow::Cow;

use feedback_dataset::Dataset;
use feedback_dataset::dates::{DateColumn, DateOrder};

use crate::findings::{DateHealth, lines};

/// Reads the dates in a field; `None` if no row has this field.
pub(crate) fn date_health(dataset: &Dataset, field: &str, order: Option<DateOrder>) -> Option<DateHealth> {
    if dataset.rows.iter().all(|row| row.record.get(field).is_none()) {
        return None;
    }
    let values: Vec<Cow<'_, str>> = dataset.rows.iter().map(|row| row.record.cell(field)).collect();
    let column = DateColumn::from_values(values.iter().map(AsRef::as_ref), order);
    Some(DateHealth {
        field: field.to_owned(),
        order: column.order,
        read: column.micros.iter().flatten().count(),
        empty: column.empty,
        ambiguous: lines(dataset, &column.ambiguous),
        unreadable: lines(dataset, &column.unreadable),
    })
}
