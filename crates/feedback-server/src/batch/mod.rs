//! Batches: files that are uploaded, classified in the background, and downloaded with the results.

mod export;
mod formula;
mod parquet;
mod presets;
mod runner;
mod upload;

pub(crate) use export::{ExportFormat, export};
pub(crate) use formula::escape_formula;
pub(crate) use runner::Batches;
pub(crate) use upload::{Inspection, data_reason, inspect, options as read_options};
