//! The command `reproduce`: trains a finished run again, and compares.

use std::path::PathBuf;

use clap::Parser;

use super::train;
use crate::arguments::OutputFormat;

/// Trains a finished run again, with its settings and data, and reports every difference: `train --reproduce` under a name of its own.
///
/// The exit code is 0 if weights, report and log are identical, and 1 if they are not.
#[derive(Debug, Parser)]
#[command(
    name = "reproduce",
    version,
    after_help = "Examples:
  feedback reproduce runs/20260131T235959Z-feedback_classifier
  feedback reproduce runs/20260131T235959Z-feedback_classifier --run-dir runs/again --format json"
)]
pub struct Arguments {
    /// The run folder
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The run folder to create [default: runs/TIME-NAME]
    #[arg(long, value_name = "DIR")]
    run_dir: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The errors of `train --reproduce`.
pub fn run(arguments: Arguments) -> anyhow::Result<u8> {
    train::run(train::Arguments::reproducing(
        arguments.run,
        arguments.run_dir,
        arguments.format,
    )?)
}
