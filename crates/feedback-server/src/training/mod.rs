//! Training in the background. Each training runs in a separate process, so that serving continues, and has its own folder.
//!
//! The server itself does not train. The program passes a [`Trainer`], which creates the command to run. The command reads the
//! job from its [`TrainingFolder`](feedback_corrections::TrainingFolder), logs events while it runs, and finally writes the
//! model and the outcome. When its standard input is closed, the command saves a checkpoint and exits. So the command also
//! exits if the server is killed.

mod curve;
mod job;
mod manager;
mod stored;
mod watcher;

pub(crate) use curve::{Curve, Validation, read_curve};
pub use job::{Training, TrainingState};
pub use manager::{Trainer, Trainings};
pub(crate) use stored::{Labelled, MIN_TEXTS, StoredRows, TEXTS_PER_LABEL};
