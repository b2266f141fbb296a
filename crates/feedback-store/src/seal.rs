//! Makes a damaged store read-only.

use std::sync::OnceLock;

use crate::error::{Error, Result};

/// The reason why the store is read-only, if it is.
#[derive(Debug, Default)]
pub(crate) struct Seal(OnceLock<String>);

impl Seal {
    /// Makes the store read-only. If it already is, the first reason stays.
    pub(crate) fn close(&self, problem: String) {
        self.0.get_or_init(|| problem);
    }

    pub(crate) fn problem(&self) -> Option<String> {
        self.0.get().cloned()
    }

    /// # Errors
    ///
    /// [`Error::ReadOnly`] if the store is read-only.
    pub(crate) fn check(&self) -> Result<()> {
        match self.problem() {
            None => Ok(()),
            Some(problem) => Err(Error::ReadOnly { problem }),
        }
    }
}
