//! What the values of a field look like: texts, categories, dates, ratings.

use std::collections::HashSet;

use feedback_text::dates::{DateColumn, FoundOrder};

use crate::preview::fields::FieldSample;

/// Minimum share of dates or numbers among the values, for a column whose name says that it has dates or ratings.
const MIN_NAMED_SHARE: f64 = 0.5;
/// Minimum share of dates among the values, for a column of dates with any name.
const MIN_SHARE: f64 = 0.9;

/// Whether the path of a field contains the number of a row: JSON that is written by column or with row numbers as keys.
pub(super) fn is_in_a_row_number(field: &FieldSample) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    field.name.split('.').any(is_number)
}

/// A field without values keeps its role: the first rows can be empty.
pub(super) fn is_text(field: &FieldSample) -> bool {
    if is_in_a_row_number(field) || field.is_list {
        return false;
    }
    let has_letters = |value: &&String| value.chars().any(char::is_alphabetic);
    2 * field.values.iter().filter(has_letters).count() >= field.values.len()
}

/// Whether values repeat as those of a category do.
pub(super) fn repeats(field: &FieldSample) -> bool {
    let distinct: HashSet<&String> = field.values.iter().collect();
    distinct.len() > 1 && (field.values.len() < 4 || distinct.len() * 2 <= field.values.len() + 2)
}

/// Whether all rows say the same, as the name of a program does. Of one or two rows, nobody can tell.
fn is_constant(field: &FieldSample) -> bool {
    field.values.len() > 2 && field.values.iter().all(|value| *value == field.values[0])
}

/// The field whose values are the longest and most varied.
pub(super) fn most_like_text(fields: &[FieldSample]) -> Option<String> {
    let weight = |field: &FieldSample| {
        let distinct: HashSet<&String> = field.values.iter().collect();
        let is_sentence = |value: &&&String| value.trim().contains(char::is_whitespace);
        let letters = distinct
            .iter()
            .filter(is_sentence)
            .map(|value| value.chars().filter(|c| c.is_alphabetic()).count());
        letters.sum::<usize>()
    };
    let texts = fields
        .iter()
        .filter(|field| is_text(field) && !is_written_date(field) && !is_constant(field));
    // The first of several with the same weight.
    let best = texts.rev().max_by_key(|field| weight(field));
    best.filter(|field| weight(field) > 0)
        .map(|field| field.name.clone())
}

pub(super) fn share(field: &FieldSample, matches: impl Fn(&str) -> bool) -> f64 {
    let found = field.values.iter().filter(|value| matches(value)).count();
    found as f64 / field.values.len().max(1) as f64
}

/// Reads a rating as people write it: `4`, `4,5`, `4/5`, `4 stars`, `★★★★☆`; `None` for anything else, such as a date (`4/5/2025`).
///
/// ```
/// use feedback_formats::rating;
///
/// assert_eq!(["4,5", "3/5", "5 stars", "★★☆☆☆", "good"].map(rating), [Some(4.5), Some(3.0), Some(5.0), Some(2.0), None]);
/// ```
#[must_use]
pub fn rating(value: &str) -> Option<f64> {
    const LONGEST: usize = 16;
    let value = value.trim();
    if !value.is_empty() && value.chars().all(|star| "★☆⭐".contains(star)) {
        return Some(value.chars().filter(|star| *star != '☆').count() as f64);
    }
    let end = value
        .find(|c: char| !c.is_ascii_digit() && !".,-".contains(c))
        .unwrap_or(value.len());
    let number = value[..end].replace(',', ".").parse::<f64>().ok()?;
    let is_rating = number.is_finite() && value.chars().count() <= LONGEST;
    (is_rating && (end == value.len() || !reads_as_date(value))).then_some(number)
}

fn reads_as_date(value: &str) -> bool {
    DateColumn::from_values([value], None).unreadable.is_empty()
}

/// Numbers, also as `4/5`, `4 stars` or `★★★★☆`.
pub(super) fn is_number(field: &FieldSample) -> bool {
    let number = |value: &str| rating(value).is_some();
    share(field, number) >= MIN_NAMED_SHARE
}

pub(super) fn dates(field: &FieldSample) -> DateColumn {
    DateColumn::from_values(field.values.iter().map(String::as_str), None)
}

pub(super) fn is_date(field: &FieldSample) -> bool {
    share_of_dates(field) >= MIN_NAMED_SHARE
}

pub(super) fn share_of_dates(field: &FieldSample) -> f64 {
    let column = dates(field);
    let read = column.micros.iter().flatten().count() + column.ambiguous.len();
    read as f64 / column.micros.len().max(1) as f64
}

/// A date that is not only a number, which could be anything.
pub(super) fn is_written_date(field: &FieldSample) -> bool {
    is_all_dates(field) && !is_number(field)
}

/// Whether nearly all values are dates, also as plain numbers, which need a name that says so.
pub(super) fn is_all_dates(field: &FieldSample) -> bool {
    !field.values.is_empty() && share_of_dates(field) >= MIN_SHARE
}

/// Whether the order of day and month cannot be told: all dates are possible in both orders, or they contradict each other.
pub(super) fn is_ambiguous(field: &FieldSample) -> bool {
    let order = dates(field).order;
    matches!(order, FoundOrder::Ambiguous | FoundOrder::Contradictory)
}
