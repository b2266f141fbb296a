//! What an uploaded file seems to contain.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::batch::{Inspection, SetAside};
use feedback_store::{Batch, ColumnChoice};

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
    /// The field that probably contains labels of people. They are used only if `start` names it, or the last file with the same columns used
    /// them.
    #[schema(required)]
    label_field: Option<String>,
    /// The field that probably says when a text was written.
    #[schema(required)]
    date_field: Option<String>,
    /// Whether the first dates can be read with the day and with the month first.
    is_date_ambiguous: bool,
    /// The field that probably says where the texts come from.
    #[schema(required)]
    source_field: Option<String>,
    /// The fields that divide the texts into segments: those with few different values.
    segment_fields: Vec<String>,
    /// The name of the last file with the same columns, from which the fields are taken; null if there is none.
    #[schema(required)]
    remembered_from: Option<String>,
    /// All fields of the first rows.
    fields: Vec<String>,
    /// Number of rows that will be set aside, if these fields are used; 0 if the file is gone, as after the restore of a backup without it.
    set_aside: u64,
    /// Number of further rows without a date that can be read; null if no field has dates.
    #[schema(required)]
    undated: Option<u64>,
    /// The first five rows that will be set aside.
    first_set_aside: Vec<SetAsideDto>,
    /// The first five rows.
    #[schema(value_type = Vec<Object>)]
    first_rows: Vec<Map<String, Value>>,
}

/// A row that will be set aside.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RowSetAside)]
struct SetAsideDto {
    /// Line of the file, from 1.
    line: u64,
    /// Why it cannot be used.
    reason: String,
}

impl PreviewDto {
    pub(crate) fn new(
        found: Inspection,
        (text, choice): (String, ColumnChoice),
        like: Option<Batch>,
        aside: SetAside,
    ) -> Self {
        let export = found.recognised;
        let row = |(line, reason)| SetAsideDto { line, reason };
        Self {
            recognised: export.as_ref().map(|export| export.known.name),
            source: export.as_ref().map_or("batch", |export| export.known.source),
            text_field: text,
            label_field: choice.label.or(found.label),
            date_field: choice.date,
            source_field: choice.source,
            segment_fields: found.segments,
            remembered_from: like.map(|like| like.upload.name),
            set_aside: aside.bad,
            undated: aside.undated,
            first_set_aside: aside.first.into_iter().map(row).collect(),
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
