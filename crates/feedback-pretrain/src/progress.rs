//! What a pretraining reports, on the way and at the end.

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
    /// Training continues after this update.
    Resumed(usize),
    /// The figures on the held-out texts before the first step.
    Before(&'a Metrics),
}

/// The result of `pretrain`, in the form that `--format json` prints.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PretrainSummary {
    /// The model folder.
    pub model: PathBuf,
    /// Wall time of the whole recipe.
    pub seconds: f64,
    /// Epochs done.
    pub epochs: f64,
    /// Updates done.
    pub steps: usize,
    /// The update after which the kept model was evaluated.
    pub best_step: Option<usize>,
    /// Why training ended: `completed`, or the reason.
    pub stopped_by: String,
    /// Training texts.
    pub train_rows: usize,
    /// Held-out texts.
    pub validation_rows: usize,
    /// Unusable rows, which were left out.
    pub set_aside: usize,
    /// Figures on the held-out texts before training.
    pub before: BTreeMap<String, f64>,
    /// Figures of the kept model on the held-out texts.
    pub after: BTreeMap<String, f64>,
}
