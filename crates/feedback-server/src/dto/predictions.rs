//! The JSON types of texts and their predictions.

use feedback_inference::{Explanation, InWindows, WordScore};
use feedback_store::Fields;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use crate::openapi::one_of;

/// The body of `POST /api/v1/classify`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassifyRequest {
    /// One text.
    #[schema(value_type = String, required = false)]
    pub(crate) text: Option<String>,
    /// Many texts.
    #[schema(value_type = Vec<String>, required = false, min_items = 1, max_items = 256)]
    pub(crate) texts: Option<Vec<String>>,
    /// Number of scores to return, highest first; all by default.
    #[schema(value_type = usize, required = false, minimum = 1)]
    pub(crate) top_k: Option<usize>,
    /// Whether to explain which words mattered, by leaving out one word at a time. Only for one text of at most about 120 words.
    #[serde(default)]
    #[schema(default = false)]
    pub(crate) explain: bool,
    /// The label to explain. By default the predicted one: the first, or without one the label with the highest score.
    #[schema(value_type = String, required = false)]
    pub(crate) explain_label: Option<String>,
    /// Whether to store the texts in the history.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(crate) store: bool,
    /// Where the texts come from; `api` by default.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 64)]
    pub(crate) source: Option<String>,
    /// What else is known about the texts, such as plan, country or stars. Stored with each text; history and dashboard can be filtered by it.
    #[serde(default)]
    #[schema(value_type = Object, required = false, example = json!({"plan": "pro", "stars": 2}))]
    pub(crate) fields: Fields,
}

/// The body of `POST /api/v1/webhooks/feedback`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookRequest {
    /// One text.
    #[schema(value_type = String, required = false)]
    pub(crate) text: Option<String>,
    /// Many texts.
    #[schema(value_type = Vec<String>, required = false, min_items = 1, max_items = 256)]
    pub(crate) texts: Option<Vec<String>>,
    /// Where the texts come from; `webhook` by default.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 64)]
    pub(crate) source: Option<String>,
    /// What else is known about the texts, such as plan, country or stars. Stored with each text; history and dashboard can be filtered by it.
    #[serde(default)]
    #[schema(value_type = Object, required = false, example = json!({"plan": "pro", "stars": 2}))]
    pub(crate) fields: Fields,
    /// When the texts were written (ISO 8601); now by default.
    #[schema(value_type = String, required = false)]
    pub(crate) created_at: Option<String>,
}

fn yes() -> bool {
    true
}

/// One prediction. The field names are the same as in the output of the command `predict`, which has `predicted_label` or
/// `predicted_labels`, depending on the model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Prediction)]
pub(crate) struct PredictionDto {
    /// The prediction's id in the history; absent if the prediction is not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    pub(crate) id: Option<i64>,
    /// The first of `predicted_labels`; `null` if the model gives the text no label.
    #[schema(required)]
    pub(crate) predicted_label: Option<String>,
    /// The labels, highest score first: exactly one, or any number if the model gives each text any number of labels.
    pub(crate) predicted_labels: Vec<String>,
    /// Probability of the predicted label, 0 to 1. If the model gives each text any number of labels: the probability that its least
    /// certain decision for or against a label is right.
    pub(crate) confidence: f64,
    /// Whether there is a reason to abstain; absent if there is none and the model has no threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, required = false)]
    pub(crate) abstained: Option<bool>,
    /// The reason to abstain: `low_confidence` (below the model's threshold) or `no_known_token` (the model's vocabulary knows no token of
    /// the text); absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub(crate) abstain_reason: Option<&'static str>,
    /// The share of the text's tokens that the model's vocabulary does not know, 0 to 1.
    pub(crate) unknown_share: f64,
    /// The labels with their probabilities, highest first.
    pub(crate) scores: Vec<ScoreDto>,
    /// The answers to the model's further questions, such as the sentiment; absent if the model has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) answers: Vec<AnswerDto>,
    /// Whether the text was too long for the model and was truncated.
    pub(crate) truncated: bool,
    /// How the text was read if it is longer than the model reads at once and the server reads such texts in windows; else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = TextWindowsDto, required = false)]
    pub(crate) text_windows: Option<TextWindowsDto>,
    /// How unfamiliar the text is, 0 to 1: the share of the texts that the model was checked with that are closer to its labels. Absent if
    /// the model was trained without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, required = false)]
    pub(crate) unfamiliarity: Option<f64>,
    /// Whether the unfamiliarity is above 0.95: perhaps no label fits the text. Absent together with `unfamiliarity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, required = false)]
    pub(crate) unfamiliar: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ExplanationDto, required = false)]
    pub(crate) explanation: Option<ExplanationDto>,
}

