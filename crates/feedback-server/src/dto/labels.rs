//! The JSON types of labels.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use crate::clock::rfc3339;
use crate::openapi::one_of;
use crate::services::bulk_labels::BulkLabel;
use crate::services::labels::Origin;

fn origins() -> Object {
    one_of(&["model", "theme", "person"])
}

/// A label that people can give a text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Label)]
pub(crate) struct LabelDto {
    label: String,
    /// `model`: the serving model predicts it. `theme`: a theme became this label. `person`: somebody added it.
    #[schema(schema_with = origins)]
    origin: &'static str,
}

impl From<(String, Origin)> for LabelDto {
    fn from((label, origin): (String, Origin)) -> Self {
        let origin = match origin {
            Origin::Model => "model",
            Origin::Theme => "theme",
            Origin::Person => "person",
        };
        Self { label, origin }
    }
}

/// The body of `POST /api/v1/labels`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelRequest {
    /// The new label: 1 to 80 characters on one line, without `; `, and not `∅`.
    pub(crate) label: String,
}

/// A label that many texts were given at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkLabel)]
pub(crate) struct BulkLabelDto {
    pub(crate) id: u64,
    pub(crate) label: String,
    /// Who gave it.
    pub(crate) by: String,
    /// When (RFC 3339).
    pub(crate) at: String,
    /// Number of texts that were given the label.
    pub(crate) texts: usize,
}

impl From<BulkLabel> for BulkLabelDto {
    fn from(made: BulkLabel) -> Self {
        Self {
            id: made.id,
            label: made.label,
            by: made.by,
            at: rfc3339(made.at),
            texts: made.corrections.len().max(made.pending.len()),
        }
    }
}
