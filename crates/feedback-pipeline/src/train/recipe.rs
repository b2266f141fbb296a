//! The stages of a training run: prepare, fit, calibrate, publish.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use feedback_trainer::Callback;
use serde_json::Value;

use super::check::check_settings;
use super::first_model::FirstModel;
use super::fit::{Loop, newest_checkpoint};
use super::location::RunLocation;
use super::notice::TrainNotice;
use super::output::check_output;
use super::prepare::{prepare, prepare_rows};
use super::publish::{keep_head, publish};
use super::settings::TrainOptions;
use super::summary::TrainSummary;
use crate::data::Task;
use crate::error::{Error, Result};
use crate::run_folder::RunFolder;

/// Trains a classifier and writes the model folder and the run folder.
///
/// # Errors
///
/// The data, arguments, base model or device cannot be used. The error names the cause, and the model folder at `output` is
/// unchanged. [`Error::Interrupted`] if [`TrainOptions::interrupt`] was set: [`resume`] continues the run.
pub fn train(
    options: &TrainOptions,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<TrainSummary> {
    run(options, RunLocation::New, callbacks, notice)
}

/// Returns the settings that a run was started with, in the form of [`TrainOptions::recipe`].
///
/// # Errors
///
/// The folder does not contain a run, or its settings cannot be read.
pub fn recipe_of_run(run: &Path) -> Result<Vec<(String, Value)>> {
    Ok(RunFolder::open(run)?.options()?.recipe())
}

/// Returns how many labels a text has in a run.
///
/// # Errors
///
/// The folder does not contain a run, or its settings cannot be read.
pub fn task_of_run(run: &Path) -> Result<Task> {
    Ok(RunFolder::open(run)?.options()?.task.task)
}

/// Resumes a run that was interrupted or killed, with the settings that it was started with.
///
/// Training continues from the newest complete checkpoint, or starts again if there is none. The result is the same as
/// without the interruption. Damaged checkpoints are set aside ([`TrainNotice::Damaged`]).
///
/// # Errors
///
/// The folder does not contain an unfinished run, the data or the base model have changed, or one of the errors of
/// [`train`].
pub fn resume(
    run_folder: &Path,
    interrupt: Arc<AtomicBool>,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<TrainSummary> {
    let (options, location) = RunLocation::take_up(run_folder, interrupt)?;
    run(&options, location, callbacks, notice)
}

pub(crate) fn run(
    options: &TrainOptions,
    location: RunLocation,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<TrainSummary> {
    let start = Instant::now();
    let arguments = check_settings(options)?; // before the run folder is created
    let (device, choice) = options.model.device.open()?;
    notice(TrainNotice::Device(choice));
    check_output(&options.output.model, options.run_dir.as_deref())?;
    let opened = location.open(options, choice)?;
    let (folder, again) = (&opened.folder, opened.again);
    let discard = |_: &Error| opened.discard_if_new();
    let data = prepare_rows(options, folder, again, notice).inspect_err(discard)?;
    if options.tuning.head_only {
        let first = FirstModel::make(options, folder, (&data, None), start, &device, notice);
        return first.and_then(|first| first.only(folder)).inspect_err(discard);
    }
    // The settings of fine-tuning are checked before a first model replaces an older one.
    let prepared = prepare(options, folder, data, &device, notice).inspect_err(discard)?;
    let rows = (&prepared.data, Some(&prepared.encoded));
    let first = FirstModel::make(options, folder, rows, start, &device, notice);
    let first = first.inspect_err(discard)?;
    let checkpoint = if again {
        newest_checkpoint(folder, notice)?
    } else {
        None
    };
    let training = Loop {
        options,
        arguments: &arguments,
        run: folder,
        device: &device,
    };
    let mut fitted = training.run(prepared, checkpoint, callbacks)?;
    let stays = first.stays(&arguments, &fitted.trained.metrics, notice);
    match first.published {
        Some(head) if stays => keep_head(head, &arguments, folder, &mut fitted, start),
        _ => publish(options, &arguments, folder, fitted, first.into(), start, &device),
    }
}
