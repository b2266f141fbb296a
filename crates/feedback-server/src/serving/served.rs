//! The model that serves, and results with the model they are from.

use std::sync::Arc;

use feedback_inference::{Explanation, Prediction};

use super::error::ServingError;
use super::model::Model;

/// A model that serves, under the name by which results refer to it.
#[derive(Clone)]
pub struct Served {
    /// Its id in the store.
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

/// Results, and the model they are from.
#[derive(Debug)]
pub struct Classified {
    /// The model.
    pub served: Served,
    /// One for each text, in order.
    pub results: Vec<Result<Prediction, ServingError>>,
}

/// A prediction with its reasons.
#[derive(Debug)]
pub struct Explained {
    /// The model.
    pub served: Served,
    /// What it says of the text.
    pub prediction: Prediction,
    /// Which words mattered for that.
    pub explanation: Explanation,
}
