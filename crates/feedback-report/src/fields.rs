//! Which fields are broken down, and into which segments.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::input::{Field, Input, Values};
use crate::options::ReportOptions;

/// More values are too many to compare, unless the field is chosen by name.
const MAX_VALUES: usize = 20;

/// Longer values, on average, are free text.
const MAX_LENGTH: usize = 40;

/// The number of different values that a rating has at most.
const MAX_RATINGS: usize = 11;

/// What a field is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldRole {
    /// Changes are broken down by its values.
    Segments,
    /// Its mean is a metric.
    Rating,
    /// Its numbers are compared as [`ReportOptions::measures`] says.
    Measure,
    /// It is not used.
    LeftOut,
}

/// A field, and what it is used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldUse {
    /// The name of the field.
    pub name: String,
    /// What it is used for.
    pub role: FieldRole,
    /// The number of different values in the file, not counting missing ones.
    pub values: usize,
    /// Why it has this role.
    pub reason: String,
}

/// Decides what each field is used for.
pub(crate) fn field_uses(input: &Input<'_>, options: &ReportOptions) -> Vec<FieldUse> {
    let rating = rating(input, options);
    let field_use = |(number, field): (usize, &Field<'_>)| {
        let values = n_values(field);
        let (role, reason) = if rating == Some(number) {
            let reason = if options.rating.is_some() {
                "chosen as the rating".to_owned()
            } else {
                format!("the first field of numbers with at most {MAX_RATINGS} different values")
            };
            (FieldRole::Rating, reason)
        } else if let Some(measure) = options.measures.iter().find(|one| one.field == field.name) {
            (FieldRole::Measure, measure.reason().to_owned())
        } else {
            segments(field, values, options)
        };
        FieldUse {
            name: field.name.to_owned(),
            role,
            values,
            reason,
        }
    };
    input.fields.iter().enumerate().map(field_use).collect()
}

fn rating(input: &Input<'_>, options: &ReportOptions) -> Option<usize> {
    if let Some(name) = &options.rating {
        return input.field(name);
    }
    let is_rating = |field: &Field<'_>| {
        let numbers = matches!(field.values, Values::Numbers(_));
        let is_measure = options.measures.iter().any(|measure| measure.field == field.name);
        numbers && !is_measure && (2..=MAX_RATINGS).contains(&n_values(field))
    };
    input.fields.iter().position(is_rating)
}

fn n_values(field: &Field<'_>) -> usize {
    match field.values {
        Values::Texts(values) => {
            counts(values, |_| true).len() - usize::from(values.iter().any(|v| is_empty(v)))
        }
        Values::Numbers(values) => {
            let mut bits: Vec<u64> = values
                .iter()
                .filter(|value| !value.is_nan())
                .map(|value| (value + 0.0).to_bits())
                .collect();
            bits.sort_unstable();
            bits.dedup();
            bits.len()
        }
    }
}

/// Whether a field is broken down, and why.
fn segments(field: &Field<'_>, n_values: usize, options: &ReportOptions) -> (FieldRole, String) {
    let left_out = |reason: String| (FieldRole::LeftOut, reason);
    let Values::Texts(values) = field.values else {
        return left_out("numbers that are not the rating".to_owned());
    };
    if let Some(by) = &options.by {
        return if by.iter().any(|name| name == field.name) {
            (FieldRole::Segments, "chosen".to_owned())
        } else {
            left_out("not among the chosen fields".to_owned())
        };
    }
    let given: Vec<&str> = values
        .iter()
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
        .collect();
    let length: usize = given.iter().map(|value| value.chars().count()).sum();
    if n_values < 2 {
        left_out("fewer than two values".to_owned())
    } else if length > MAX_LENGTH * given.len() {
        left_out(format!("free text: more than {MAX_LENGTH} characters on average"))
    } else if 2 * n_values > given.len() {
        left_out("an id: more than half of its values are different".to_owned())
    } else if n_values > MAX_VALUES {
        left_out(format!(
            "more than {MAX_VALUES} values; choose it by name to use it"
        ))
    } else {
        (FieldRole::Segments, format!("2 to {MAX_VALUES} values"))
    }
}

/// A field divided into segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segmentation {
    /// The number of the field.
    pub(crate) field: usize,
    pub(crate) name: String,
    /// The segment of each row.
    pub(crate) of_rows: Vec<usize>,
    /// The names of the segments.
    pub(crate) segments: Vec<String>,
    /// The values that were merged into the last segment.
    pub(crate) merged: Vec<String>,
}

