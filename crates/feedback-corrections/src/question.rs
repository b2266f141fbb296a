//! The questions that people are asked.

use serde::{Deserialize, Serialize};

use crate::row_id::RowId;

/// A label and its probability according to the model.
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
    /// The id of the row; an answer to the question has the same id.
    pub id: RowId,
    /// The text of the row.
    pub text: String,
    /// The current label of the row; `None` for an unlabelled text.
    pub label: Option<String>,
    /// The label that the model predicts.
    pub predicted_label: String,
    /// The probability of the predicted label, 0 to 1.
    pub confidence: f64,
    /// The loss of the row: −log of the probability of its current label; `None` for an unlabelled text.
    pub loss: Option<f64>,
    /// The three most probable labels, highest first.
    pub scores: Vec<LabelScore>,
    /// The number of optimizer updates done when the model made this prediction.
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
