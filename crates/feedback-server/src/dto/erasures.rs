//! The JSON types of erasures.

use feedback_store::Erasure;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::rfc3339;

/// What to erase: exactly one of `text`, `source`, `batch_id` and `field`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EraseRequest {
    /// Exactly this text.
    #[schema(value_type = String, required = false, min_length = 1)]
    pub(crate) text: Option<String>,
    /// All texts from this source.
    #[schema(value_type = String, required = false, min_length = 1)]
    pub(crate) source: Option<String>,
    /// All texts of this batch, also after the batch was removed.
    #[schema(value_type = i64, required = false, minimum = 1)]
    pub(crate) batch_id: Option<i64>,
    /// All texts whose record has this value in this field.
    #[schema(value_type = EraseField, required = false)]
    pub(crate) field: Option<EraseField>,
}

/// A field and its value, as in the filter `field[NAME]=VALUE` of the history.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EraseField {
    /// The name of the field, such as `customer`.
    #[schema(min_length = 1)]
    pub(crate) name: String,
    /// The value of the field; a number or a boolean is given as a string.
    #[schema(min_length = 1)]
    pub(crate) value: String,
}

/// The receipt of an erasure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
pub(crate) struct ErasureDto {
    pub(crate) id: i64,
    /// When the texts were erased (RFC 3339).
    pub(crate) at: String,
    /// Who erased: the name of a key, `local` if the server has no keys, or `retention` for old texts.
    pub(crate) actor: String,
    /// `prediction`, `text`, `source`, `batch`, `field` or `age`.
    pub(crate) kind: String,
    /// The id of the prediction or batch, the source, or the name of the field; for `age`, the time before which texts were erased,
    /// in milliseconds since 1970; empty for a text.
    pub(crate) reference: String,
    /// Number of erased predictions.
    pub(crate) predictions: u64,
    /// Number of erased corrections of these predictions.
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
