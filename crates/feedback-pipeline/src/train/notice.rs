//! Progress notices of a training run.

use std::collections::BTreeMap;
use std::path::Path;

use feedback_bert::DeviceChoice;
use feedback_bert::weights::LoadReport;
use feedback_trainer::Damaged;

use crate::data::PreparedData;
use crate::evaluate::FileEvaluation;
use crate::train::alike::AlikeTexts;

/// Progress of `train`.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainNotice<'a> {
    /// The device that was chosen.
    Device(DeviceChoice),
    /// The run folder.
    Run(&'a Path),
    /// A damaged checkpoint has been set aside.
    Damaged(&'a Damaged),
    /// The run continues after this update; `None` if there is no complete checkpoint, so that it starts again.
    Resumed(Option<usize>),
    /// The data, split and checked.
    Data(&'a PreparedData),
    /// A linear classifier was fitted on the frozen encoder.
    Head {
        /// The chosen inverse strength of the penalty.
        c: f64,
        /// Its metrics on the validation rows.
        validation: &'a BTreeMap<String, f64>,
        /// Its metrics on the test rows, if they were measured.
        test: Option<&'a FileEvaluation>,
        /// The model folder, if the classifier is in it: fine-tuning then replaces it only if it is better.
        model: Option<&'a Path>,
        /// Validation and test texts that say what a training text says.
        alike: Option<&'a AlikeTexts>,
        /// Number of training texts that are too long and are cut.
        truncated: usize,
        /// Seconds since the start of the training.
        seconds: f64,
    },
    /// The fine-tuned model was compared with the linear classifier on the validation rows.
    Compared {
        /// The metric for the best model.
        metric: &'a str,
        /// Its value for the linear classifier.
        head: f64,
        /// Its value for the fine-tuned model.
        fine_tuned: f64,
        /// Whether the fine-tuned model replaces the linear classifier.
        fine_tuned_is_better: bool,
    },
    /// The model before the first step.
    Model {
        /// Number of parameters, adapters included.
        parameters: usize,
        /// Number of trainable parameters.
        trainable: usize,
        /// The parameters that were newly initialised instead of read from a file.
        report: &'a LoadReport,
        /// Number of training texts that are too long and are cut.
        truncated: usize,
        /// Number of training texts that are read in windows, and the number of their windows.
        in_windows: (usize, usize),
    },
}
