//! Turns batches of columns into rows.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use feedback_dataset::read::{JsonRow, ReadOptions, RowError};
use feedback_dataset::record::{BadRow, BadRowReason};

use crate::columnar::class_names::named;
use crate::columnar::nested::{quote_since, values_of};
use crate::columnar::output::{Output, TooLong, Values};
use crate::columns::{ColumnNames, Form, json_key};
use crate::error::FormatError;
use crate::limits::Limits;

/// Batches of rows in the order of the file.
pub(super) type Batches<'a> = Box<dyn Iterator<Item = io::Result<RecordBatch>> + Send + 'a>;

/// How rows are read.
#[derive(Debug, Clone)]
pub(super) struct RowOptions {
    path: PathBuf,
    text_field: String,
    label_field: String,
    max_row_bytes: usize,
    max_rows: u64,
    max_columns: usize,
}

impl RowOptions {
    pub(super) fn new(path: PathBuf, read: &ReadOptions, limits: &Limits) -> Self {
        Self {
            path,
            text_field: read.text_field.clone(),
            label_field: read.label_field.clone(),
            max_row_bytes: read.max_line_bytes,
            max_rows: limits.max_rows,
            max_columns: limits.max_columns,
        }
    }
}

struct Column {
    name: String,
    key: String,
    form: Form,
    /// The names of its numbers, if they are classes.
    classes: Option<Vec<String>>,
}

/// The rows of a table.
pub(super) struct Rows<'a> {
    batches: Batches<'a>,
    columns: Vec<Column>,
    options: RowOptions,
    /// The current batch, one per column.
    values: Vec<Values>,
    /// Number of rows of the current batch.
    n_rows: usize,
    /// The next row of the current batch.
    next: usize,
    /// Number of rows of the table so far.
    line: u64,
    /// Length of the last row in bytes.
    last_length: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        schema: &Schema,
        batches: Batches<'a>,
        classes: &HashMap<String, Vec<String>>,
        options: RowOptions,
    ) -> Result<Self, FormatError> {
        let (found, limit) = (schema.fields().len(), options.max_columns);
        if found > limit {
            return Err(FormatError::TooManyColumns { found, limit });
        }
        let mut names = ColumnNames::default();
        let columns = schema.fields().iter().enumerate().map(|(position, field)| {
            let name = names.distinct(field.name(), position);
            let is_text = name == options.text_field || name == options.label_field;
            Column {
                key: json_key(&name),
                classes: classes.get(field.name()).cloned(),
                form: if is_text { Form::Text } else { Form::Typed },
                name,
            }
        });
        Ok(Self {
            columns: columns.collect(),
            batches,
            options,
            values: Vec::new(),
            n_rows: 0,
            next: 0,
            line: 0,
            last_length: 0,
        })
    }

    pub(super) fn column_names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Moves to the next batch with rows. Returns false at the end.
    fn next_batch(&mut self) -> io::Result<bool> {
        while self.next == self.n_rows {
            let Some(batch) = self.batches.next().transpose()? else {
                return Ok(false);
            };
            let columns = self.columns.iter().zip(batch.columns());
            let values = columns.map(|(column, array)| values_of(array, &column.name));
            self.values = values.collect::<Result<_, FormatError>>()?;
            self.n_rows = batch.num_rows();
            self.next = 0;
        }
        Ok(true)
    }

    fn write_row(&self) -> Result<String, BadRowReason> {
        let mut out = Output::new(self.options.max_row_bytes, self.last_length);
        out.json.push('{');
        for (column, values) in self.columns.iter().zip(&self.values) {
            if out.json.len() > 1 {
                out.json.push(',');
            }
            out.json.push_str(&column.key);
            let from = out.json.len();
            values
                .write(self.next, &mut out)
                .map_err(|TooLong| BadRowReason::TooLong {
                    limit: self.options.max_row_bytes,
                })?;
            if column.form == Form::Text && out.has_raw_bytes {
                let encoding = "UTF-8";
                return Err(BadRowReason::Undecodable { encoding, offset: 0 });
            }
            out.has_raw_bytes = false;
            if let Some(named) = column
                .classes
                .as_ref()
                .and_then(|names| named(&out.json[from..], names))
            {
                out.json.replace_range(from.., &named);
                continue;
            }
            let is_scalar = !out.json[from..].starts_with(['[', '{']) && &out.json[from..] != "null";
            if column.form == Form::Text && is_scalar {
                quote_since(from, &mut out.json);
            }
        }
        out.json.push('}');
        Ok(out.json)
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<JsonRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let has_row = self
            .next_batch()
            .and_then(|found| match found && self.line == self.options.max_rows {
                true => Err(FormatError::TooManyRows { limit: self.line }.into()),
                false => Ok(found),
            });
        match has_row {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                let error = FormatError::from_io(&self.options.path, error);
                return Some(Err(RowError::Fatal(error)));
            }
        }
        let json = self.write_row();
        self.next += 1;
        self.line += 1;
        Some(match json {
            Ok(json) => {
                self.last_length = json.len();
                Ok(JsonRow::new(self.line, json))
            }
            Err(reason) => Err(RowError::Bad(BadRow {
                line: self.line,
                offset: 0,
                reason,
                raw: None,
            })),
        })
    }
}
