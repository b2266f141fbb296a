//! What goes over the wire. The store's and the model's types have no say in these names.

use feedback_corrections::{Answer, JobPooling, OpenQuestions, Question};
use feedback_inference::Explanation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::rfc3339;
use crate::problem::Problem;
use crate::training::Training;
use feedback_store::{AuditEntry, BadRowEntry, Batch, Correction, ModelRecord, StoredPrediction};

/// `POST /api/v1/classify`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassifyRequest {
    pub(crate) text: Option<String>,
    pub(crate) texts: Option<Vec<String>>,
    pub(crate) top_k: Option<usize>,
    #[serde(default)]
    pub(crate) explain: bool,
    #[serde(default = "yes")]
    pub(crate) store: bool,
    pub(crate) source: Option<String>,
}

/// `POST /api/v1/webhooks/feedback`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookRequest {
    pub(crate) text: Option<String>,
    pub(crate) texts: Option<Vec<String>>,
    pub(crate) source: Option<String>,
    pub(crate) created_at: Option<String>,
}

fn yes() -> bool {
    true
}

/// One prediction, by the names that `predict` uses.
#[derive(Debug, Serialize)]
pub(crate) struct PredictionDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<i64>,
    pub(crate) predicted_label: String,
    pub(crate) confidence: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) abstained: Option<bool>,
    pub(crate) scores: Vec<ScoreDto>,
    pub(crate) truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<Explanation>,
}

/// One label and its probability.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ScoreDto {
    pub(crate) label: String,
    pub(crate) score: f64,
}

impl From<feedback_inference::Score> for ScoreDto {
    fn from(score: feedback_inference::Score) -> Self {
        Self {
            label: score.label,
            score: score.score,
        }
    }
}

impl From<feedback_store::Score> for ScoreDto {
    fn from(score: feedback_store::Score) -> Self {
        Self {
            label: score.label,
            score: score.score,
        }
    }
}

/// The answer of `POST /api/v1/classify`.
#[derive(Debug, Serialize)]
pub(crate) struct ClassifyResponse {
    pub(crate) model: String,
    pub(crate) predictions: Vec<PredictionDto>,
}

/// A prediction of the history.
#[derive(Debug, Serialize)]
pub(crate) struct HistoryItem {
    pub(crate) id: i64,
    pub(crate) at: String,
    pub(crate) text: String,
    pub(crate) source: String,
    pub(crate) predicted_label: String,
    pub(crate) corrected_label: Option<String>,
    pub(crate) confidence: f64,
    pub(crate) abstained: Option<bool>,
    pub(crate) truncated: bool,
    pub(crate) scores: Vec<ScoreDto>,
    pub(crate) model: String,
    pub(crate) batch_id: Option<i64>,
    pub(crate) batch_row: Option<i64>,
}

impl From<StoredPrediction> for HistoryItem {
    fn from(stored: StoredPrediction) -> Self {
        let prediction = stored.prediction;
        Self {
            id: stored.id,
            at: rfc3339(prediction.at),
            text: prediction.text,
            source: prediction.source,
            predicted_label: prediction.label,
            corrected_label: stored.corrected,
            confidence: prediction.confidence,
            abstained: prediction.abstained,
            truncated: prediction.truncated,
            scores: prediction.scores.into_iter().map(Into::into).collect(),
            model: prediction.model,
            batch_id: prediction.batch.map(|(batch, _)| batch),
            batch_row: prediction.batch.map(|(_, row)| row),
        }
    }
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct PageDto<T> {
    pub(crate) items: Vec<T>,
    /// What to ask for next; `null` at the end.
    pub(crate) next: Option<i64>,
}

/// `POST /api/v1/corrections`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectionRequest {
    pub(crate) prediction_id: i64,
    pub(crate) label: String,
}

/// A correction.
#[derive(Debug, Serialize)]
pub(crate) struct CorrectionDto {
    pub(crate) id: i64,
    pub(crate) prediction_id: i64,
    pub(crate) text: String,
    pub(crate) previous_label: String,
    pub(crate) label: String,
    pub(crate) at: String,
}

impl From<Correction> for CorrectionDto {
    fn from(correction: Correction) -> Self {
        Self {
            id: correction.id,
            prediction_id: correction.prediction_id,
            text: correction.text,
            previous_label: correction.previous,
            label: correction.label,
            at: rfc3339(correction.at),
        }
    }
}

/// A batch.
#[derive(Debug, Serialize)]
pub(crate) struct BatchDto {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) format: String,
    pub(crate) bytes: u64,
    pub(crate) text_field: Option<String>,
    pub(crate) state: &'static str,
    pub(crate) total_rows: u64,
    pub(crate) position: u64,
    pub(crate) classified: u64,
    pub(crate) bad: u64,
    pub(crate) message: Option<String>,
    pub(crate) created_at: String,
    pub(crate) started_at: Option<String>,
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
            message: batch.message,
            created_at: rfc3339(batch.created_at),
            started_at: batch.started_at.map(rfc3339),
            ended_at: batch.ended_at.map(rfc3339),
        }
    }
}

