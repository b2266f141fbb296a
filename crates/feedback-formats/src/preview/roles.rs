//! What the fields of a file seem to be.

use crate::preview::date_role::date_field;
use crate::preview::exports::RecognisedExport;
use crate::preview::fields::FieldSample;
use crate::preview::values::{is_ambiguous, is_number, is_text, most_like_text, repeats};
use feedback_text::dates::is_usual_for_dates;

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

/// Usual names of what identifies a row.
const ID_NAMES: [&str; 9] = ["id", "nr", "nr.", "no", "no.", "#", "number", "nummer", "ticket"];

/// What the fields of a file seem to be: the name of a field for each role, or `None` if no field seems to fit.
///
/// A recognised export decides first, then the usual names, then the values. Case does not matter in names, and a name can be the
/// last part of a path. By its values, the text is the field with the longest and most varied values.
///
/// The date is a field with dates: first of all one whose name says that it is the time of the text (`created_at`, `Eingangsdatum`),
/// then a `date` of nothing in particular, then any other, and last what happened later (`updated_at`). A field whose name says that
/// it has dates is chosen even if none can be read, if there is no other.
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
    /// Whether the first rows have dates that can be read day first and month first, and do not tell which.
    pub is_date_ambiguous: bool,
}

impl Roles {
    pub(super) fn of(fields: &[FieldSample], export: Option<&RecognisedExport>) -> Self {
        let text = export.map(|export| export.text.clone());
        let text = text
            // The name that all programs expect decides, whatever the first values are.
            .or_else(|| {
                fields
                    .iter()
                    .find(|field| field.name == TEXT_NAMES[0])
                    .map(|field| field.name.clone())
            })
            .or_else(|| named(fields, &TEXT_NAMES, is_text))
            .or_else(|| most_like_text(fields));
        let is_text_field = |field: &FieldSample| text.as_deref() == Some(&field.name);
        let date = export.and_then(|export| export.date.clone());
        let date = date.or_else(|| date_field(fields, is_text_field).map(|field| field.name.clone()));
        let dated = fields.iter().find(|field| date.as_deref() == Some(&field.name));
        Self {
            label: export.and_then(|export| export.label.clone()).or_else(|| {
                named(fields, &LABEL_NAMES, |field| {
                    let is_label = field.name.eq_ignore_ascii_case(LABEL_NAMES[0]);
                    !is_text_field(field) && (is_label || field.is_list || repeats(field))
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

/// Whether a text usually has this name.
pub(crate) fn is_usual_for_texts(name: &str) -> bool {
    TEXT_NAMES.contains(&name.trim().to_lowercase().as_str())
}

/// Whether a column with anything else than texts usually has this name.
pub(super) fn is_usual_besides_texts(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    let lists: [&[&str]; 3] = [&LABEL_NAMES, &RATING_NAMES, &ID_NAMES];
    lists.iter().any(|list| list.contains(&lower.as_str())) || is_usual_for_dates(name)
}

/// Returns the name of the field that probably has ratings: its name is usual for ratings, and at least half of its values can be
/// read as ratings.
#[must_use]
pub fn rating_field(fields: &[FieldSample]) -> Option<&str> {
    let name = named(fields, &RATING_NAMES, is_number)?;
    let field = fields.iter().find(|field| field.name == name);
    field.map(|field| field.name.as_str())
}
