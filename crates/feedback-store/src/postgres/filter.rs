//! A filter as a condition of SQL.

use postgres::types::{ToSql, Type};

use super::session::Param;
use super::text::encode;
use crate::store::Filter;

/// `WHERE …` with numbered parameters, and their values.
pub(super) struct Condition {
    pub(super) sql: String,
    values: Vec<(Box<dyn ToSql + Sync>, Type)>,
}

impl Condition {
    pub(super) fn new(filter: &Filter) -> Self {
        let mut parts = vec!["true".to_owned()];
        let mut values: Vec<(Box<dyn ToSql + Sync>, Type)> = Vec::new();
        let mut add = |part: &str, value: Box<dyn ToSql + Sync>, kind: Type| {
            values.push((value, kind));
            parts.push(part.replace('?', &format!("${}", values.len())));
        };
        if let Some(text) = &filter.text {
            // In the collation "C", `lower` changes the letters of ASCII alone.
            let text = encode(text).to_ascii_lowercase();
            add("strpos(lower(text), ?) > 0", Box::new(text), Type::TEXT);
        }
        if let Some(label) = &filter.label {
            let label = encode(label).into_owned();
            add("coalesce(corrected, label) = ?", Box::new(label), Type::TEXT);
        }
        if let Some(source) = &filter.source {
            add("source = ?", Box::new(encode(source).into_owned()), Type::TEXT);
        }
        if let Some(from) = filter.from {
            add("at >= ?", Box::new(from), Type::INT8);
        }
        if let Some(to) = filter.to {
            add("at < ?", Box::new(to), Type::INT8);
        }
        if let Some(min) = filter.min_confidence {
            add("confidence >= ?", Box::new(min), Type::FLOAT8);
        }
        if let Some(max) = filter.max_confidence {
            add("confidence <= ?", Box::new(max), Type::FLOAT8);
        }
        if let Some(corrected) = filter.corrected {
            add("(corrected IS NOT NULL) = ?", Box::new(corrected), Type::BOOL);
        }
        let sql = format!("WHERE {}", parts.join(" AND "));
        Self { sql, values }
    }

    /// The values, to be followed by others.
    pub(super) fn params(&self) -> Vec<Param<'_>> {
        self.values
            .iter()
            .map(|(value, kind)| (&**value, kind.clone()))
            .collect()
    }
}
