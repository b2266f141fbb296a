//! Erasures on the wire.

use feedback_store::Erasure;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::rfc3339;

/// What to erase: one of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EraseRequest {
    /// Exactly this text.
    #[schema(value_type = String, required = false, min_length = 1)]
    pub(crate) text: Option<String>,
    /// All texts from this source.
    #[schema(value_type = String, required = false, min_length = 1)]
    pub(crate) source: Option<String>,
    /// All texts of this batch.
    #[schema(value_type = i64, required = false, minimum = 1)]
    pub(crate) batch_id: Option<i64>,
}

/// The receipt of an erasure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
pub(crate) struct ErasureDto {
    pub(crate) id: i64,
    /// RFC 3339.
    pub(crate) at: String,
    /// Who did it.
    pub(crate) actor: String,
    /// `prediction`, `text`, `source`, `batch` or `age`.
    pub(crate) kind: String,
    /// The number of the prediction or batch, the source, or the time (milliseconds since 1970); empty for a text.
    pub(crate) reference: String,
    /// How many predictions were erased.
    pub(crate) predictions: u64,
    /// How many corrections of them were erased.
    pub(crate) corrections: u64,
}

impl From<Erasure> for ErasureDto {
    fn from(erasure: Erasure) -> Self {
        Self {
            id: erasure.id,
            at: rfc3339(erasure.at),
            actor: erasure.actor,
            kind: erasure.kind,
            reference: erasure.reference,
            predictions: erasure.predictions,
            corrections: erasure.corrections,
        }
    }
}
