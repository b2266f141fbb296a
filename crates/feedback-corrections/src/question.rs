//! What a training asks people, and what they say.

use serde::{Deserialize, Serialize};

/// The rows that a training at work is wrong about or in doubt of.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Questions {
    /// The labels to choose from, in the model's order.
    pub labels: Vec<String>,
    /// The rows, the most pressing first, without those that somebody has answered.
    pub rows: Vec<Question>,
}

/// A row that people are asked about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// Its name within the training, such as `train:12`; a [`Reply`] names it.
    pub row: String,
    /// Its text.
    pub text: String,
    /// The label that it has; `None` for an unlabelled text.
    pub label: Option<String>,
    /// What the model being trained says.
    pub predicted_label: String,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
}

/// What somebody says about a row: a label, or that the row is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The row.
    pub row: String,
    /// The label that it should have; the one it has confirms it.
    #[serde(default)]
    pub label: Option<String>,
    /// True where the row should be neither learnt from nor measured with. Then there is no label.
    #[serde(default)]
    pub drop: bool,
}
