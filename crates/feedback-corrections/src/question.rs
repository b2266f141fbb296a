//! What people are asked.

use serde::{Deserialize, Serialize};

use crate::row_id::RowId;

/// A label and the probability that the model gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelScore {
    /// The label.
    pub label: String,
    /// The probability, 0 to 1.
    pub score: f64,
}

/// A row that a person is asked about: a line of `queue.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The row; an answer names it.
    pub id: RowId,
    /// Its text.
    pub text: String,
    /// The label that it has; `None` for an unlabelled text.
    pub label: Option<String>,
    /// The label that the model predicts.
    pub predicted_label: String,
    /// The probability of that label, 0 to 1.
    pub confidence: f64,
    /// The loss of the row's label, −log of its probability; `None` for an unlabelled text.
    pub loss: Option<f64>,
    /// The three most probable labels, highest first.
    pub scores: Vec<LabelScore>,
    /// The optimizer updates done when the model was asked.
    pub global_step: usize,
}

/// The questions of a training that nobody has answered yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpenQuestions {
    /// The labels to choose from, in the model's order. Empty until the training has read its data.
    pub labels: Vec<String>,
    /// The questions, most important first.
    pub questions: Vec<Question>,
}
