//! A row of a table as it was read. Its fields are made when they are needed.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::record::fields::{FieldNames, Fields};

/// The columns of a table, all with different names.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) names: Vec<String>,
    text: Option<usize>,
    label: Option<usize>,
}

impl Columns {
    pub(crate) fn new(names: Vec<String>, fields: &FieldNames) -> Self {
        let position = |name: &String| names.iter().position(|other| other == name);
        let (text, label) = (position(&fields.text), position(&fields.label));
        Self { names, text, label }
    }
}

/// Whether this is the number after the name of a repeated column, such as `.2`.
fn is_number(suffix: &str) -> bool {
    let digits = suffix.strip_prefix('.').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A row with a text for every column.
#[derive(Debug, Clone)]
pub(crate) struct TableRow {
    columns: Arc<Columns>,
    /// The cells, one after the other.
    cells: Box<str>,
    /// End of each cell in `cells`.
    ends: Box<[usize]>,
    fields: OnceLock<Box<Fields>>,
}

impl TableRow {
    /// Creates a row. `ends` has the end of the cell of each column in `cells`, in ascending order, at boundaries of characters.
    pub(crate) fn new(columns: &Arc<Columns>, cells: Box<str>, ends: Box<[usize]>) -> Self {
        Self {
            columns: Arc::clone(columns),
            cells,
            ends,
            fields: OnceLock::new(),
        }
    }

    fn cell(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.cells[start..self.ends[index]]
    }

    /// Whether the cells are the names of the columns. A single column does not count: its name can also be a text.
    pub(crate) fn repeats_header(&self) -> bool {
        let names = &self.columns.names;
        // The header of a file that was put after another one can begin with a byte order mark, after which quotes are ordinary characters.
        // Nearly every row differs in its first letter.
        let begin = self.cells.bytes().next();
        let first = match begin {
            Some(0xEF | b'"') => self.cells.trim_start_matches(['\u{feff}', '"']).bytes().next(),
            other => other,
        };
        if first != names.first().and_then(|name| name.bytes().next()) {
            return false;
        }
        let is_name = |(index, name): (usize, &String)| {
            let rest = name.strip_prefix(self.cell(index).trim_matches(['\u{feff}', '"']).trim());
            // The names of repeated columns are numbered.
            rest.is_some_and(|rest| rest.is_empty() || rest.len() < name.len() && is_number(rest))
        };
        names.len() > 1 && names.iter().enumerate().all(is_name)
    }

    /// The value of the text field.
    pub(crate) fn text(&self) -> Option<&str> {
        self.columns.text.map(|index| self.cell(index))
    }

    /// The value of the label field.
    pub(crate) fn label(&self) -> Option<&str> {
        self.columns.label.map(|index| self.cell(index))
    }

    /// All fields; made on the first call.
    pub(crate) fn fields(&self) -> &Fields {
        self.fields.get_or_init(|| Box::new(self.to_fields()))
    }

    pub(crate) fn into_fields(mut self) -> Fields {
        match self.fields.take() {
            Some(fields) => *fields,
            None => self.to_fields(),
        }
    }

    fn to_fields(&self) -> Fields {
        let names = self.columns.names.iter().enumerate();
        let map = names.map(|(index, name)| (name.clone(), Value::String(self.cell(index).to_string())));
        Fields {
            map: map.collect(),
            verbatim: Vec::new(),
        }
    }
}
