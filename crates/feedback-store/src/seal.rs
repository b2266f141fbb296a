//! A store that has turned out to be damaged is only read.

use std::sync::OnceLock;

use crate::error::{Error, Result};

/// Why nothing is written any more, if so.
#[derive(Debug, Default)]
pub(crate) struct Seal(OnceLock<String>);

impl Seal {
    /// From now on nothing is written. The first reason stands.
    pub(crate) fn close(&self, problem: String) {
        self.0.get_or_init(|| problem);
    }

    pub(crate) fn problem(&self) -> Option<String> {
        self.0.get().cloned()
    }

    /// # Errors
    ///
    /// [`Error::ReadOnly`] once it is closed.
    pub(crate) fn check(&self) -> Result<()> {
        match self.problem() {
            None => Ok(()),
            Some(problem) => Err(Error::ReadOnly { problem }),
        }
    }
}
