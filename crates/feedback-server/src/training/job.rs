//! A training and its state.

use feedback_corrections::{Job, Outcome};
use serde::{Deserialize, Serialize};

/// The state of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingState {
    /// The training process is running.
    Running,
    /// It was stopped and can be resumed.
    Stopped,
    /// It failed; the log contains the reason.
    Failed,
    /// It is done, and the new model was added to the models.
    Done,
}

impl TrainingState {
    /// Returns the name in the API and on pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Done => "done",
        }
    }
}

/// The content of `status.json`, which the server writes when a training ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Status {
    pub(super) state: TrainingState,
    /// The id of the new model; `None` if the training did not produce a usable one.
    pub(super) model: Option<String>,
}

/// A training, as read from its folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// The id: the time at which the training was started, in milliseconds since 1970.
    pub id: String,
    /// The settings of the training.
    pub job: Job,
    /// The state of the training.
    pub state: TrainingState,
    /// The id of the new model; `None` before the training is done.
    pub model: Option<String>,
    /// The metrics of the new model and of the serving model; `None` before they are measured.
    pub outcome: Option<Outcome>,
    /// The last part of the log.
    pub log: String,
}
