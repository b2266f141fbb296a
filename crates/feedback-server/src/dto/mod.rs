//! The JSON types of the API. Their names do not depend on the types of the store and the model.

mod drift;
mod erasures;
mod explore;
mod history;
mod inbox;
mod labels;
mod models;
mod predictions;
mod preview;
mod reclassify;
mod reports;
mod review;
mod rules;
mod similar;
mod themes;
mod trainings;
mod views;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use crate::clock::rfc3339;
use crate::openapi::one_of;
use feedback_store::{AuditEntry, BadRowEntry, Batch, Correction};

pub(crate) use drift::DriftDto;
pub(crate) use erasures::{EraseField, EraseRequest, ErasureDto};
pub(crate) use explore::{BreakdownDto, FieldDto};
pub(crate) use history::HistoryItem;
pub(crate) use inbox::{EntryDto, EntryRequest, InboxDto, InboxQuery};
pub(crate) use labels::{BulkLabelDto, LabelDto, LabelRequest};
pub(crate) use models::{ModelChange, ModelDto};
pub(crate) use predictions::{ClassifyRequest, ClassifyResponse, PredictionDto, ScoreDto, WebhookRequest};
pub(crate) use preview::PreviewDto;
pub(crate) use reclassify::ReclassificationDto;
pub(crate) use reports::{ReportDto, ReportRequest};
pub(crate) use review::{AgreementDto, ReviewDto, SharesDto};
pub(crate) use rules::{RulesDto, RulesRequest, TrialDto, TrialRequest};
pub(crate) use similar::SimilarDto;
pub(crate) use themes::{ThemeLabelDto, ThemeLabelRequest, ThemeRequest, ThemesDto};
pub(crate) use trainings::{AnswerRequest, QuestionsDto, TrainingDto, TrainingRequest};
pub(crate) use views::{ViewDto, ViewRequest};

fn formats() -> Object {
    one_of(&["jsonl", "csv", "tsv", "lines"])
}

fn batch_states() -> Object {
    one_of(&["staged", "queued", "running", "done", "cancelled", "failed"])
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub(crate) struct PageDto<T> {
    pub(crate) items: Vec<T>,
    /// The value of `before` or `after` for the next page; `null` on the last page.
    #[schema(required)]
    pub(crate) next: Option<i64>,
}

/// The body of `POST /api/v1/corrections`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectionRequest {
    pub(crate) prediction_id: i64,
    /// One of the serving model's labels.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub(crate) label: Option<String>,
    /// Instead of `label`: all labels of the text, if the serving model gives each text any number of labels; an empty list for a text
    /// without labels.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false)]
    pub(crate) labels: Option<Vec<String>>,
    /// Whether the correction settles what several people said: their earlier labels are then no disagreement any more.
    #[serde(default)]
    pub(crate) settles: bool,
}

/// A correction.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Correction)]
pub(crate) struct CorrectionDto {
    pub(crate) id: i64,
    pub(crate) prediction_id: i64,
    pub(crate) text: String,
    /// The first of `previous_labels`; `null` if there was none.
    #[schema(required)]
    pub(crate) previous_label: Option<String>,
    /// The labels before the correction.
    pub(crate) previous_labels: Vec<String>,
    /// The first of `labels`; `null` if the text has no label.
    #[schema(required)]
    pub(crate) label: Option<String>,
    /// The right labels.
    pub(crate) labels: Vec<String>,
    pub(crate) at: String,
    /// Who corrected; empty if an earlier version stored the correction.
    pub(crate) actor: String,
}

impl From<Correction> for CorrectionDto {
    fn from(correction: Correction) -> Self {
        Self {
            id: correction.id,
            prediction_id: correction.prediction_id,
            text: correction.text,
            previous_label: correction.previous.first().cloned(),
            previous_labels: correction.previous,
            label: correction.labels.first().cloned(),
            labels: correction.labels,
            at: rfc3339(correction.at),
            actor: correction.actor,
        }
    }
}

