//! The learning rate finder for the data and base model of a training run.

use std::sync::atomic::Ordering;

use feedback_trainer::{LearningRateCurve, LearningRateRange};

use super::check::check_long_texts;
use super::fit::Task;
use super::settings::TrainOptions;
use super::start_model::start_model;
use crate::data::prepare_data;
use crate::error::Result;
use crate::objectives::EncodedExamples;

/// Trains a copy of the model for some updates with increasing learning rates, and finds the rate at which the loss falls
/// fastest. Writes neither a run folder nor a model folder.
///
/// Uses the data, base model, batch size, sampler and seed that [`train`](super::train()) would use. The curve ends early if
/// [`TrainOptions::interrupt`] is set.
///
/// # Errors
///
/// The errors of [`train`](super::train()), or an invalid range.
pub fn find_learning_rate(options: &TrainOptions, range: &LearningRateRange) -> Result<LearningRateCurve> {
    options
        .task
        .require_single_label("the search for a learning rate")?;
    let arguments = options.arguments.clone().check()?;
    check_long_texts(options)?;
    let (device, _) = options.model.device.open()?;
    let folder = tempfile::tempdir()?; // for the data files that `prepare_data` writes
    let data = prepare_data(&options.data, folder.path())?;
    let start = start_model(options, data.labels.names(), &data.train.texts, &device)?;
    let train_set = EncodedExamples::new(&data.train, &start.tokenizer)?;
    let task = Task::new(options, &data, start.model, train_set)?;
    let stop = || options.interrupt.load(Ordering::Relaxed);
    Ok(feedback_trainer::find_learning_rate(
        &task.objective,
        &task.train_set,
        &arguments,
        range,
        &stop,
        &device,
    )?)
}
