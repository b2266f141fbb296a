//! Runs a command as a program: parses the arguments, calls the command and turns the result into an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Command, Parser};

use crate::config;
use crate::exit::{self, OK, USAGE};
use crate::hints::Hints;
use crate::output::{is_broken_pipe, message};
use crate::usage;

/// Runs a command with the arguments of this process.
///
/// Flags override environment variables, which override the `--config` file. An error is printed once with its
/// causes.
pub fn run<A: Parser>(command: impl FnOnce(A) -> anyhow::Result<u8>) -> ExitCode {
    run_with(A::command(), std::env::args_os().collect(), command)
}

/// Like [`run`], but with other arguments and another parser: parses `given` with `parser`.
pub fn run_with<A: Parser>(
    parser: Command,
    given: Vec<OsString>,
    command: impl FnOnce(A) -> anyhow::Result<u8>,
) -> ExitCode {
    let hints = Hints::for_command(&parser);
    let merged = match config::with_file(given.clone(), &parser) {
        Ok(merged) => merged,
        Err(error) => {
            let fallback = "`--help` lists the settings; in the file they have the same names";
            hints.print_error(&error, Some(fallback));
            return USAGE.into();
        }
    };
    let all = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for note in usage::misspelt(&parser, all) {
        message(format_args!("note: {note}"));
    }
    let (parser, variables) = config::without_contradicted_variables(parser, &merged.arguments);
    report_ignored("environment variables", &variables);
    report_ignored("settings of the file", &merged.ignored);
    let matches = parser.clone().try_get_matches_from(&merged.arguments);
    let hints = match &matches {
        Ok(matches) => hints.with_values(&parser, matches),
        Err(_) => hints,
    };
    let parsed = matches.and_then(|matches| A::from_arg_matches(&matches));
    match parsed {
        Ok(parsed) => finish(command(parsed), &hints),
        Err(mut error) => {
            let source = usage::explain(&mut error, &parser, &given, &merged);
            let hint = hints.for_argument(&error);
            let code = print_parser_message(&error);
            match (source, &merged.path) {
                _ if !error.use_stderr() => {}
                (Some(source), _) => message(format_args!("note: {source}")),
                (None, Some(path)) => message(format_args!(
                    "note: settings were also read from `{}`",
                    path.display()
                )),
                (None, None) => {}
            }
            if let Some(hint) = hint {
                message(format_args!("hint: {hint}"));
            }
            code
        }
    }
}

/// Reports the settings that are ignored because the given flags contradict them.
fn report_ignored(what: &str, names: &[String]) {
    if !names.is_empty() {
        message(format_args!(
            "note: ignored {what}, because flags contradict them: {}",
            names.join(", ")
        ));
    }
}

/// Prints help, a version or an argument error, and returns the exit code.
pub fn print_parser_message(error: &clap::Error) -> ExitCode {
    // Printing fails only if the output is closed.
    let _ = error.print();
    if error.use_stderr() {
        USAGE.into()
    } else {
        OK.into()
    }
}

/// Returns the exit code for a command's result. Prints an error once with its causes.
pub fn finish(result: anyhow::Result<u8>, hints: &Hints) -> ExitCode {
    match result {
        Ok(code) => code.into(),
        Err(error) if is_broken_pipe(&error) => OK.into(),
        Err(error) => {
            hints.print_error(&error, None);
            exit::code_of(&error).into()
        }
    }
}
