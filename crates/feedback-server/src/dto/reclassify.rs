//! The JSON types of the classification of stored texts with the serving model.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use crate::clock::rfc3339;
use crate::openapi::one_of;
use crate::reclassify::Ended;
use crate::services::reclassify::Found;

fn states() -> Object {
    one_of(&["idle", "running", "done", "cancelled"])
}

/// How far the classification of stored texts with the serving model is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reclassification)]
pub(crate) struct ReclassificationDto {
    /// The id of the serving model.
    model: String,
    /// Number of texts that another model has classified.
    waiting: u64,
    /// `idle` if there was no job since the server was started.
    #[schema(schema_with = states)]
    state: &'static str,
    /// Who started the job that runs; `null` if none runs.
    #[schema(required)]
    started_by: Option<String>,
    /// When it was started (RFC 3339); `null` if none runs.
    #[schema(required)]
    started_at: Option<String>,
    /// Number of texts that the job has classified since it, or the server, was started.
    done: u64,
    /// Number of texts that the model could not classify. They keep what the earlier model said.
    failed: u64,
    /// The first of these texts.
    failures: Vec<NotClassifiedDto>,
    /// Why the job waits, such as a full disk; `null` if it does not.
    #[schema(required)]
    message: Option<String>,
}

/// A text that the model could not classify.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotClassified)]
pub(crate) struct NotClassifiedDto {
    /// The id of the text.
    id: i64,
    /// Why.
    reason: String,
}

impl From<Found> for ReclassificationDto {
    fn from(found: Found) -> Self {
        let status = found.status;
        let (started_by, started_at) = status.started.unzip();
        Self {
            model: found.model,
            waiting: found.waiting,
            state: match status.ended {
                _ if started_at.is_some() => "running",
                None => "idle",
                Some(Ended::Done) => "done",
                Some(Ended::Cancelled) => "cancelled",
            },
            started_by,
            started_at: started_at.map(rfc3339),
            done: status.progress.done,
            failed: status.progress.failed,
            failures: status
                .progress
                .named
                .into_iter()
                .map(|(id, reason)| NotClassifiedDto { id, reason })
                .collect(),
            message: status.progress.waits,
        }
    }
}
