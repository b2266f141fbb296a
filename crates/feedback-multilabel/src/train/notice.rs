//! Progress notices of a training with several labels.

use std::collections::BTreeMap;
use std::path::Path;

use feedback_pipeline::train::TrainNotice;

use crate::data::MultiLabelData;
use crate::evaluate::MultiLabelEvaluation;

/// Progress of a training.
#[derive(Debug)]
#[non_exhaustive]
pub enum MultiLabelNotice<'a> {
    /// A notice that does not depend on the number of labels a text.
    Common(TrainNotice<'a>),
    /// The data, split and checked.
    Data(&'a MultiLabelData),
    /// A linear classifier was fitted on the frozen encoder.
    Head {
        /// The chosen inverse strength of the penalty.
        c: f64,
        /// Its metrics on the validation texts.
        validation: &'a BTreeMap<String, f64>,
        /// Its metrics on the test texts, if they were measured.
        test: Option<&'a MultiLabelEvaluation>,
        /// The model folder, if the classifier is in it: fine-tuning then replaces it only if it is better.
        model: Option<&'a Path>,
        /// Number of training texts that are too long and are cut.
        truncated: usize,
        /// Seconds since the start of the training.
        seconds: f64,
    },
}
