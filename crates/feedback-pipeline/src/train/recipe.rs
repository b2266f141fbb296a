//! The stages of a training run: prepare, fit, calibrate, publish.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use feedback_trainer::Callback;
use serde_json::Value;

use super::check::check_settings;
use super::fit::{Loop, newest_checkpoint};
use super::notice::TrainNotice;
use super::output::check_output;
use super::prepare::prepare;
use super::publish::publish;
use super::settings::TrainOptions;
use super::summary::TrainSummary;
use crate::error::{Error, Result, RunError};
use crate::run_folder::RunFolder;

/// Trains a classifier and writes the model folder and the run folder.
///
/// # Errors
///
/// Data, arguments, base model or device are not usable; the error names them, and the model folder at `output` is
/// untouched. [`Error::Interrupted`] after [`TrainOptions::interrupt`] was set: [`resume`] continues.
pub fn train(
    options: &TrainOptions,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<TrainSummary> {
    run(options, RunLocation::New, callbacks, notice)
}

/// The settings that a run was started with, as returned by [`TrainOptions::recipe`].
///
/// # Errors
///
/// The folder has no run.
pub fn recipe_of_run(run: &Path) -> Result<Vec<(String, Value)>> {
    Ok(RunFolder::open(run)?.options()?.recipe())
}

/// Resumes a run that was interrupted or killed, with the settings that it was started with.
///
/// It continues from the newest complete checkpoint, and the result is the same as without the interruption.
/// Damaged checkpoints are set aside ([`TrainNotice::Damaged`]). Without a complete one it starts again.
///
/// # Errors
///
/// The folder has no unfinished run, the data or the base model have changed, or the errors of [`train`].
pub fn resume(
    run_folder: &Path,
    interrupt: Arc<AtomicBool>,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<TrainSummary> {
    let folder = RunFolder::take_up(run_folder)?;
    if folder.is_finished() {
        let path = folder.path().to_owned();
        return Err(RunError::Finished { path }.into());
    }
    folder.sweep()?;
    let mut options = folder.options()?;
    options.interrupt = interrupt;
    run(&options, RunLocation::Resumed(folder), callbacks, notice)
}

/// The location of a run.
pub(crate) enum RunLocation {
    /// In a folder to be created.
    New,
    /// In a folder that has just been created.
    Created(RunFolder),
    /// In its existing folder.
    Resumed(RunFolder),
}

impl RunLocation {
    /// The folder, and whether its run was started before.
    fn open(self, options: &TrainOptions) -> Result<(RunFolder, bool)> {
        Ok(match self {
            Self::New => {
                let name = options.output.model.file_name().unwrap_or_default();
                let folder = RunFolder::create(options.run_dir.as_deref(), &name.to_string_lossy())?;
                (folder, false)
            }
            Self::Created(folder) => (folder, false),
            Self::Resumed(folder) => (folder, true),
        })
    }
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
    let (folder, again) = location.open(options)?;
    if !again {
        folder.write_arguments(options, choice)?;
    }
    // A run that fails before its first step leaves no folder behind.
    let discard = |_: &Error| {
        if !again {
            folder.discard()
        }
    };
    let prepared = prepare(options, &folder, again, &device, notice).inspect_err(discard)?;
    let checkpoint = if again {
        newest_checkpoint(&folder, notice)?
    } else {
        None
    };
    let training = Loop {
        options,
        arguments: &arguments,
        run: &folder,
        device: &device,
    };
    let fitted = training.run(prepared, checkpoint, callbacks)?;
    publish(options, &arguments, &folder, fitted, start, &device)
}
