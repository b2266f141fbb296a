//! The command `merge`: joins the parts that `predict --shard` wrote.

use std::path::PathBuf;

use clap::Parser;
use feedback_shards::merge;

use super::predict::shards::hinted;
use crate::exit;
use crate::output;

/// Verifies the parts that workers of `predict --shard` wrote, and joins them into the file that one `predict` would have written.
///
/// Records that were set aside go to OUTPUT.rejected.jsonl; the exit code is then 3.
#[derive(Debug, Parser)]
#[command(
    name = "merge",
    version,
    after_help = "Examples:
  feedback merge parts --output labelled.csv"
)]
pub struct Arguments {
    /// The folder of the parts
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// A part is missing or was changed, or a file cannot be read or written; nothing is written then.
pub fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let merged = merge(&arguments.folder, &arguments.output).map_err(hinted)?;
    output::message(format_args!(
        "{} records from {} parts in {}",
        merged.counts.written,
        merged.parts,
        arguments.output.display()
    ));
    let Some(rejected) = merged.rejected else {
        return Ok(exit::OK);
    };
    output::message(format_args!(
        "{} records set aside in {}",
        merged.counts.set_aside,
        rejected.display()
    ));
    Ok(exit::SET_ASIDE)
}
