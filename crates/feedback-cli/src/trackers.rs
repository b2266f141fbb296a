//! Trackers: where the log of a run is written in addition to the run folder.

use std::path::PathBuf;

use clap::Args;
use feedback_trainer::Callback;
use feedback_trainer::callbacks::{CsvLog, TensorBoard};
use serde_json::Value;

/// The trackers of a run, as arguments.
#[derive(Debug, Clone, Args)]
pub struct TrackerArgs {
    /// Write event files for TensorBoard into this folder
    #[arg(
        long,
        hide_short_help = true,
        value_name = "DIR",
        env = "FEEDBACK_TENSORBOARD"
    )]
    tensorboard: Option<PathBuf>,
    /// Write the log to this CSV file, overwriting it; a resumed run appends to it
    #[arg(long, hide_short_help = true, value_name = "FILE", env = "FEEDBACK_CSV_LOG")]
    csv_log: Option<PathBuf>,
    /// Send the log to the MLflow server at this address, such as http://127.0.0.1:5000
    #[cfg(feature = "mlflow")]
    #[arg(long, hide_short_help = true, value_name = "URI", env = "MLFLOW_TRACKING_URI")]
    mlflow: Option<String>,
    /// The MLflow experiment
    #[cfg(feature = "mlflow")]
    #[arg(
        long,
        hide_short_help = true,
        value_name = "NAME",
        default_value = "feedback",
        env = "MLFLOW_EXPERIMENT_NAME"
    )]
    mlflow_experiment: String,
}

impl TrackerArgs {
    /// Returns whether any tracker is enabled.
    pub fn any(&self) -> bool {
        #[cfg(feature = "mlflow")]
        if self.mlflow.is_some() {
            return true;
        }
        self.tensorboard.is_some() || self.csv_log.is_some()
    }

    /// Returns a callback for each enabled tracker; `parameters` are sent to MLflow when the run is created there.
    ///
    /// # Errors
    ///
    /// A file or folder cannot be written, or an address is not valid.
    #[cfg_attr(
        not(feature = "mlflow"),
        expect(unused_variables, reason = "only MLflow uses the parameters")
    )]
    pub fn callbacks(&self, parameters: &[(String, Value)]) -> anyhow::Result<Vec<Box<dyn Callback>>> {
        let mut callbacks: Vec<Box<dyn Callback>> = Vec::new();
        if let Some(folder) = &self.tensorboard {
            callbacks.push(Box::new(TensorBoard::create(folder)?));
        }
        if let Some(path) = &self.csv_log {
            callbacks.push(Box::new(CsvLog::open(path)?));
        }
        #[cfg(feature = "mlflow")]
        if let Some(address) = &self.mlflow {
            use feedback_trainer::callbacks::Mlflow;

            let callback = Mlflow::new(address, &self.mlflow_experiment)
                .map_err(|error| {
                    let message = format!("--mlflow: {error}");
                    anyhow::Error::from(error).context(message)
                })?
                .with_parameters(parameters.iter().map(|(name, value)| {
                    let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    (name.clone(), plain)
                }))
                .on_warning(|message| crate::output::message(format_args!("MLflow: {message}")));
            callbacks.push(Box::new(callback));
        }
        Ok(callbacks)
    }
}
