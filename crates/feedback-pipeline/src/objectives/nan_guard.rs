//! The settings for training that diverges.

use feedback_trainer::callbacks::NanGuard;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// How much divergence a run tolerates before it ends with the best model so far. By default, a run ends at the first
/// loss or gradient that is not finite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Stopping early")
)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NanGuardOptions {
    /// Maximum number of updates to skip because a loss or gradient is not finite
    ///
    /// Counted over the whole run, 0 or more; one more such update ends the run. Default 0.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N"))]
    pub max_skipped_updates: usize,
    /// End if the loss of an update is more than this many times the lowest loss so far
    ///
    /// Above 1, such as 10. Off by default.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X"))]
    pub loss_limit: Option<f64>,
}

impl NanGuardOptions {
    pub(crate) fn callback(self) -> Result<Option<NanGuard>> {
        if self == Self::default() {
            return Ok(None);
        }
        let guard = NanGuard::new().skipping(self.max_skipped_updates);
        Ok(Some(match self.loss_limit {
            Some(factor) => guard.with_loss_limit(factor)?,
            None => guard,
        }))
    }
}
