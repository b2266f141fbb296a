//! Training in the background: a process of its own, so that serving continues, and a folder with its files.
//!
//! The server trains nothing itself. A [`Trainer`], which the program hands to it, makes the command. The command reads the
//! job from its [`TrainingFolder`](feedback_corrections::TrainingFolder), logs events while it runs, and in the end writes
//! the model and the outcome. When its standard input ends, it saves a checkpoint and exits: so it also ends when the
//! server is killed.

mod curve;
mod job;
mod manager;

pub(crate) use curve::{Curve, Validation, read_curve};
pub use job::{Training, TrainingState};
pub use manager::{Trainer, Trainings};
