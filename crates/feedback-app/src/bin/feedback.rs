//! `cargo run --release --bin feedback -- train`

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Command, CommandFactory};
use feedback_app::serve;
use feedback_cli::cli;
use feedback_cli::commands::{compare, evaluate, inspect, predict, pretrain, split, train};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(code) = serve::training() {
        return code;
    }
    let given: Vec<OsString> = std::env::args_os().collect();
    let name = given.get(1).and_then(|name| name.to_str()).unwrap_or_default();
    macro_rules! run {
        ($command:ident) => {{
            let command = $command::Arguments::command().bin_name(concat!("feedback ", stringify!($command)));
            cli::run_command(command, given[1..].to_vec(), $command::run)
        }};
    }
    match name {
        "compare" => run!(compare),
        "evaluate" => run!(evaluate),
        "inspect" => run!(inspect),
        "predict" => run!(predict),
        "pretrain" => run!(pretrain),
        "serve" => run!(serve),
        "split" => run!(split),
        "train" => run!(train),
        _ => usage(),
    }
}

/// The overview, or the error of a call that names no command.
fn usage() -> ExitCode {
    let command = Command::new("feedback")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Classifies customer feedback: one program for all commands")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(split::Arguments::command())
        .subcommand(inspect::Arguments::command())
        .subcommand(train::Arguments::command())
        .subcommand(pretrain::Arguments::command())
        .subcommand(evaluate::Arguments::command())
        .subcommand(compare::Arguments::command())
        .subcommand(predict::Arguments::command())
        .subcommand(serve::Arguments::command());
    match command.try_get_matches() {
        Ok(_) => cli::OK.into(),
        Err(error) => {
            // Printing fails only where the terminal is gone, and then nobody reads it.
            let _ = error.print();
            if error.use_stderr() {
                cli::USAGE.into()
            } else {
                cli::OK.into()
            }
        }
    }
}
