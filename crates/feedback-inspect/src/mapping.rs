//! What the fields of a file are taken for, and its first rows.

use std::path::Path;

use feedback_dataset::read::ReadOptions;
use feedback_formats::{Limits, PREVIEW_ROWS, preview};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Result;

/// Number of rows that are shown.
const SHOWN_ROWS: usize = 5;

/// What a file is, what its fields are taken for, and its first rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MappingFinding {
    /// The format of the rows, such as `csv` or `xlsx`.
    pub format: &'static str,
    /// The tool that wrote the file, if it is known.
    pub recognised: Option<&'static str>,
    /// The field with the text.
    pub text: String,
    /// The field with the label, if one of the first rows has it.
    pub label: Option<String>,
    /// The field with the date, if there is one.
    pub date: Option<String>,
    /// The field with a rating such as stars, if there is one.
    pub rating: Option<String>,
    /// The names of all fields in the first rows.
    pub fields: Vec<String>,
    /// The first five rows.
    pub first_rows: Vec<ShownRow>,
}

/// A row of the file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ShownRow {
    /// Its line.
    pub line: u64,
    /// Its text.
    pub text: String,
    /// Its label; empty if it has none or several.
    pub label: String,
    /// Its date, as it is in the file.
    pub date: String,
    /// All its fields.
    pub fields: Map<String, Value>,
}

/// Looks at the first rows. `date` is the field of the date, if the user named it.
pub(crate) fn mapping(input: &Path, options: &ReadOptions, date: Option<&str>) -> Result<MappingFinding> {
    let found = preview(input, options, &Limits::default(), PREVIEW_ROWS)?;
    let date = date.map(str::to_owned).or(found.roles.date);
    let has_label = found
        .rows
        .iter()
        .any(|row| row.record.get(&options.label_field).is_some());
    let cell = |row: &feedback_dataset::record::Row, field: Option<&String>| {
        field
            .map(|field| row.record.cell(field).into_owned())
            .unwrap_or_default()
    };
    let first_rows = found.rows.iter().take(SHOWN_ROWS).map(|row| ShownRow {
        line: row.line,
        text: cell(row, Some(&options.text_field)),
        label: row.record.label().unwrap_or_default().to_owned(),
        date: cell(row, date.as_ref()),
        fields: row.record.fields().clone(),
    });
    Ok(MappingFinding {
        format: found.contents.format.name(),
        recognised: found.export.as_ref().map(|export| export.known.name),
        text: options.text_field.clone(),
        label: has_label.then(|| options.label_field.clone()),
        first_rows: first_rows.collect(),
        date,
        rating: found.roles.rating,
        fields: found.fields.into_iter().map(|field| field.name).collect(),
    })
}
