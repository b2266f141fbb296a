//! The serving model, and results together with the model that produced them.

use std::sync::Arc;

use feedback_inference::Explanation;

use super::error::ServingError;
use super::model::Model;
use super::prediction::Prediction;

/// The serving model, with the id that results refer to.
#[derive(Clone)]
pub struct Served {
    /// The id of the model in the store.
    pub id: Arc<str>,
    /// The model.
    pub model: Arc<dyn Model>,
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Results, and the model that produced them.
#[derive(Debug)]
pub struct Classified {
    /// The model.
    pub served: Served,
    /// One result for each text, in the order of the texts.
    pub results: Vec<Result<Prediction, ServingError>>,
}

/// A prediction with its explanation, and the model that produced them.
#[derive(Debug)]
pub struct Explained {
    /// The model.
    pub served: Served,
    /// The prediction for the text.
    pub prediction: Prediction,
    /// How much each word mattered for the first label or, without labels, for the one with the highest score.
    pub explanation: Explanation,
}