/// A batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Batch)]
pub(crate) struct BatchDto {
    pub(crate) id: i64,
    pub(crate) name: String,
    #[schema(schema_with = formats)]
    pub(crate) format: String,
    pub(crate) bytes: u64,
    #[schema(required)]
    pub(crate) text_field: Option<String>,
    #[schema(schema_with = batch_states)]
    pub(crate) state: &'static str,
    pub(crate) total_rows: u64,
    /// Rows read so far, good or bad.
    pub(crate) position: u64,
    pub(crate) classified: u64,
    /// Bad rows: rows that could not be read or classified.
    pub(crate) bad: u64,
    /// What of the file is not read, such as other sheets of a spreadsheet.
    pub(crate) notes: Vec<String>,
    /// Why the batch failed, or what is to be known about its predictions.
    #[schema(required)]
    pub(crate) message: Option<String>,
    pub(crate) created_at: String,
    #[schema(required)]
    pub(crate) started_at: Option<String>,
    #[schema(required)]
    pub(crate) ended_at: Option<String>,
}

impl From<Batch> for BatchDto {
    fn from(batch: Batch) -> Self {
        Self {
            id: batch.id,
            name: batch.upload.name,
            format: batch.upload.format,
            bytes: batch.upload.bytes,
            text_field: batch.upload.text_field,
            state: batch.state.name(),
            total_rows: batch.upload.total_rows,
            position: batch.position,
            classified: batch.classified,
            bad: batch.bad,
            notes: batch.upload.notes,
            message: batch.message,
            created_at: rfc3339(batch.created_at),
            started_at: batch.started_at.map(rfc3339),
            ended_at: batch.ended_at.map(rfc3339),
        }
    }
}

/// The body of `POST /api/v1/batches/{id}/start`. What it leaves out is as somebody chose for the last file with the same columns; without such
/// a file, the defaults below hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartRequest {
    /// The column or field with the text. Default: found by the names and values of the first rows, as on the page.
    #[serde(default)]
    pub(crate) text_field: Option<String>,
    /// The column or field that says when the texts were written; an empty string for none. Default: found by names and values.
    #[serde(default)]
    pub(crate) date_field: Option<String>,
    /// Whether the day or the month comes first in dates such as 03/05/2025. Default: found from all dates; those that can be read in
    /// both ways are in no period.
    #[serde(default)]
    #[schema(schema_with = date_orders, required = false)]
    pub(crate) date_order: Option<String>,
    /// The column or field with labels that people gave; an empty string for none, which is the default. A cell has one name, a JSON list
    /// or, if the model gives each text any number of labels, names between `; `. The labels become corrections, which needs access to
    /// `corrections`; new ones are added, and the next training learns them: at most 200 different ones in a file, and 100 added ones in all.
    /// Names that cannot be labels are counted and named when the batch is done.
    #[serde(default)]
    pub(crate) label_field: Option<String>,
    /// The column or field that says where the texts come from; an empty string for none. Default: found by names and values.
    #[serde(default)]
    pub(crate) source_field: Option<String>,
}

impl StartRequest {
    /// Whether it says what a column is for.
    pub(crate) fn has_choices(&self) -> bool {
        let said = [
            &self.text_field,
            &self.date_field,
            &self.date_order,
            &self.label_field,
            &self.source_field,
        ];
        said.iter().any(|said| said.is_some())
    }
}

fn date_orders() -> Object {
    one_of(&["day-first", "month-first"])
}

/// A row of a batch that could not be read or classified.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BadRow)]
pub(crate) struct BadRowDto {
    /// Number of the row, from 0; good and bad rows are counted.
    pub(crate) row: i64,
    /// Line of the file, from 1.
    pub(crate) line: u64,
    pub(crate) reason: String,
}

impl From<BadRowEntry> for BadRowDto {
    fn from(entry: BadRowEntry) -> Self {
        Self {
            row: entry.row,
            line: entry.line,
            reason: entry.reason,
        }
    }
}

/// A line of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditDto {
    pub(crate) id: i64,
    pub(crate) at: String,
    /// Who made the change: for example the name of a key, or `local` if the server has no keys.
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) detail: String,
}

impl From<AuditEntry> for AuditDto {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: rfc3339(entry.at),
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            detail: entry.detail,
        }
    }
}
