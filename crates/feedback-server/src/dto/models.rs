//! The JSON types of models.

use feedback_store::{ModelRecord, ModelState};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use crate::clock::rfc3339;
use crate::model_names::{ModelNames, Named};
use crate::openapi::one_of;

fn model_states() -> Object {
    let states = [
        ModelState::Candidate,
        ModelState::Serving,
        ModelState::Retired,
        ModelState::Discarded,
    ];
    one_of(&states.map(ModelState::name))
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Model)]
pub(crate) struct ModelDto {
    pub(crate) id: String,
    /// What people call it; empty if it has no name.
    pub(crate) name: String,
    /// What people noted about it.
    pub(crate) note: String,
    pub(crate) origin: String,
    #[schema(schema_with = model_states)]
    pub(crate) state: &'static str,
    pub(crate) labels: Vec<String>,
    /// The manifest of the model folder: calibration, test metrics, data, versions.
    #[schema(value_type = Option<Object>, required)]
    pub(crate) manifest: Value,
    pub(crate) added_at: String,
    #[schema(required)]
    pub(crate) served_at: Option<String>,
}

impl ModelDto {
    pub(crate) fn new(model: ModelRecord, names: &ModelNames) -> Self {
        let Named { name, note } = names.of(&model.id);
        Self {
            id: model.id,
            name,
            note,
            origin: model.origin,
            state: model.state.name(),
            labels: model.labels,
            manifest: model.manifest,
            added_at: rfc3339(model.added_at),
            served_at: model.served_at.map(rfc3339),
        }
    }
}

/// The body of `PATCH /api/v1/models/{id}`. What it leaves out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelChange {
    /// What people call the model: at most 80 characters on one line; empty for no name.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub(crate) name: Option<String>,
    /// What is to be known about it: at most 2,000 characters.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub(crate) note: Option<String>,
}
