//! The progress notices and the result of pretraining.

use std::collections::BTreeMap;
use std::path::PathBuf;

use feedback_bert::DeviceChoice;
use feedback_bert::weights::LoadReport;
use feedback_trainer::{Damaged, Metrics};
use serde::Serialize;

use crate::texts::UnlabelledTexts;

/// Progress of `pretrain`.
#[derive(Debug)]
#[non_exhaustive]
pub enum PretrainNotice<'a> {
    /// The device that was chosen.
    Device(DeviceChoice),
    /// The texts.
    Texts(&'a UnlabelledTexts),
    /// Which parts of the model were not read from its folder.
    Model(&'a LoadReport),
    /// A damaged checkpoint has been set aside.
    Damaged(&'a Damaged),
    /// Training was resumed from the checkpoint saved after this number of updates.
    Resumed(usize),
    /// The metrics on the held-out texts before the first step.
    Before(&'a Metrics),
}

/// The result of `pretrain`, in the form that `--format json` prints.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PretrainSummary {
    /// The model folder.
    pub model: PathBuf,
    /// Wall time of the whole pretraining, in seconds.
    pub seconds: f64,
    /// Number of epochs done.
    pub epochs: f64,
    /// Number of updates done.
    pub steps: usize,
    /// Number of updates before the best evaluation.
    pub best_step: Option<usize>,
    /// Why training ended: `completed`, or the reason for an early end.
    pub stopped_by: String,
    /// Number of training texts.
    pub train_rows: usize,
    /// Number of held-out texts.
    pub validation_rows: usize,
    /// Number of unusable rows, which were left out.
    pub set_aside: usize,
    /// Metrics on the held-out texts before training.
    pub before: BTreeMap<String, f64>,
    /// Metrics of the saved model on the held-out texts.
    pub after: BTreeMap<String, f64>,
}
