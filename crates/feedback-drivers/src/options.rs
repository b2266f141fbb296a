//! Options of the search for drivers.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use feedback_metrics::statistics::BootstrapOptions;

/// Options of the search for drivers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DriverOptions {
    /// Resamples, confidence and seed of the intervals.
    pub bootstrap: BootstrapOptions,
    /// The false discovery rate: the expected share of false drivers among those marked as significant, between 0 and 1;
    /// 0.05 by default.
    pub false_discovery_rate: f64,
    /// Segments with fewer rows in both periods together are merged into one; 30 by default. 0 merges none.
    pub min_rows: usize,
}

impl Default for DriverOptions {
    fn default() -> Self {
        Self {
            bootstrap: BootstrapOptions::default(),
            false_discovery_rate: 0.05,
            min_rows: 30,
        }
    }
}

impl DriverOptions {
    /// Returns these options with these bootstrap options.
    #[must_use]
    pub fn with_bootstrap(self, bootstrap: BootstrapOptions) -> Self {
        Self { bootstrap, ..self }
    }

    /// Returns these options with this minimum size of a segment.
    #[must_use]
    pub fn with_min_rows(self, min_rows: usize) -> Self {
        Self { min_rows, ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.bootstrap.check()?;
        let found = self.false_discovery_rate;
        if found > 0.0 && found < 1.0 {
            return Ok(());
        }
        Err(Error::FalseDiscoveryRate { found })
    }
}
