//! What computes vectors: the serving model or, if it has none, another model.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use feedback_files::sha256_hex;

use crate::error::{Error, Result};
use crate::serving::Model;

/// Loads a model for vectors; called once, and only if a serving model has none.
pub type EncoderLoader = Arc<dyn Fn() -> Result<Arc<dyn Model>> + Send + Sync>;

/// The texts whose vectors tell encoders apart.
const PROBES: [&str; 3] = [
    "The app crashes whenever I open the export.",
    "thank you",
    "Where can I change my address? I moved in May and my letters still go to the old one.",
];

/// A model that computes vectors.
pub(crate) struct Encoder {
    model: Arc<dyn Model>,
    fingerprint: String,
    width: usize,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("fingerprint", &self.fingerprint)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

impl Encoder {
    /// Returns the encoder of a model; `None` if the model has no vectors.
    ///
    /// The fingerprint is a hash of the vectors of some texts. So two models that differ only in the classifier have the same one, and
    /// all vectors stay when one replaces the other.
    ///
    /// # Errors
    ///
    /// The model fails.
    pub(crate) fn of(model: Arc<dyn Model>) -> Result<Option<Self>> {
        let texts = PROBES.map(str::to_owned);
        let Some(values) = compute(&*model, &texts)? else {
            return Ok(None);
        };
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Ok(Some(Self {
            model,
            fingerprint: sha256_hex(bytes),
            width: values.len() / texts.len(),
        }))
    }

    /// Says which vectors can be compared with each other.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Returns the vector of each text; `None` for a text that the model fails on.
    pub(crate) fn vectors(&self, texts: &[String]) -> Vec<Option<Vec<f32>>> {
        // A model has no state that an interrupted forward pass could corrupt.
        let outcome = catch_unwind(AssertUnwindSafe(|| compute(&*self.model, texts)));
        match outcome {
            Ok(Ok(Some(values))) if values.len() == texts.len() * self.width => {
                return values.chunks_exact(self.width.max(1)).map(usable).collect();
            }
            Ok(Err(error)) if texts.len() == 1 => {
                tracing::warn!(%error, "the model fails on a text, which gets no vector");
            }
            _ => {}
        }
        if texts.len() <= 1 {
            return vec![None; texts.len()];
        }
        let (left, right) = texts.split_at(texts.len() / 2);
        let mut all = self.vectors(left);
        all.extend(self.vectors(right));
        all
    }
}

/// A vector that has a direction.
fn usable(vector: &[f32]) -> Option<Vec<f32>> {
    let is_usable = vector.iter().all(|value| value.is_finite()) && vector.iter().any(|value| *value != 0.0);
    is_usable.then(|| vector.to_vec())
}

fn compute(model: &dyn Model, texts: &[String]) -> Result<Option<Vec<f32>>> {
    let encodings = model.encode(texts)?;
    let encodings: Vec<_> = encodings.iter().collect();
    model.vectors_of(&encodings).map_err(Error::from)
}
