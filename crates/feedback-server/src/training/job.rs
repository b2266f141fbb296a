//! A training and its state.

use feedback_corrections::{Job, Outcome};
use serde::{Deserialize, Serialize};

/// The state of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingState {
    /// Its process is running.
    Running,
    /// It was stopped and can be resumed.
    Stopped,
    /// It failed; its log has the reason.
    Failed,
    /// It is done, and its model is among the models.
    Done,
}

impl TrainingState {
    /// The name in the API and on pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Done => "done",
        }
    }
}

/// `status.json`, which the server writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Status {
    pub(super) state: TrainingState,
    /// The id of the new model.
    pub(super) model: Option<String>,
}

/// A training, as read from its folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// Its name: the time at which it was started, in milliseconds since 1970.
    pub id: String,
    /// What it was asked to do.
    pub job: Job,
    /// Its state.
    pub state: TrainingState,
    /// The id of the new model.
    pub model: Option<String>,
    /// The figures of the new model and of the serving one; `None` before it is done.
    pub outcome: Option<Outcome>,
    /// The end of its log.
    pub log: String,
}
