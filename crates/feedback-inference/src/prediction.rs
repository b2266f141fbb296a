//! What a model predicts for a text.

use serde::Serialize;

/// A label and its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// The label.
    pub label: String,
    /// Its probability, 0 to 1.
    pub score: f64,
}

/// What a model answers to a further question about a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The name of the question.
    pub question: String,
    /// The most likely label with its probability. For a question with several labels per text: all labels whose
    /// probability reaches the question's threshold, most likely first; there may be none.
    pub labels: Vec<Score>,
}

/// The prediction for one text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The label with the highest score.
    pub predicted_label: String,
    /// The probability of the predicted label, 0 to 1: softmax of logits / temperature.
    pub confidence: f64,
    /// Whether the confidence is below the model's threshold; absent if the model has no threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstained: Option<bool>,
    /// All labels with their probabilities, most likely first. The probabilities sum to 1.
    pub scores: Vec<Score>,
    /// The answers to the model's further questions, in their order; most models have none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// Whether the text exceeded the model's maximum length and was cut.
    pub truncated: bool,
}
