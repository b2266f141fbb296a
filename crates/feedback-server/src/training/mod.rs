//! Training in the background: a process of its own, so that serving goes on, and a folder that says how it is.
//!
//! The server trains nothing itself. A [`Trainer`], which the program hands to it, makes the command; the command reads
//! `job.json` in its folder, writes `run/events.jsonl` while it works, and in the end `result.json` and `model/`. It ends
//! early, with a checkpoint, when its standard input ends: so it also ends when the server is killed.

mod curve;
mod job;
mod manager;
mod people;

pub(crate) use curve::{Curve, Validation, read_curve};
pub use job::{Training, TrainingJob, TrainingState};
pub use manager::{Trainer, Trainings};
pub use people::{Question, Questions, Reply};
