//! What an uploaded file seems to contain.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::batch::Inspection;

/// What the fields of an uploaded file are taken for, and its first rows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
pub(crate) struct PreviewDto {
    /// The tool that wrote the file, if it is known.
    #[schema(required)]
    recognised: Option<&'static str>,
    /// The source that the history shows for the texts, unless a row names one.
    source: &'static str,
    /// The field that probably contains the text.
    text_field: String,
    /// The field that probably contains labels of people.
    #[schema(required)]
    label_field: Option<String>,
    /// The field that probably says when a text was written.
    #[schema(required)]
    date_field: Option<String>,
    /// Whether the first dates can be read with the day and with the month first.
    is_date_ambiguous: bool,
    /// All fields of the first rows.
    fields: Vec<String>,
    /// The first five rows.
    #[schema(value_type = Vec<Object>)]
    first_rows: Vec<Map<String, Value>>,
}

impl From<Inspection> for PreviewDto {
    fn from(found: Inspection) -> Self {
        let export = found.recognised;
        Self {
            recognised: export.as_ref().map(|export| export.known.name),
            source: export.as_ref().map_or("batch", |export| export.known.source),
            text_field: found.guess,
            label_field: found.label,
            date_field: found.date,
            is_date_ambiguous: found.is_date_ambiguous,
            fields: found.columns,
            first_rows: found
                .first
                .iter()
                .map(|row| row.record.fields().clone())
                .collect(),
        }
    }
}
