//! What a training reports while it runs.

use std::path::Path;

use feedback_bert::DeviceChoice;
use feedback_bert::weights::LoadReport;
use feedback_trainer::Damaged;

use crate::data::PreparedData;

/// Notices of `train` while it runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainNotice<'a> {
    /// The device that was chosen.
    Device(DeviceChoice),
    /// The run folder.
    Run(&'a Path),
    /// A damaged checkpoint has been set aside.
    Damaged(&'a Damaged),
    /// The run continues after this update, or starts again if there is no complete checkpoint.
    Resumed(Option<usize>),
    /// The data, split and checked.
    Data(&'a PreparedData),
    /// The model, with what was newly initialised.
    Model {
        /// Number of parameters, adapters included.
        parameters: usize,
        /// How many of them are trained.
        trainable: usize,
        /// What was not read from the file.
        report: &'a LoadReport,
        /// Training texts that are cut at `max_length`.
        truncated: usize,
    },
}
