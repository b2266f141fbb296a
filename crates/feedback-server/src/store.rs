//! Access to the store from asynchronous code.

use std::sync::Arc;

use feedback_store::Store;

use crate::error::{Error, Result};

/// A handle to a store, for asynchronous code.
#[derive(Clone)]
pub struct StoreHandle {
    store: Arc<dyn Store>,
}

impl std::fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreHandle").finish_non_exhaustive()
    }
}

impl StoreHandle {
    /// Creates a handle to a store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Returns the store itself, for code that may block.
    pub fn blocking(&self) -> &dyn Store {
        &*self.store
    }

    /// Runs `work` with the store on a thread that may block.
    ///
    /// # Errors
    ///
    /// The error of `work`; [`Error::ShuttingDown`] if the runtime has ended or `work` panicked.
    pub async fn run<T: Send + 'static, E: Into<Error> + Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T> {
        let store = Arc::clone(&self.store);
        match tokio::task::spawn_blocking(move || work(&*store)).await {
            Ok(done) => done.map_err(Into::into),
            Err(_) => Err(Error::ShuttingDown),
        }
    }
}
