//! The columns of the fields of records, such as plan or country.

use std::collections::{HashMap, HashSet};

use super::dictionary::Dictionary;
use crate::fields::Fields;

/// A field with more different values is left out, such as an id.
const MAX_VALUES: usize = 2_000;
/// Maximum number of fields; further ones are left out.
const MAX_FIELDS: usize = 32;

/// The number of a missing or empty value.
pub(super) const MISSING: u32 = 0;

/// The values of a field.
#[derive(Debug)]
pub(super) struct FieldColumn {
    /// How the values are shown; the first is the missing value.
    pub(super) values: Dictionary<String>,
    /// The number of the value of each row.
    pub(super) of_rows: Vec<u32>,
}

/// What is known about a field.
pub(super) enum Known<'a> {
    Column(&'a FieldColumn),
    /// No row has a value in this field.
    Absent,
    /// The field is left out.
    LeftOut,
}

/// The fields with few different values.
#[derive(Debug, Default)]
pub(super) struct FieldColumns {
    columns: HashMap<String, FieldColumn>,
    left_out: HashSet<String>,
    n_rows: usize,
}

impl FieldColumns {
    pub(super) fn column(&self, name: &str) -> Known<'_> {
        match self.columns.get(name) {
            Some(column) => Known::Column(column),
            None if self.left_out.contains(name) => Known::LeftOut,
            None => Known::Absent,
        }
    }

    /// Adds a row without values at a place.
    pub(super) fn insert(&mut self, row: usize) {
        for column in self.columns.values_mut() {
            column.of_rows.insert(row, MISSING);
        }
        self.n_rows += 1;
    }

    /// Sets the values of a row.
    pub(super) fn set(&mut self, row: usize, fields: &Fields) {
        for column in self.columns.values_mut() {
            column.of_rows[row] = MISSING;
        }
        for (name, value) in fields.iter() {
            self.set_value(row, name, value);
        }
    }

    fn set_value(&mut self, row: usize, name: &str, value: String) {
        if self.left_out.contains(name) {
            return;
        }
        if !self.columns.contains_key(name) {
            if self.columns.len() >= MAX_FIELDS {
                self.left_out.insert(name.to_owned());
                return;
            }
            let mut values = Dictionary::default();
            values.number(String::new());
            let of_rows = vec![MISSING; self.n_rows];
            self.columns
                .insert(name.to_owned(), FieldColumn { values, of_rows });
        }
        let Some(column) = self.columns.get_mut(name) else {
            return;
        };
        column.of_rows[row] = column.values.number(value);
        if column.values.len() > MAX_VALUES {
            self.columns.remove(name);
            self.left_out.insert(name.to_owned());
        }
    }
}

impl FieldColumns {
    /// Keeps the rows that are marked.
    pub(super) fn keep(&mut self, kept: &[bool]) {
        for column in self.columns.values_mut() {
            let mut marks = kept.iter();
            column.of_rows.retain(|_| marks.next().is_none_or(|kept| *kept));
        }
        self.n_rows = kept.iter().filter(|kept| **kept).count();
    }
}
