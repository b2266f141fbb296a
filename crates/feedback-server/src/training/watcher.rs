//! Watches the process of a training.

use std::process::{Child, ChildStdin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use feedback_corrections::TrainingFolder;
use feedback_files::{JsonLayout, write_json};

use super::job::{Status, TrainingState};
use crate::clock::locked;
use crate::events::{Event, Events};
use crate::models::Models;

/// The file that records how a training ended. It does not exist while the training runs, or if the server ended first.
pub(super) const STATUS: &str = "status.json";

pub(super) struct Running {
    pub(super) id: String,
    /// The standard input of the process. Closing it asks the process to stop.
    pub(super) stdin: Option<ChildStdin>,
}

/// Waits for a training process and records how it ended.
pub(super) struct Watcher {
    pub(super) id: String,
    pub(super) folder: TrainingFolder,
    pub(super) models: Arc<Models>,
    pub(super) events: Events,
    pub(super) running: Arc<Mutex<Option<Running>>>,
    pub(super) ending: Arc<AtomicBool>,
    pub(super) runtime: tokio::runtime::Handle,
}

impl Watcher {
    pub(super) fn watch(self, mut child: Child) {
        let code = child.wait().ok().and_then(|status| status.code());
        let is_interrupted = matches!(code, Some(130 | 143)) && self.ending.load(Ordering::Relaxed);
        if is_interrupted {
            // Without a status, the next start of the server resumes the training.
            return;
        }
        let status = match code {
            Some(0) => self.adopt(),
            Some(130 | 143) => Status {
                state: TrainingState::Stopped,
                model: None,
            },
            _ => Status {
                state: TrainingState::Failed,
                model: None,
            },
        };
        if let Err(error) = write_json(self.folder.path().join(STATUS), &status, JsonLayout::Pretty) {
            tracing::error!(training = self.id, %error, hint = error.hint(), "cannot record how a training ended");
        }
        tracing::info!(
            training = self.id,
            state = status.state.name(),
            "a training ended"
        );
        *locked(&self.running) = None;
        self.events.send(Event::Training { id: self.id });
    }

    /// Adds the new model to the models. Returns the status to record.
    fn adopt(&self) -> Status {
        match self.runtime.block_on(self.models.add(&self.folder.model())) {
            Ok(model) => Status {
                state: TrainingState::Done,
                model: Some(model),
            },
            Err(error) => {
                tracing::error!(training = self.id, %error, hint = error.hint(), "the model of a training cannot be used");
                Status {
                    state: TrainingState::Failed,
                    model: None,
                }
            }
        }
    }
}
