//! Keeps the files for deployment and CI true: they parse, and what they name exists.

mod containers;
mod files;
mod metrics;
mod settings;
mod workflows;
