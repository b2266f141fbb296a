//! The settings of early stopping.

use feedback_trainer::TrainingArguments;
use feedback_trainer::callbacks::EarlyStopping;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// When training ends before its last epoch, based on the metric for the best model; off by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Stopping early")
)]
#[non_exhaustive]
pub struct EarlyStoppingOptions {
    /// Number of evaluations without improvement after which training ends
    ///
    /// 1 or more. The metric is `metric_for_best_model`, on validation. Off by default.
    #[serde(rename = "early_stopping_patience")]
    #[cfg_attr(
        feature = "clap",
        arg(
            id = "early_stopping_patience",
            long = "early-stopping-patience",
            value_name = "N"
        )
    )]
    pub patience: Option<usize>,
    /// Minimum improvement that counts
    ///
    /// 0 or more. Default 0.
    #[serde(rename = "early_stopping_threshold")]
    #[cfg_attr(
        feature = "clap",
        arg(
            id = "early_stopping_threshold",
            long = "early-stopping-threshold",
            value_name = "X"
        )
    )]
    pub threshold: f64,
    /// Minimum number of epochs before training can end early
    ///
    /// 0 or more. Evaluations before then still count. Default 0.
    #[serde(rename = "early_stopping_min_epochs")]
    #[cfg_attr(
        feature = "clap",
        arg(
            id = "early_stopping_min_epochs",
            long = "early-stopping-min-epochs",
            value_name = "N"
        )
    )]
    pub min_epochs: usize,
}

impl EarlyStoppingOptions {
    /// Returns the callback, if a patience is set.
    pub(crate) fn callback(&self, arguments: &TrainingArguments) -> Result<Option<EarlyStopping>> {
        let Some(patience) = self.patience else {
            return Ok(None);
        };
        let (metric, greater) = (&arguments.metric_for_best_model, arguments.is_greater_better());
        let callback = EarlyStopping::new(metric, patience, self.threshold, greater)?;
        Ok(Some(callback.with_min_epochs(self.min_epochs)))
    }
}
