//! `feedback`: all commands in one program, with completions for shells and man pages.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Command, CommandFactory, Parser};
use clap_complete::Shell;
use clap_mangen::Man;
use feedback_cli::commands::{
    compare, drift, evaluate, insight, inspect, merge, predict, pretrain, reproduce, split, start, train,
};
use feedback_cli::{exit, program};

#[cfg(feature = "postgres")]
use crate::migrate;
use crate::{copies, demo, ready, serve};

/// The name of the program.
const NAME: &str = "feedback";

/// Classifies customer feedback: trains, evaluates and serves models.
#[derive(Debug, Parser)]
#[command(
    name = NAME,
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:
  feedback split --input feedback.csv --output-dir data/split
  feedback train --data feedback.csv --model path/to/all-MiniLM-L6-v2 --pooling mean
  feedback predict \"The export button does nothing since the update\"
  feedback serve
  feedback demo"
)]
struct Overview {}

/// Prints the completions of all commands for a shell.
#[derive(Debug, Parser)]
#[command(
    name = "completions",
    version,
    after_help = "Examples:
  feedback completions bash > ~/.local/share/bash-completion/completions/feedback
  feedback completions zsh > ~/.zfunc/_feedback"
)]
struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the man page of the program, or writes the pages of all commands into a folder.
#[derive(Debug, Parser)]
#[command(
    name = "man",
    version,
    after_help = "Examples:
  feedback man | man -l -
  feedback man ~/.local/share/man/man1"
)]
struct ManArguments {
    /// The folder for the pages
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Parses the arguments of a command and runs it.
type Run = Box<dyn FnOnce(Command, Vec<OsString>) -> ExitCode>;

fn commands() -> Vec<(Command, Run)> {
    vec![
        entry(split::run),
        entry(inspect::run),
        entry(start::run),
        entry(train::run),
        entry(reproduce::run),
        entry(pretrain::run),
        entry(evaluate::run),
        entry(compare::run),
        entry(predict::run),
        entry(merge::run),
        entry(insight::run),
        entry(drift::run),
        entry(serve::run),
        entry(demo::run),
        entry(ready::run),
        entry(copies::backup),
        entry(copies::restore),
        #[cfg(feature = "postgres")]
        entry(migrate::run),
        entry(completions),
        entry(man),
    ]
}

fn entry<A: Parser + 'static>(run: fn(A) -> anyhow::Result<u8>) -> (Command, Run) {
    (
        A::command(),
        Box::new(move |parser, given| program::run_with(parser, given, run)),
    )
}

/// Returns the parser of the whole program, with all commands.
fn parser() -> Command {
    let subcommands = commands().into_iter().map(|(parser, _)| parser);
    Overview::command().subcommands(subcommands)
}

/// Runs the command that the first argument names, or prints the overview; returns the exit code.
pub fn run(given: Vec<OsString>) -> ExitCode {
    let rest = given.get(1..).unwrap_or_default();
    let named = commands()
        .into_iter()
        .find(|(parser, _)| rest.first().is_some_and(|name| name == parser.get_name()));
    if let Some((parser, run)) = named {
        let full_name = format!("{NAME} {}", parser.get_name());
        return run(parser.bin_name(full_name), rest.to_vec());
    }
    match parser().try_get_matches_from(given) {
        Ok(_) => exit::OK.into(),
        Err(error) => program::print_parser_message(&error),
    }
}

fn completions(arguments: CompletionsArguments) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut parser(), NAME, &mut script);
    write_out(&script)
}

fn man(arguments: ManArguments) -> anyhow::Result<u8> {
    let Some(folder) = arguments.folder else {
        let mut page = Vec::new();
        Man::new(parser()).render(&mut page)?;
        return write_out(&page);
    };
    fs_err::create_dir_all(&folder)?;
    clap_mangen::generate_to(parser(), &folder)?;
    Ok(exit::OK)
}

/// Writes bytes unchanged: a man page contains control characters, which `output::print` would replace.
fn write_out(bytes: &[u8]) -> anyhow::Result<u8> {
    io::Write::write_all(&mut io::stdout().lock(), bytes)?;
    Ok(exit::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_is_well_formed() {
        parser().debug_assert();
    }
}