impl Segmentation {
    /// Divides the rows by the values of a field. Values with fewer than `min_rows` rows are merged if there are several such
    /// values. Only rows for which `is_counted` returns true are counted. If the field has no values, there is one segment.
    pub(crate) fn new(
        field: usize,
        name: &str,
        values: &[&str],
        is_counted: impl Fn(usize) -> bool,
        min_rows: usize,
    ) -> Self {
        let sizes = counts(values, is_counted);
        let small: Vec<&str> = sizes
            .iter()
            .filter(|(_, size)| **size > 0 && **size < min_rows)
            .map(|(value, _)| *value)
            .collect();
        let merges = small.len() > 1;
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut segments = Vec::new();
        for (&value, &size) in sizes.iter().filter(|(_, size)| **size > 0) {
            if !merges || size >= min_rows {
                numbers.insert(value, segments.len());
                segments.push(shown(value));
            }
        }
        let other = segments.len();
        // Rows of other periods may have values that do not occur in these.
        let of_rows: Vec<usize> = values
            .iter()
            .map(|value| numbers.get(value.trim()).copied().unwrap_or(other))
            .collect();
        if of_rows.contains(&other) {
            segments.push("other values".to_owned());
        }
        let merged = if merges {
            small.into_iter().map(shown).collect()
        } else {
            Vec::new()
        };
        Self {
            field,
            name: name.to_owned(),
            of_rows,
            segments,
            merged,
        }
    }
}

/// How often each value occurs, without white space around it.
fn counts<'a>(values: &[&'a str], is_counted: impl Fn(usize) -> bool) -> BTreeMap<&'a str, usize> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, value) in values.iter().enumerate() {
        *sizes.entry(value.trim()).or_default() += usize::from(is_counted(row));
    }
    sizes
}

fn is_empty(value: &str) -> bool {
    value.trim().is_empty()
}

fn shown(value: &str) -> String {
    if is_empty(value) {
        return "(no value)".to_owned();
    }
    value.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use feedback_insight::Vectors;

    #[test]
    fn small_values_are_merged() {
        let values = ["b", " b", "b", "a", "", "c"];
        let found = Segmentation::new(0, "f", &values, |row| row != 5, 2);
        assert_eq!(found.segments, ["b", "other values"]);
        assert_eq!(found.of_rows, [0, 0, 0, 1, 1, 1]);
        assert_eq!(found.merged, ["(no value)", "a"]);
        let found = Segmentation::new(0, "f", &values[..4], |_| true, 2);
        assert_eq!((found.segments.len(), found.merged.len()), (2, 0));
    }

    #[test]
    fn ids_free_text_and_constants_are_left_out() {
        let n = 12;
        let vectors = Vectors::new(1, &vec![1.0; n]).expect("valid");
        let texts = vec!["x"; n];
        let plan: Vec<&str> = (0..n).map(|row| ["free", "plus", ""][row % 3]).collect();
        let ids: Vec<String> = (0..n).map(|row| format!("r{}", row % 7)).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let long: Vec<String> = (0..n)
            .map(|row| format!("{}{}", "long ".repeat(12), row % 2))
            .collect();
        let long: Vec<&str> = long.iter().map(String::as_str).collect();
        let stars: Vec<f64> = (0..n).map(|row| (row % 5) as f64).collect();
        let prices: Vec<f64> = (0..n).map(|row| row as f64).collect();
        let constant = vec!["web"; n];
        let input = Input::new(&texts, &vectors)
            .and_then(|input| input.with_field("plan", &plan))
            .and_then(|input| input.with_field("id", &ids))
            .and_then(|input| input.with_field("comment", &long))
            .and_then(|input| input.with_numbers("price", &prices))
            .and_then(|input| input.with_numbers("stars", &stars))
            .and_then(|input| input.with_field("source", &constant))
            .expect("valid");
        let uses = field_uses(&input, &ReportOptions::default());
        let roles: Vec<FieldRole> = uses.iter().map(|field| field.role).collect();
        use FieldRole::{LeftOut, Rating, Segments};
        assert_eq!(
            roles,
            [Segments, LeftOut, LeftOut, LeftOut, Rating, LeftOut],
            "{uses:?}"
        );
        assert_eq!(
            uses.iter().map(|field| field.values).collect::<Vec<_>>(),
            [2, 7, 2, 12, 5, 1]
        );
        let uses = field_uses(
            &input,
            &ReportOptions::default().with_by(&["id"]).with_rating("price"),
        );
        assert_eq!(
            (uses[0].role, uses[1].role, uses[3].role),
            (LeftOut, Segments, Rating)
        );
    }
}
