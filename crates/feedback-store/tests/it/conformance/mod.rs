//! The requirements of every store, one module per trait. A new store calls [`conforms`].

mod alerts;
mod audit;
mod batches;
pub(crate) mod cases;
mod corrections;
mod deliveries;
mod documents;
mod erasures;
pub(crate) mod fixtures;
mod models;
mod predictions;
mod reclassified;
mod sessions;
mod together;

use std::sync::Arc;

use feedback_store::Store;

/// Runs every check, each on a fresh store.
pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn Store>) {
    predictions::conforms(&|| fresh());
    reclassified::conforms(fresh);
    corrections::conforms(&|| fresh());
    batches::conforms(&|| fresh());
    deliveries::conforms(&|| fresh());
    alerts::conforms(&|| fresh());
    models::conforms(&|| fresh());
    audit::conforms(&|| fresh());
    sessions::conforms(&|| fresh());
    documents::conforms(&|| fresh());
    cases::conforms(fresh);
    erasures::conforms(fresh);
    together::conforms(fresh);
}