/// `POST /api/v1/batches/{id}/start`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartRequest {
    pub(crate) text_field: String,
}

/// A row of a batch that could not be used.
#[derive(Debug, Serialize)]
pub(crate) struct BadRowDto {
    pub(crate) row: i64,
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

/// A model.
#[derive(Debug, Serialize)]
pub(crate) struct ModelDto {
    pub(crate) id: String,
    pub(crate) origin: String,
    pub(crate) state: &'static str,
    pub(crate) labels: Vec<String>,
    pub(crate) manifest: Value,
    pub(crate) added_at: String,
    pub(crate) served_at: Option<String>,
}

impl From<ModelRecord> for ModelDto {
    fn from(model: ModelRecord) -> Self {
        Self {
            id: model.id,
            origin: model.origin,
            state: model.state.name(),
            labels: model.labels,
            manifest: model.manifest,
            added_at: rfc3339(model.added_at),
            served_at: model.served_at.map(rfc3339),
        }
    }
}

/// A line of the audit trail.
#[derive(Debug, Serialize)]
pub(crate) struct AuditDto {
    pub(crate) id: i64,
    pub(crate) at: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) detail: String,
}

impl From<AuditEntry> for AuditDto {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: rfc3339(entry.at),
            action: entry.action,
            subject: entry.subject,
            detail: entry.detail,
        }
    }
}

/// A training in the background.
#[derive(Debug, Serialize)]
pub(crate) struct TrainingDto {
    pub(crate) id: String,
    pub(crate) created_at: String,
    pub(crate) state: &'static str,
    pub(crate) base: String,
    pub(crate) ask_people: bool,
    pub(crate) model: Option<String>,
}

impl From<Training> for TrainingDto {
    fn from(training: Training) -> Self {
        Self {
            id: training.id,
            created_at: rfc3339(training.job.created_at),
            state: training.state.name(),
            base: training.job.base,
            ask_people: training.job.ask_people,
            model: training.model,
        }
    }
}

/// `POST /api/v1/trainings`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrainingRequest {
    /// The labelled file, by the name shown on the page Train; may be left out if there is only one.
    pub(crate) data: Option<String>,
    /// What to start from; the serving model if it is left out.
    pub(crate) base: Option<String>,
    #[serde(default)]
    pub(crate) pooling: JobPooling,
    pub(crate) num_train_epochs: Option<usize>,
    pub(crate) learning_rate: Option<f64>,
    pub(crate) per_device_train_batch_size: Option<usize>,
    #[serde(default)]
    pub(crate) ask_people: bool,
    pub(crate) seed: Option<u64>,
}

/// The open questions of a training.
#[derive(Debug, Serialize)]
pub(crate) struct QuestionsDto {
    pub(crate) labels: Vec<String>,
    pub(crate) rows: Vec<QuestionDto>,
}

impl From<OpenQuestions> for QuestionsDto {
    fn from(open: OpenQuestions) -> Self {
        Self {
            labels: open.labels,
            rows: open.questions.into_iter().map(Into::into).collect(),
        }
    }
}

/// A row that people are asked about.
#[derive(Debug, Serialize)]
pub(crate) struct QuestionDto {
    pub(crate) row: String,
    pub(crate) text: String,
    pub(crate) label: Option<String>,
    pub(crate) predicted_label: String,
    pub(crate) confidence: f64,
}

impl From<Question> for QuestionDto {
    fn from(question: Question) -> Self {
        Self {
            row: question.id.to_string(),
            text: question.text,
            label: question.label,
            predicted_label: question.predicted_label,
            confidence: question.confidence,
        }
    }
}

/// `POST /api/v1/trainings/{id}/answers`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerRequest {
    pub(crate) row: String,
    #[serde(default)]
    pub(crate) label: Option<String>,
    #[serde(default)]
    pub(crate) drop: bool,
}

impl AnswerRequest {
    /// The answer, given now by `by`.
    pub(crate) fn into_answer(self, by: &str) -> Result<Answer, Problem> {
        let row = self
            .row
            .parse()
            .map_err(|error| Problem::invalid(format!("`row`: {error}")))?;
        match (self.label, self.drop) {
            (Some(label), false) => Ok(Answer::label(row, &label, by)),
            (None, true) => Ok(Answer::drop(row, by)),
            (Some(_), true) => Err(Problem::invalid("give `label` or `drop`, not both")),
            (None, false) => Err(Problem::invalid("give a `label`, or `\"drop\": true`")),
        }
    }
}
