//! What the server does, for the API and the pages alike: over the store, the models and the background threads, without
//! a word about how it is asked or shown.

pub(crate) mod batches;
pub(crate) mod classify;
pub(crate) mod corrections;
pub(crate) mod digest;
pub(crate) mod erasures;
pub(crate) mod export;
pub(crate) mod history;
pub(crate) mod models;
pub(crate) mod trainings;
