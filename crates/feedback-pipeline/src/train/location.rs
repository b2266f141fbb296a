//! The folder of a run: a new one, or the one of a run that is resumed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use feedback_bert::DeviceChoice;

use super::settings::TrainOptions;
use crate::error::{Result, RunError};
use crate::run_folder::RunFolder;

/// Where a run is.
#[derive(Debug)]
pub enum RunLocation {
    /// In a folder that is still to be created.
    New,
    /// In a folder that has just been created.
    Created(RunFolder),
    /// In the folder of a run that was started before.
    Resumed(RunFolder),
}

/// The open folder of a run.
#[derive(Debug)]
pub struct OpenRun {
    /// The folder.
    pub folder: RunFolder,
    /// Whether the run was started before.
    pub again: bool,
}

impl RunLocation {
    /// Takes up a run that was interrupted or killed. Returns the settings that it was started with, and its location.
    ///
    /// # Errors
    ///
    /// The folder does not contain a run, another process works on it, or it is [finished](RunError::Finished).
    pub fn take_up(run_folder: &Path, interrupt: Arc<AtomicBool>) -> Result<(TrainOptions, Self)> {
        let folder = RunFolder::take_up(run_folder)?;
        if folder.is_finished() {
            let path = folder.path().to_owned();
            return Err(RunError::Finished { path }.into());
        }
        folder.sweep()?;
        let mut options = folder.options()?;
        options.interrupt = interrupt;
        Ok((options, Self::Resumed(folder)))
    }

    /// Opens the folder. A new run gets the folder that the settings name, and its settings are written there.
    ///
    /// # Errors
    ///
    /// The folder cannot be created or written.
    pub fn open(self, options: &TrainOptions, device: DeviceChoice) -> Result<OpenRun> {
        let (folder, again) = match self {
            Self::New => {
                let name = options.output.model.file_name().unwrap_or_default();
                let folder = RunFolder::create(options.run_dir.as_deref(), &name.to_string_lossy())?;
                (folder, false)
            }
            Self::Created(folder) => (folder, false),
            Self::Resumed(folder) => (folder, true),
        };
        if !again {
            folder.write_arguments(options, device)?;
        }
        Ok(OpenRun { folder, again })
    }
}

impl OpenRun {
    /// Removes the folder of a new run: one that fails before its first step leaves no folder behind.
    pub fn discard_if_new(&self) {
        if !self.again {
            self.folder.discard();
        }
    }
}
