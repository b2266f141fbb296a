//! Files whose rows are not what they seem: each would be read as something else without a word.

use std::path::Path;

use feedback_dataset::read::{Format, ReadError};
use feedback_dataset::record::Row;
use serde_json::{Map, Value};

use crate::contents::FileFormat;
use crate::error::FormatError;
use crate::foreign::Foreign;

/// Refuses a file of one of these shapes.
///
/// # Errors
///
/// [`ReadError::Content`] that names the shape.
pub(super) fn refuse_other_shapes(
    path: &Path,
    format: FileFormat,
    columns: Option<&[String]>,
    rows: &[Row],
) -> Result<(), ReadError> {
    let found = match format {
        FileFormat::Text(Format::Jsonl) => json_shape(rows),
        FileFormat::Text(Format::Csv | Format::Tsv) => columns.and_then(|names| quoted_lines(names, rows)),
        _ => None,
    };
    match found {
        None => Ok(()),
        Some(shape) => Err(FormatError::from_io(path, FormatError::Foreign(shape).into())),
    }
}

/// One JSON document with all rows in it.
fn json_shape(rows: &[Row]) -> Option<Foreign> {
    let [row] = rows else { return None };
    let fields = row.record.fields();
    if fields.get("error").is_some_and(Value::is_object) && !fields.contains_key("text") {
        return Some(Foreign::ErrorMessage);
    }
    let is_list = |name: &str| fields.get(name).is_some_and(Value::is_array);
    let is_values = |value: &Value| {
        value
            .as_array()
            .is_some_and(|list| list.len() > 1 && !list.iter().any(Value::is_object))
    };
    let are_columns = fields.len() > 1 && fields.values().all(is_values);
    if are_columns || is_list("data") && (is_list("columns") || fields.contains_key("schema")) {
        return Some(Foreign::ListsOfValues);
    }
    let is_number = |name: &String| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if fields.len() > 1 && fields.keys().all(is_number) {
        return Some(Foreign::RecordsByKey);
    }
    let is_records = |value: &Value| {
        value
            .as_array()
            .is_some_and(|list| list.iter().any(Value::is_object))
    };
    let has_sentence = fields
        .values()
        .any(|value| value.as_str().is_some_and(|text| text.contains(' ')));
    if fields.values().filter(|value| is_records(value)).count() > 1
        && !has_sentence
        && !fields.values().any(Value::is_object)
    {
        return Some(Foreign::SeveralLists);
    }
    let records: Option<Vec<&Map<String, Value>>> = fields.values().map(Value::as_object).collect();
    let records = records.filter(|records| records.len() > 1)?;
    let first = records.first()?;
    let is_same = |record: &&Map<String, Value>| record.keys().eq(first.keys());
    (first.len() > 1 && records.iter().all(is_same)).then_some(Foreign::RecordsByKey)
}

/// A table in which each line is one quoted field.
fn quoted_lines(names: &[String], rows: &[Row]) -> Option<Foreign> {
    let [name] = names else { return None };
    let n_fields = |line: &str, delimiter: char| line.split(delimiter).count();
    let is_same = |delimiter: char| {
        let wanted = n_fields(name, delimiter);
        let fits = |row: &&Row| n_fields(&row.record.cell(name), delimiter) >= wanted;
        wanted > 1 && !rows.is_empty() && rows.iter().filter(fits).count() == rows.len()
    };
    [',', ';', '\t']
        .into_iter()
        .any(is_same)
        .then_some(Foreign::QuotedLines)
}