/// The windows in which a long text was read. Its scores are the mean of theirs.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = TextWindows)]
pub(crate) struct TextWindowsDto {
    /// Number of windows.
    count: usize,
    /// Number of the window that decided, from 1: read alone, it has the highest score for the label.
    deciding: usize,
    /// Offset of its start in the text that the model read (after cleaning, if the model cleans texts), in code points.
    start: usize,
    /// Offset of its end (exclusive), in code points.
    end: usize,
}

impl From<InWindows> for TextWindowsDto {
    fn from(found: InWindows) -> Self {
        Self {
            count: found.count,
            deciding: found.deciding,
            start: found.start,
            end: found.end,
        }
    }
}

/// The answer to a further question about a text.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Answer)]
pub(crate) struct AnswerDto {
    /// The name of the question.
    pub(crate) question: String,
    /// The most likely label; for a question with several labels per text, all labels whose probability reaches the model's threshold.
    pub(crate) labels: Vec<ScoreDto>,
}

impl From<feedback_inference::Answer> for AnswerDto {
    fn from(answer: feedback_inference::Answer) -> Self {
        Self {
            question: answer.question,
            labels: answer.labels.into_iter().map(Into::into).collect(),
        }
    }
}

/// One label and its probability.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Score)]
pub(crate) struct ScoreDto {
    pub(crate) label: String,
    /// Probability, 0 to 1.
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

/// The response to `POST /api/v1/classify`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClassifyResponse {
    /// The model's id.
    pub(crate) model: String,
    pub(crate) predictions: Vec<PredictionDto>,
}

/// Which words of the text mattered for the predicted label or, without one, for the label with the highest score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(crate) struct ExplanationDto {
    /// How the scores were computed. `occlusion`: by leaving out one word at a time.
    #[schema(schema_with = methods)]
    method: &'static str,
    /// The label that is explained.
    label: String,
    /// The words that the model read, in the order of the text.
    words: Vec<WordScoreDto>,
    /// The text that the offsets of the words refer to, if the model cleans texts and this one changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    cleaned_text: Option<String>,
    /// Whether the text was too long for the model and was truncated.
    truncated: bool,
    /// If the text was read in windows: the one that decided, whose words these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = TextWindowsDto, required = false)]
    text_windows: Option<TextWindowsDto>,
}

fn methods() -> Object {
    one_of(&["occlusion"])
}

/// A word and how much it mattered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WordScore)]
pub(crate) struct WordScoreDto {
    word: String,
    /// Offset of the word's start in the text, in code points.
    start: usize,
    /// Offset of the word's end (exclusive), in code points.
    end: usize,
    /// Offset of the word's start in the UTF-8 text, in bytes.
    byte_start: usize,
    /// Offset of the word's end (exclusive), in bytes.
    byte_end: usize,
    /// The label's probability with the word minus its probability without the word, -1 to 1.
    score: f64,
}

impl From<Explanation> for ExplanationDto {
    fn from(explanation: Explanation) -> Self {
        Self {
            method: explanation.method.name(),
            label: explanation.label,
            words: explanation.words.into_iter().map(Into::into).collect(),
            cleaned_text: explanation.cleaned_text,
            truncated: explanation.truncated,
            text_windows: explanation.windows.map(Into::into),
        }
    }
}

impl From<WordScore> for WordScoreDto {
    fn from(word: WordScore) -> Self {
        Self {
            word: word.word,
            start: word.start,
            end: word.end,
            byte_start: word.byte_start,
            byte_end: word.byte_end,
            score: word.score,
        }
    }
}
