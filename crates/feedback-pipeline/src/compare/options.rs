//! What a comparison is about.

use std::path::PathBuf;

use feedback_dataset::read::{OnBadRow, ReadOptions};

use crate::compare::gate::Gate;
use crate::data::LeakPolicy;

/// What to compare, and on which rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CompareOptions {
    /// Baselines learn from this file.
    pub train: PathBuf,
    /// Everything is scored on this file.
    pub test: PathBuf,
    /// The models; gates apply to the first, and its encoder also gets the untrained head.
    pub models: Vec<PathBuf>,
    /// The folder of the frozen encoder; by default the first model's own, which has learnt the labels already.
    pub encoder: Option<PathBuf>,
    /// What the first model must reach.
    pub gates: Vec<Gate>,
    /// How files are read.
    pub read: ReadOptions,
    /// What to do about unusable rows.
    pub on_bad_row: OnBadRow,
    /// What to do about training texts that also occur in the test file.
    pub leak_policy: LeakPolicy,
}

impl CompareOptions {
    /// The baselines alone, on these files; unusable rows and leaks are refused.
    pub fn new(train: PathBuf, test: PathBuf) -> Self {
        Self {
            train,
            test,
            models: Vec::new(),
            encoder: None,
            gates: Vec::new(),
            read: ReadOptions::default(),
            on_bad_row: OnBadRow::Fail,
            leak_policy: LeakPolicy::Refuse,
        }
    }
}
