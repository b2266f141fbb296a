//! Whole files: uploaded, classified in the background, downloaded.

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
