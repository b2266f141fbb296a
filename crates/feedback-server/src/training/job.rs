//! What a training is asked to do, and how it is.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a training is asked to do: `job.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingJob {
    /// The labelled file to split and train on.
    pub data: PathBuf,
    /// The corrections to train on as well, as JSON lines with `text` and `label`.
    pub corrections: PathBuf,
    /// What to start from: a folder or `scratch:…`.
    pub base: String,
    /// How tokens become one vector: `cls` or `mean`.
    pub pooling: String,
    /// Times to go through the training data; what suits the base where absent.
    pub num_train_epochs: Option<usize>,
    /// Highest learning rate; what suits the base where absent.
    pub learning_rate: Option<f64>,
    /// Texts in one pass; the usual number where absent.
    pub per_device_train_batch_size: Option<usize>,
    /// Whether people are asked about hard rows while it learns.
    #[serde(default)]
    pub ask_people: bool,
    /// Seed of everything random.
    pub seed: u64,
    /// The folder of the model that serves, which the new one is compared with on the same test rows.
    pub serving: PathBuf,
    /// When it was asked for; milliseconds since 1970.
    pub created_at: i64,
}

/// How a training is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingState {
    /// At work.
    Running,
    /// Ended before its end; it can go on.
    Stopped,
    /// Ended by a failure, which its log names.
    Failed,
    /// Its model is among the models.
    Done,
}

impl TrainingState {
    /// The name for people.
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
    /// The id of the model it made.
    pub(super) model: Option<String>,
}

/// A training as it stands in its folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// Its name: the time at which it was asked for.
    pub id: String,
    /// What it was asked to do.
    pub job: TrainingJob,
    /// How it is.
    pub state: TrainingState,
    /// The id of the model it made.
    pub model: Option<String>,
    /// `result.json`: `test` for the new model and `serving` for the one that served, on the same rows.
    pub result: Option<Value>,
    /// The end of its log.
    pub log: String,
}
