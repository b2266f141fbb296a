//! What a record must contain to be usable.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::labels::aliases::LabelAliases;
use crate::read::options::{LabelRule, ReadOptions};
use crate::read::{annotations, fasttext};
use crate::record::fields::{FieldNames, Fields};
use crate::record::json_fields::kind;
use crate::record::table_row::TableRow;
use crate::record::{BadRowReason, Record};
use feedback_text::has_visible_character;
use feedback_text::labels::listed_labels;

/// The rules that a record must follow, and the names of the fields.
pub(super) struct Rules {
    pub(super) names: Arc<FieldNames>,
    pub(super) text_required: bool,
    pub(super) label_rule: LabelRule,
    pub(super) replace_undecodable: bool,
    max_field_bytes: usize,
    aliases: LabelAliases,
}

impl Rules {
    pub(super) fn new(options: &ReadOptions) -> Self {
        Self {
            names: Arc::new(FieldNames {
                text: options.text_field.clone(),
                label: options.label_field.clone(),
            }),
            text_required: options.text_required,
            label_rule: options.label_rule,
            replace_undecodable: options.replace_undecodable,
            max_field_bytes: options.max_field_bytes,
            aliases: options.aliases.clone(),
        }
    }

    /// Creates a record from a line of JSON.
    pub(super) fn json_record(&self, line: &str) -> Result<Record, BadRowReason> {
        let mut record = Record::from_json_line(line, &self.names)?;
        annotations::check(line, &mut record)?;
        self.check(record)
    }

    /// Creates a record from a line of text.
    pub(super) fn text_record(&self, line: &str) -> Result<Record, BadRowReason> {
        let mut map = Map::new();
        map.insert(self.names.text.clone(), Value::String(line.to_string()));
        let verbatim = Vec::new();
        self.check(Record::from_fields(Fields { map, verbatim }, &self.names))
    }

    /// Creates a record from a line of fastText. Several labels are a list.
    pub(super) fn fasttext_record(&self, line: &str) -> Result<Record, BadRowReason> {
        let (labels, text) = fasttext::split(line);
        let mut map = Map::new();
        map.insert(self.names.text.clone(), Value::String(text));
        let label = match labels.as_slice() {
            [] => None,
            [label] => Some(Value::from(*label)),
            labels => Some(Value::from(labels)),
        };
        if let Some(label) = label {
            map.insert(self.names.label.clone(), label);
        }
        let verbatim = Vec::new();
        self.check(Record::from_fields(Fields { map, verbatim }, &self.names))
    }

    /// Creates a record from a row of a table.
    pub(super) fn table_record(&self, row: TableRow) -> Result<Record, BadRowReason> {
        if row.repeats_header() {
            return Err(BadRowReason::HeaderAgain);
        }
        self.check(Record::from_table_row(row, &self.names))
    }

    fn check(&self, mut record: Record) -> Result<Record, BadRowReason> {
        // Good rows are recognised without parsing their other fields.
        if self.text_required && !has_visible_character(record.text()) {
            check_string(&record, &self.names.text)?;
        }
        if self.label_rule == LabelRule::Required && record.label().is_none() {
            check_label(&record, &self.names.label)?;
        }
        self.check_length(record.text(), &self.names.text)?;
        self.check_length(record.label().unwrap_or_default(), &self.names.label)?;
        if !self.aliases.is_empty() {
            self.aliases.apply_to(&mut record);
        }
        Ok(record)
    }

    fn check_length(&self, value: &str, field: &str) -> Result<(), BadRowReason> {
        if value.len() <= self.max_field_bytes {
            return Ok(());
        }
        Err(BadRowReason::FieldTooLong {
            field: field.to_string(),
            limit: self.max_field_bytes,
        })
    }
}

/// Returns the reason why a record has no label.
fn check_label(record: &Record, field: &str) -> Result<(), BadRowReason> {
    let name = || field.to_string();
    let label = record.get(field);
    let listed = label.and_then(listed_labels);
    match listed.as_ref().or(label) {
        Some(Value::Array(labels)) if labels.len() > 1 => Err(BadRowReason::SeveralLabels {
            field: name(),
            labels: labels.len(),
        }),
        Some(Value::Array(labels)) if labels.is_empty() => Err(BadRowReason::EmptyField { field: name() }),
        _ => check_string(record, field),
    }
}

fn check_string(record: &Record, field: &str) -> Result<(), BadRowReason> {
    let name = || field.to_string();
    match record.get(field) {
        Some(Value::String(text)) if !has_visible_character(text) => {
            Err(BadRowReason::EmptyField { field: name() })
        }
        Some(Value::String(_)) => Ok(()),
        Some(other) => Err(BadRowReason::NotAString {
            field: name(),
            found: kind(other),
        }),
        None => Err(BadRowReason::MissingField {
            field: name(),
            present: record.fields().keys().cloned().collect(),
        }),
    }
}
