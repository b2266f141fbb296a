//! What a training writes, and where.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a training writes beside its run folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args), command(next_help_heading = "Output"))]
pub struct OutputOptions {
    /// The model folder to write
    #[serde(rename = "output")]
    #[cfg_attr(feature = "clap", arg(id = "output", long = "output", value_name = "DIR"))]
    pub model: PathBuf,
    /// Number of training rows with the highest loss to list in RUN/top_losses.jsonl
    ///
    /// Default 0, no list.
    #[serde(default)]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N"))]
    pub top_losses: usize,
}
