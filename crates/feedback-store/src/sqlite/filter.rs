//! A filter as a condition of SQL.

use rusqlite::types::Value;

use crate::store::Filter;

/// `WHERE …` with numbered parameters, and their values.
pub(super) fn condition(filter: &Filter) -> (String, Vec<Value>) {
    let mut parts = vec!["1".to_owned()];
    let mut values = Vec::new();
    let mut add = |part: &str, value: Value| {
        values.push(value);
        parts.push(part.replace('?', &format!("?{}", values.len())));
    };
    if let Some(text) = &filter.text {
        // `lower` changes the letters of ASCII alone. `LIKE` would end at the first U+0000.
        let text = text.to_ascii_lowercase();
        add("instr(lower(text), ?) > 0", Value::Text(text));
    }
    if let Some(label) = &filter.label {
        add("coalesce(corrected, label) = ?", Value::Text(label.clone()));
    }
    if let Some(source) = &filter.source {
        add("source = ?", Value::Text(source.clone()));
    }
    if let Some(from) = filter.from {
        add("at >= ?", Value::Integer(from));
    }
    if let Some(to) = filter.to {
        add("at < ?", Value::Integer(to));
    }
    if let Some(min) = filter.min_confidence {
        add("confidence >= ?", Value::Real(min));
    }
    if let Some(max) = filter.max_confidence {
        add("confidence <= ?", Value::Real(max));
    }
    if let Some(corrected) = filter.corrected {
        add("(corrected IS NOT NULL) = ?", Value::Integer(corrected.into()));
    }
    (format!("WHERE {}", parts.join(" AND ")), values)
}
