//! What the fields of a file seem to be.

use std::collections::HashSet;

use feedback_text::dates::{DateColumn, FoundOrder};

use crate::preview::exports::RecognisedExport;
use crate::preview::fields::FieldSample;

/// Usual names of a text, most likely first.
const TEXT_NAMES: [&str; 24] = [
    "text",
    "feedback",
    "comment",
    "comments",
    "review",
    "review text",
    "review content",
    "body",
    "message",
    "verbatim",
    "description",
    "content",
    "response",
    "answer",
    "kommentar",
    "rezension",
    "bewertungstext",
    "nachricht",
    "beschreibung",
    "commentaire",
    "avis",
    "comentario",
    "subject",
    "title",
];
/// Usual names of a category, most likely first.
const LABEL_NAMES: [&str; 13] = [
    "label",
    "labels",
    "category",
    "class",
    "topic",
    "theme",
    "intent",
    "tag",
    "tags",
    "kategorie",
    "thema",
    "catégorie",
    "categoría",
];
/// Usual names of the time at which a text was written, most likely first.
const DATE_NAMES: [&str; 22] = [
    "date",
    "created_at",
    "created at",
    "createdat",
    "created",
    "created date",
    "createddate",
    "created time",
    "submitted at",
    "submitted_at",
    "review date",
    "review_date",
    "timestamp",
    "time",
    "datetime",
    "datum",
    "erstellt",
    "erstellt am",
    "fecha",
    "start date",
    "startdate",
    "posted",
];
/// Usual names of a rating, most likely first.
const RATING_NAMES: [&str; 13] = [
    "stars",
    "star rating",
    "rating",
    "review stars",
    "score",
    "nps",
    "csat",
    "ces",
    "sterne",
    "bewertung",
    "note",
    "estrellas",
    "rating value",
];

/// Words in the names of date fields that do not have the time at which a text was written.
const OTHER_DATES: [&str; 10] = [
    "birth", "dob", "since", "expir", "valid", "due", "renew", "until", "deadline", "geburt",
];
/// Words in the name of a date that probably is.
const WRITTEN_DATES: [&str; 9] = [
    "received",
    "created",
    "submitted",
    "submission",
    "posted",
    "published",
    "feedback",
    "review",
    "date",
];

/// Minimum share of dates or numbers among the values, for a column whose name says that it has dates or ratings.
const MIN_NAMED_SHARE: f64 = 0.5;
/// Minimum share of dates among the values, for a column of dates with any name.
const MIN_SHARE: f64 = 0.9;

/// What the fields of a file seem to be: the name of a field for each role, or `None` if no field seems to fit.
///
/// A recognised export decides first, then the usual names, then the values. Case does not matter in names, and a name can be the
/// last part of a path. By its values, the text is the field with the longest and most varied values, and the date is the first
/// field whose values are dates.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[non_exhaustive]
pub struct Roles {
    /// The text.
    pub text: Option<String>,
    /// The category.
    pub label: Option<String>,
    /// When the text was written.
    pub date: Option<String>,
    /// A number that rates, such as stars.
    pub rating: Option<String>,
    /// Whether the dates of the first rows can be read day first and month first.
    pub is_date_ambiguous: bool,
}

impl Roles {
    pub(super) fn of(fields: &[FieldSample], export: Option<&RecognisedExport>) -> Self {
        let text = export.map(|export| export.text.clone());
        let text = text
            .or_else(|| named(fields, &TEXT_NAMES, is_text))
            .or_else(|| most_like_text(fields));
        let is_text_field = |field: &FieldSample| text.as_deref() == Some(&field.name);
        let date = export.and_then(|export| export.date.clone());
        let date = date.or_else(|| named(fields, &DATE_NAMES, is_date)).or_else(|| {
            let dates = fields.iter().filter(|field| {
                is_written_date(field) && !is_text_field(field) && !names_a_word(field, &OTHER_DATES)
            });
            let dates: Vec<&FieldSample> = dates.collect();
            let written = dates.iter().find(|field| names_a_word(field, &WRITTEN_DATES));
            written.or(dates.first()).map(|field| field.name.clone())
        });
        let dated = fields.iter().find(|field| date.as_deref() == Some(&field.name));
        Self {
            label: export.and_then(|export| export.label.clone()).or_else(|| {
                named(fields, &LABEL_NAMES, |field| {
                    !is_text_field(field) && (field.is_list || repeats(field))
                })
            }),
            rating: named(fields, &RATING_NAMES, is_number),
            is_date_ambiguous: dated.is_some_and(is_ambiguous),
            text,
            date,
        }
    }
}

