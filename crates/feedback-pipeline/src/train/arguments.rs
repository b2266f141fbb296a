//! Writes the settings of a run to its folder and reads them back.

use feedback_bert::DeviceChoice;
use serde_json::json;

use crate::error::{Result, RunError};
use crate::run_folder::{ARGUMENTS, ENVIRONMENT, RunFolder};
use crate::train::settings::TrainOptions;

impl RunFolder {
    /// Writes the settings and the environment of a new run.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn write_arguments(&self, options: &TrainOptions, device: DeviceChoice) -> Result<()> {
        let environment = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "burn": feedback_trainer::burn_version(),
            "os": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
            "threads": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            "device": device.to_string(),
        });
        self.write_json(ENVIRONMENT, &environment)?;
        // Written last, because a folder with this file counts as a run that can be continued.
        self.write_json(ARGUMENTS, &options.to_saved())
    }

    /// Reads the settings that the run was started with.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or its content is not valid.
    pub fn options(&self) -> Result<TrainOptions> {
        let path = self.path().join(ARGUMENTS);
        let text = fs_err::read_to_string(&path)?;
        TrainOptions::from_saved(&text).map_err(|reason| RunError::Arguments { path, reason }.into())
    }
}
