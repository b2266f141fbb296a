//! Inspections of whole files.

mod files;
mod planted;
