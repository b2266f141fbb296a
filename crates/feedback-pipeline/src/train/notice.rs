//! What a training reports while it runs.

use std::path::Path;

use feedback_bert::DeviceChoice;
use feedback_bert::weights::LoadReport;
use feedback_trainer::Damaged;

use crate::data::PreparedData;

/// What is worth telling while `train` runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainNotice<'a> {
    /// The device that was chosen.
    Device(DeviceChoice),
    /// The run folder.
    Run(&'a Path),
    /// A checkpoint that is not what was written has been set aside.
    Damaged(&'a Damaged),
    /// The run goes on after this update; without a whole checkpoint it begins again.
    Resumed(Option<usize>),
    /// The data, divided and checked.
    Data(&'a PreparedData),
    /// The model, with what was drawn anew.
    Model {
        /// Number of parameters, adapters included.
        parameters: usize,
        /// How many of them training changes.
        trainable: usize,
        /// What was not simply read from the file.
        report: &'a LoadReport,
        /// Training texts that are cut at `max_length`.
        truncated: usize,
    },
}
