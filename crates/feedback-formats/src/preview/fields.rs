//! The fields of the first rows, with their values.

use std::collections::HashMap;

use feedback_dataset::record::Row;
use serde_json::{Map, Value};

/// Objects within objects are searched to this depth.
const MAX_DEPTH: usize = 4;

/// A field and its values in the first rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FieldSample {
    /// The name, or the path within objects.
    pub name: String,
    /// The values as text, in the order of the rows, without missing and empty ones. Lists are left out.
    pub values: Vec<String>,
    /// Whether a value is a list of texts or numbers.
    pub is_list: bool,
}

impl FieldSample {
    /// Creates a sample from some values of a field.
    #[must_use]
    pub fn new(name: impl Into<String>, values: Vec<String>) -> Self {
        Self {
            name: name.into(),
            values,
            is_list: false,
        }
    }
}

/// Returns the columns of a table, or the fields in the order in which they first occur.
pub(super) fn sample(columns: Option<Vec<String>>, rows: &[Row]) -> Vec<FieldSample> {
    let mut found = Found::default();
    for column in columns.unwrap_or_default() {
        found.field(column);
    }
    for row in rows {
        found.add(row.record.fields(), "", MAX_DEPTH);
    }
    found.fields
}

#[derive(Default)]
struct Found {
    fields: Vec<FieldSample>,
    by_name: HashMap<String, usize>,
}

impl Found {
    fn field(&mut self, name: String) -> &mut FieldSample {
        let next = self.fields.len();
        let index = *self.by_name.entry(name.clone()).or_insert(next);
        if index == next {
            self.fields.push(FieldSample {
                name,
                values: Vec::new(),
                is_list: false,
            });
        }
        &mut self.fields[index]
    }

    fn add(&mut self, fields: &Map<String, Value>, prefix: &str, depth: usize) {
        for (name, value) in fields {
            let name = format!("{prefix}{name}");
            match value {
                Value::String(text) if text.trim().is_empty() => {
                    self.field(name);
                }
                Value::String(text) => self.field(name).values.push(text.clone()),
                Value::Number(number) => self.field(name).values.push(number.to_string()),
                Value::Bool(value) => self.field(name).values.push(value.to_string()),
                Value::Object(fields) if depth > 0 => self.add(fields, &format!("{name}."), depth - 1),
                Value::Null => {
                    self.field(name);
                }
                Value::Array(list) if list.iter().any(|one| one.is_string() || one.is_number()) => {
                    self.field(name).is_list = true;
                }
                Value::Object(_) | Value::Array(_) => {}
            }
        }
    }
}
