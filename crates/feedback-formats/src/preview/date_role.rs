//! Which field has the time at which a text was written.

use crate::preview::fields::FieldSample;
use crate::preview::values::{is_all_dates, is_date, is_written_date};
use feedback_text::dates::{DateName, DateNameKind};

/// The name that all programs expect.
const EXPECTED: &str = "created_at";

/// How well a field fits, best first: by kind of name and values, then whether it is at the top of a record, then by name.
type Place = (Fit, bool, DateNameKind, bool);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// Dates under a name for the time of a text.
    Named,
    /// Dates under any other name.
    Found,
    /// No dates that can be read, under a name that only dates have: whoever reads the file is told how many are not read.
    Unread,
    /// Dates under a name for what happened later.
    Later,
}

/// Finds the best field, and of equally good ones the first. `is_other` says whether a field has another role.
pub(super) fn date_field(
    fields: &[FieldSample],
    is_other: impl Fn(&FieldSample) -> bool,
) -> Option<&FieldSample> {
    let placed = fields
        .iter()
        .filter(|field| !is_other(field))
        .filter_map(|field| Some((place(field)?, field)));
    placed.min_by_key(|(place, _)| *place).map(|(_, field)| field)
}

fn place(field: &FieldSample) -> Option<Place> {
    let name = DateName::of(&field.name);
    let is_found = || is_written_date(field) || name.has_date_word && is_all_dates(field);
    let fit = match name.kind {
        DateNameKind::Written | DateNameKind::Bare | DateNameKind::Answered if is_date(field) => Fit::Named,
        DateNameKind::Written | DateNameKind::Bare if name.is_sure && !field.values.is_empty() => Fit::Unread,
        DateNameKind::OfSomethingElse | DateNameKind::Unknown if is_found() => Fit::Found,
        DateNameKind::Later if is_found() => Fit::Later,
        _ => return None,
    };
    Some((fit, field.name.contains('.'), name.kind, field.name != EXPECTED))
}
