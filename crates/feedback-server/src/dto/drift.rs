//! The JSON types of drift.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::drift::{Against, Check, Checks, DriftResult};

/// The newest check of whether new texts still resemble those that the model was trained on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Drift)]
pub(crate) struct DriftDto {
    /// Whether a check is running.
    running: bool,
    /// The newest check; `null` if there is none, or if a text was erased since.
    #[schema(required)]
    latest: Option<CheckDto>,
}

/// A check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DriftCheck)]
pub(crate) struct CheckDto {
    /// When it ended (RFC 3339).
    checked_at: String,
    /// The id of the model.
    model: String,
    /// What the newest texts were compared with: held-out texts of the model's `training`, or `earlier` texts.
    against: Against,
    /// What it found; `null` if it failed.
    #[schema(required)]
    result: Option<DriftResult>,
    /// Why it failed.
    #[schema(required)]
    message: Option<String>,
}

impl From<&Checks> for DriftDto {
    fn from(checks: &Checks) -> Self {
        Self {
            running: checks.is_running(),
            latest: checks.latest().map(Into::into),
        }
    }
}

impl From<Check> for CheckDto {
    fn from(check: Check) -> Self {
        Self {
            checked_at: rfc3339(check.checked_at),
            model: check.model,
            against: check.against,
            result: check.result,
            message: check.message,
        }
    }
}
