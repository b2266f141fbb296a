//! Converts a filter to an SQL condition.

use super::database::{Dialect, Value};
use crate::predictions::Filter;

/// Returns `WHERE …` with numbered parameters, and the values of the parameters.
pub(crate) fn condition<'a>(filter: &'a Filter, dialect: &Dialect) -> (String, Vec<Value<'a>>) {
    let mut parts = vec!["true".to_owned()];
    let mut values = Vec::new();
    let mut add = |part: &str, value: Value<'a>| {
        values.push(value);
        parts.push(part.replace('?', &format!("${}", values.len())));
    };
    if let Some(text) = &filter.text {
        // `lower` changes only ASCII letters: in SQLite always, in Postgres with the collation "C".
        let text = Value::Text(Some(text.to_ascii_lowercase().into()));
        add(&format!("{}(lower(text), ?) > 0", dialect.position), text);
    }
    if let Some(label) = &filter.label {
        add("coalesce(corrected, label) = ?", label.into());
    }
    if let Some(source) = &filter.source {
        add("source = ?", source.into());
    }
    if let Some(from) = filter.from {
        add("at >= ?", from.into());
    }
    if let Some(to) = filter.to {
        add("at < ?", to.into());
    }
    if let Some(min) = filter.min_confidence {
        add("confidence >= ?", min.into());
    }
    if let Some(max) = filter.max_confidence {
        add("confidence <= ?", max.into());
    }
    if let Some(corrected) = filter.corrected {
        add("(corrected IS NOT NULL) = ?", corrected.into());
    }
    (format!("WHERE {}", parts.join(" AND ")), values)
}