/// Finds the field with the most likely of these names whose values fit.
fn named(fields: &[FieldSample], names: &[&str], fits: impl Fn(&FieldSample) -> bool) -> Option<String> {
    let lower = |name: &str| name.trim().to_lowercase();
    let full: Vec<String> = fields.iter().map(|field| lower(&field.name)).collect();
    let last = |name: &String| name.rsplit('.').next().map(str::to_owned).unwrap_or_default();
    let last: Vec<String> = full.iter().map(last).collect();
    let find = |names_of_fields: &[String], name: &str| {
        let mut found = fields.iter().zip(names_of_fields);
        found
            .find(|(field, of_field)| *of_field == name && fits(field))
            .map(|(field, _)| field.name.clone())
    };
    let exact = names.iter().find_map(|name| find(&full, name));
    exact.or_else(|| names.iter().find_map(|name| find(&last, name)))
}

fn names_a_word(field: &FieldSample, words: &[&str]) -> bool {
    let name = field.name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}

/// Whether the path of a field contains the number of a row: JSON that is written by column or with row numbers as keys.
fn is_in_a_row_number(field: &FieldSample) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    field.name.split('.').any(is_number)
}

/// A field without values keeps its role: the first rows can be empty.
fn is_text(field: &FieldSample) -> bool {
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
        .filter(|field| is_text(field) && !is_written_date(field));
    // The first of several with the same weight.
    let best = texts.rev().max_by_key(|field| weight(field));
    best.filter(|field| weight(field) > 0)
        .map(|field| field.name.clone())
}

fn share(field: &FieldSample, matches: impl Fn(&str) -> bool) -> f64 {
    let found = field.values.iter().filter(|value| matches(value)).count();
    found as f64 / field.values.len().max(1) as f64
}

/// Returns the name of the field that probably has ratings: its name is usual for ratings, and at least half of its values can be
/// read as ratings.
#[must_use]
pub fn rating_field(fields: &[FieldSample]) -> Option<&str> {
    let name = named(fields, &RATING_NAMES, is_number)?;
    let field = fields.iter().find(|field| field.name == name);
    field.map(|field| field.name.as_str())
}

/// Reads a rating as people write it: `4`, `4,5`, `4/5`, `4 stars`, `★★★★☆`; `None` for anything else.
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
    (number.is_finite() && value.chars().count() <= LONGEST).then_some(number)
}

/// Numbers, also as `4/5`, `4 stars` or `★★★★☆`.
fn is_number(field: &FieldSample) -> bool {
    let number = |value: &str| rating(value).is_some();
    share(field, number) >= MIN_NAMED_SHARE
}

fn dates(field: &FieldSample) -> DateColumn {
    DateColumn::from_values(field.values.iter().map(String::as_str), None)
}

fn is_date(field: &FieldSample) -> bool {
    share_of_dates(field) >= MIN_NAMED_SHARE
}

fn share_of_dates(field: &FieldSample) -> f64 {
    let column = dates(field);
    let read = column.micros.iter().flatten().count() + column.ambiguous.len();
    read as f64 / column.micros.len().max(1) as f64
}

/// A date that is not only a number, which could be anything.
fn is_written_date(field: &FieldSample) -> bool {
    !field.values.is_empty() && share_of_dates(field) >= MIN_SHARE && !is_number(field)
}

/// Whether every date of the column is possible in both orders.
fn is_ambiguous(field: &FieldSample) -> bool {
    !field.values.is_empty() && dates(field).order == FoundOrder::Ambiguous
}
