//! The JSON types of trainings and their questions.

use feedback_corrections::{Answer, JobPooling, OpenQuestions, Question};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use crate::clock::rfc3339;
use crate::openapi::one_of;
use crate::problem::Problem;
use crate::training::Training;

fn training_states() -> Object {
    one_of(&["running", "stopped", "failed", "done"])
}

fn poolings() -> Object {
    let mut poolings = one_of(&["auto", "cls", "mean"]);
    poolings.default = Some(json!("auto"));
    poolings
}

/// A training that runs or ran in the background.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Training)]
pub(crate) struct TrainingDto {
    pub(crate) id: String,
    pub(crate) created_at: String,
    #[schema(schema_with = training_states)]
    pub(crate) state: &'static str,
    /// What the training started from: a model folder, or `scratch:` and a size.
    pub(crate) base: String,
    /// Whether people are asked about hard rows during training.
    pub(crate) ask_people: bool,
    /// The id of the new model; `null` if there is none yet.
    #[schema(required)]
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

/// The body of `POST /api/v1/trainings`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrainingRequest {
    /// The labelled file, by the name shown on the page Train; optional if there is only one.
    pub(crate) data: Option<String>,
    /// Train on the stored texts instead of a file. Their labels are the values of this field of their records or, where people corrected
    /// the label, those of people.
    pub(crate) label_field: Option<String>,
    /// Train on the stored texts that people labelled instead of a file.
    #[serde(default)]
    #[schema(default = false)]
    pub(crate) people: bool,
    /// Whether the new model gives each text any number of labels, also if the serving model gives it one. A field of the stored texts
    /// then has several labels as `bug; slow`.
    #[serde(default)]
    #[schema(default = false)]
    pub(crate) several_labels: bool,
    /// Of stored texts, leave out those whose label fewer than 5 texts have. By default, such labels are an error that names them.
    #[serde(default)]
    #[schema(default = false)]
    pub(crate) leave_out_rare: bool,
    /// What to start from; the serving model by default.
    pub(crate) base: Option<String>,
    /// How the token vectors are pooled into one vector.
    #[serde(default)]
    #[schema(schema_with = poolings, required = false)]
    pub(crate) pooling: JobPooling,
    /// Number of passes over the training rows; the default depends on the base.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) num_train_epochs: Option<usize>,
    /// Maximum learning rate; the default depends on the base.
    #[schema(maximum = 1.0, exclusive_minimum = 0.0)]
    pub(crate) learning_rate: Option<f64>,
    /// Texts per forward pass; 16 by default.
    #[schema(minimum = 1, maximum = 512)]
    pub(crate) per_device_train_batch_size: Option<usize>,
    /// Whether people are asked about hard rows during training.
    #[serde(default)]
    #[schema(default = false)]
    pub(crate) ask_people: bool,
    /// Random seed; 42 by default.
    pub(crate) seed: Option<u64>,
}

/// The open questions of a training.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Questions)]
pub(crate) struct QuestionsDto {
    /// The labels to choose from.
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Question)]
pub(crate) struct QuestionDto {
    /// The row's id within the training, such as `train:12`.
    pub(crate) row: String,
    pub(crate) text: String,
    /// The row's current label; `null` for an unlabelled text.
    #[schema(required)]
    pub(crate) label: Option<String>,
    pub(crate) predicted_label: String,
    #[schema(minimum = 0.0, maximum = 1.0)]
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

/// The body of `POST /api/v1/trainings/{id}/answers`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reply)]
pub(crate) struct AnswerRequest {
    /// The `row` of the question.
    pub(crate) row: String,
    /// The label that the row should have. Giving the label that it already has confirms it.
    #[serde(default)]
    pub(crate) label: Option<String>,
    /// Whether to exclude the row from training and metrics.
    #[serde(default)]
    #[schema(default = false)]
    pub(crate) drop: bool,
}

impl AnswerRequest {
    /// Returns the answer, given now by `by`. Fails if `row` is not a row id, or if the request does not have exactly one of
    /// `label` and `drop`.
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
