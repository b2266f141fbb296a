//! The outputs of a training run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The results of a training run besides its run folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args), command(next_help_heading = "Output"))]
#[non_exhaustive]
pub struct OutputOptions {
    /// Model folder to write
    ///
    /// An existing model folder there is kept as DIR.previous.
    #[serde(rename = "output")]
    #[cfg_attr(feature = "clap", arg(id = "output", long = "output", value_name = "DIR"))]
    pub model: PathBuf,
    /// Number of training rows with the highest loss to list in RUN/top_losses.jsonl
    ///
    /// 0 or more. Default 0: no list.
    #[serde(default)]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N"))]
    pub top_losses: usize,
}
