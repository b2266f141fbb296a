//! What a run does about updates that go astray.

use feedback_trainer::callbacks::NanGuard;
use serde::{Deserialize, Serialize};

use crate::Result;

/// How much a run bears before it ends with the best model so far. By default it ends at the first loss or gradient that
/// is not finite, and at nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NanGuardOptions {
    /// Updates whose loss or gradient is not finite that are left out before the run ends.
    pub max_skipped_updates: usize,
    /// The run ends too when the loss of an update is more than so many times the lowest so far; above 1.
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
