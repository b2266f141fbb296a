//! The options of a comparison.

use std::path::PathBuf;

use feedback_clean::Cleaning;
use feedback_dataset::read::{OnBadRow, ReadOptions};

use crate::gate::Gate;
use feedback_pipeline::data::LeakPolicy;

/// What to compare, and on which rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CompareOptions {
    /// The file that the baselines are trained on.
    pub train: PathBuf,
    /// The file that all models and baselines are evaluated on.
    pub test: PathBuf,
    /// The model folders. Gates apply to the first model; the first model's encoder is also evaluated with an untrained head.
    pub models: Vec<PathBuf>,
    /// The folder of the frozen encoder. By default the encoder of the first model, which was already trained on the labels.
    pub encoder: Option<PathBuf>,
    /// Requirements on the first model.
    pub gates: Vec<Gate>,
    /// How files are read.
    pub read: ReadOptions,
    /// What to do about unusable rows.
    pub on_bad_row: OnBadRow,
    /// What to clean in all texts, for the models and the baselines. Each model also cleans what it was trained to clean.
    pub cleaning: Cleaning,
    /// What to do about training texts that also occur in the test file.
    pub leak_policy: LeakPolicy,
}

impl CompareOptions {
    /// Returns the options to compare only the baselines on these files. Unusable rows and leaks are errors.
    pub fn new(train: PathBuf, test: PathBuf) -> Self {
        Self {
            train,
            test,
            models: Vec::new(),
            encoder: None,
            gates: Vec::new(),
            read: ReadOptions::default(),
            on_bad_row: OnBadRow::Fail,
            cleaning: Cleaning::default(),
            leak_policy: LeakPolicy::Refuse,
        }
    }
}
