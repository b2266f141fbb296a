//! What a check found.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the newest texts were compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Against {
    /// Test and validation texts of the model's training.
    Training,
    /// The texts before the newest ones: the model has no profile of its training.
    Earlier,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Check {
    /// When it ended, in milliseconds since 1970.
    pub(crate) checked_at: i64,
    /// The id of the serving model.
    pub(crate) model: String,
    pub(crate) against: Against,
    /// The id of the newest text.
    pub(crate) newest: i64,
    pub(crate) result: Option<DriftResult>,
    /// Why there is no result.
    pub(crate) message: Option<String>,
}

/// How the newest texts differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct DriftResult {
    /// Whether a measure has moved.
    pub(crate) alarm: bool,
    /// The rate of false alarms: if nothing has changed, this share of checks raises an alarm.
    pub(crate) level: f64,
    /// The p-value of all measures together, 0 to 1.
    pub(crate) p_value: f64,
    /// Number of different texts that the newest ones were compared with.
    pub(crate) n_reference: usize,
    /// Number of different texts among the newest ones.
    pub(crate) n_current: usize,
    /// Number of the newest texts that repeat another one and were left out.
    #[serde(alias = "n_repeated")]
    pub(crate) repeated: usize,
    /// All measures.
    pub(crate) measures: Vec<Measure>,
    /// All labels of the model.
    pub(crate) labels: Vec<Moved>,
    /// Words that are in more or fewer texts, the clearest first; at most 20.
    pub(crate) words: Vec<Moved>,
}

/// A measure of the texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Measure {
    /// What is measured: `labels`, `confidence`, `length` (in tokens), `unknown_tokens`, `meaning` (the mean vector) or `groups`
    /// (of similar texts).
    pub(crate) kind: String,
    /// The mean of the texts compared with; `null` for labels, meaning and groups.
    #[schema(required)]
    pub(crate) reference: Option<f64>,
    /// The mean of the newest texts.
    #[schema(required)]
    pub(crate) current: Option<f64>,
    /// The difference of the means. For labels and groups, the share of texts that would have to move; for meaning, the distance
    /// of the mean vectors.
    pub(crate) change: f64,
    /// The p-value, adjusted for the number of measures.
    pub(crate) adjusted_p_value: f64,
    /// Whether the adjusted p-value is at most the level.
    pub(crate) moved: bool,
}

/// A label or word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Moved {
    /// The label or word.
    pub(crate) name: String,
    /// The share of the texts compared with, 0 to 1.
    pub(crate) reference: f64,
    /// The share of the newest texts, 0 to 1.
    pub(crate) current: f64,
    /// `current` − `reference`.
    pub(crate) change: f64,
    /// The 95 % interval of the change.
    pub(crate) interval: ChangeInterval,
    /// Whether the change is clear, with the number of labels or words taken into account.
    pub(crate) moved: bool,
}

/// An interval of a change of a share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChangeInterval {
    /// The lower end.
    pub(crate) low: f64,
    /// The upper end.
    pub(crate) high: f64,
}
