//! What another model says about stored texts.

use crate::predictions::{ModelAnswer, Score};

/// What another model says about a stored text. It takes the place of what the earlier model said; labels from people stay.
#[derive(Debug, Clone, PartialEq)]
pub struct Reclassified {
    /// The id of the prediction.
    pub id: i64,
    /// The labels that the model gives: as in [`NewPrediction`](crate::NewPrediction), like all that follows.
    pub labels: Vec<String>,
    /// How sure the model is, 0 to 1.
    pub confidence: f64,
    /// How close the model is to another answer.
    pub margin: f64,
    /// Whether the confidence is below the model's threshold; `None` if the model has no threshold.
    pub abstained: Option<bool>,
    /// Whether the text was cut to the model's maximum length.
    pub truncated: bool,
    /// How unlike the texts of its training the model finds the text, 0 to 1; `None` if the model does not say.
    pub unfamiliarity: Option<f64>,
    /// All scores, highest first.
    pub scores: Vec<Score>,
    /// The answers to the model's further questions.
    pub answers: Vec<ModelAnswer>,
    /// The model's id.
    pub model: String,
}
