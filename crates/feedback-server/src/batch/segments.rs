//! Which columns divide the texts into segments, and which says where they come from.

use std::collections::HashSet;

use feedback_formats::{FieldSample, Roles};

/// Usual names of where a text comes from, most likely first.
const SOURCE_NAMES: [&str; 8] = [
    "source", "channel", "platform", "quelle", "kanal", "fuente", "canal", "origin",
];
/// Maximum length, in characters, of a value that is a segment.
const MAX_CHARS: usize = 60;

/// Returns the column that says where the texts come from: `source`, or one with a usual name and few different values.
pub(super) fn source(fields: &[FieldSample], roles: &Roles) -> Option<String> {
    // This name says it, whatever the values are.
    if let Some(field) = fields.iter().find(|field| field.name == SOURCE_NAMES[0]) {
        return Some(field.name.clone());
    }
    let is_named = |field: &&FieldSample, name: &str| field.name.trim().to_lowercase() == name;
    let find = |name: &&str| free(fields, roles).find(|field| is_named(field, name));
    let found = SOURCE_NAMES.iter().find_map(find);
    found.map(|field| field.name.clone())
}

/// Returns the columns that divide the texts into segments, such as plan or country: those with few different values and no other role.
pub(super) fn segments(fields: &[FieldSample], roles: &Roles, source: Option<&str>) -> Vec<String> {
    let names = free(fields, roles).map(|field| field.name.clone());
    names.filter(|name| Some(name.as_str()) != source).collect()
}

/// The fields with few different values, all of them short, that are neither text nor label nor date.
fn free<'a>(fields: &'a [FieldSample], roles: &Roles) -> impl Iterator<Item = &'a FieldSample> {
    let taken = [&roles.text, &roles.label, &roles.date].map(Clone::clone);
    fields.iter().filter(move |field| {
        let distinct: HashSet<&String> = field.values.iter().collect();
        let repeats = distinct.len() > 1 && distinct.len() * 2 <= field.values.len() + 2;
        let is_short = |value: &String| value.chars().count() <= MAX_CHARS;
        repeats
            && !field.is_list
            && field.values.iter().all(is_short)
            && taken.iter().all(|role| role.as_ref() != Some(&field.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_with_few_values_are_segments() {
        let field = |name: &str, values: &[&str]| {
            FieldSample::new(name, values.iter().map(|&value| value.to_owned()).collect())
        };
        let fields = [
            field("id", &["1", "2", "3", "4", "5", "6"]),
            field("Kanal", &["mail", "app", "mail", "app", "app", "mail"]),
            field("plan", &["pro", "free", "pro", "free", "free", "pro"]),
            field("one", &["x", "x", "x", "x", "x", "x"]),
        ];
        let roles = Roles::default();
        let found = source(&fields, &roles);
        assert_eq!(found.as_deref(), Some("Kanal"));
        assert_eq!(segments(&fields, &roles, found.as_deref()), ["plan"]);
    }
}
