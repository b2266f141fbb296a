//! Drift: whether new texts still resemble those that the serving model was trained on.
//!
//! A check is made in a separate process, on request and once a day: the program compares the newest texts with the profile in the
//! model folder, or with the texts before them if the model has none. The result of the newest check is kept; it names words, so
//! an erasure removes it.

mod checks;
mod result;
mod schedule;

pub(crate) use checks::{Checks, remove_checks};
pub(crate) use result::{Against, Check, DriftResult, Measure, Moved};
pub(crate) use schedule::Schedule;
