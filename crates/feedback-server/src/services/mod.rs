//! The operations on the store, the models and the background threads, which the API and the pages share. They neither parse
//! requests nor render responses.

pub(crate) mod agreement;
pub(crate) mod audits;
pub(crate) mod batch_start;
pub(crate) mod batches;
pub(crate) mod breakdown;
pub(crate) mod bulk_labels;
pub(crate) mod classify;
pub(crate) mod comparison;
pub(crate) mod corrections;
pub(crate) mod digest;
pub(crate) mod drift;
pub(crate) mod erasures;
pub(crate) mod explore;
pub(crate) mod export;
pub(crate) mod history;
mod history_times;
pub(crate) mod inbox;
pub(crate) mod labels;
mod masking;
pub(crate) mod model_names;
pub(crate) mod models;
pub(crate) mod own_files;
pub(crate) mod periods;
pub(crate) mod reclassify;
pub(crate) mod reports;
pub(crate) mod review;
pub(crate) mod review_left;
pub(crate) mod rules;
pub(crate) mod similar;
mod spellings;
pub(crate) mod theme_changes;
pub(crate) mod theme_labels;
pub(crate) mod theme_sets;
pub(crate) mod themes;
pub(crate) mod trainings;
pub(crate) mod views;
