//! The sheet of the rows behind the numbers, and links to it.

use rust_xlsxwriter::XlsxError;

use super::sheet::{Cell, Sheet, Width};
use crate::report::Report;
use crate::sets::{Count, Level, RowSet, link_id};

/// The name of the sheet.
const NAME: &str = "rows";

/// The sets of rows in the order of their lines in the sheet, below its header.
fn sets(report: &Report) -> impl Iterator<Item = &RowSet> {
    report.sets.iter().chain(&report.linked)
}

pub(super) fn evidence(report: &Report) -> Result<Sheet, XlsxError> {
    use Width::{Name, Number, Text};
    let columns = [
        ("id", Name),
        ("rows that are", Name),
        ("n", Number),
        ("lines", Text),
    ];
    let mut sheet = Sheet::new(NAME, &columns)?;
    for set in sets(report) {
        sheet.push([
            (&set.id).into(),
            (&set.title).into(),
            set.n.into(),
            (&set.lines).into(),
        ])?;
    }
    Ok(sheet)
}

/// A number that links to the rows of a count.
pub(super) fn linked(report: &Report, number: f64, count: &Count) -> Cell<'static> {
    let id = link_id(count);
    match sets(report).position(|set| set.id == id) {
        Some(place) => Cell::Linked {
            number,
            target: format!("internal:'{NAME}'!A{}", place + 2),
            tip: format!("Rows in all of: {}", count.sets.join(", ")),
        },
        None => Cell::Number(number),
    }
}

/// The value of a level, which links to the rows of its theme or category, or to those it is a mean of.
pub(super) fn linked_level(report: &Report, level: &Level) -> Cell<'static> {
    linked(report, level.value, level.texts.as_ref().unwrap_or(&level.rows))
}
