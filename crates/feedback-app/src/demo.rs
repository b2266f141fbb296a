//! The command `demo`: the web app with sample data and a first report.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

use crate::serve;

/// Starts the web app with 400 sample reviews, classified by the built-in model, and a report on what changed in them.
///
/// Everything is kept in the state folder; delete it to start again. `serve` starts the app with data of your own.
#[derive(Debug, Parser)]
#[command(
    name = "demo",
    version,
    after_help = "Examples:
  feedback demo
  feedback demo --addr 127.0.0.1:8600"
)]
pub struct Arguments {
    /// The address to listen on
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8501",
        env = "FEEDBACK_ADDR"
    )]
    addr: SocketAddr,
    /// The folder for the data of the demo
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    state_dir: PathBuf,
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The errors of `serve`.
pub fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let addr = arguments.addr.to_string();
    let words = [
        "serve",
        "--model",
        "builtin",
        "--addr",
        addr.as_str(),
        "--state-dir",
    ];
    let words = words
        .map(Into::into)
        .into_iter()
        .chain([arguments.state_dir.into_os_string()]);
    serve::run_with_sample(serve::Arguments::try_parse_from(words)?)
}
