//! Arguments that several binaries have, and how a binary ends.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, ValueEnum};
use feedback_dataset::{OnBadRow, ReadOptions};

use crate::config;

/// Done.
pub const OK: u8 = 0;
/// Failed.
pub const FAILED: u8 = 1;
/// Wrong usage.
pub const USAGE: u8 = 2;
/// Done, but some rows were set aside.
pub const SET_ASIDE: u8 = 3;

/// Where a trained model is looked for when none is named.
pub const DEFAULT_MODEL: &str = "models/feedback_classifier";

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OutputFormat {
    /// Text for people.
    #[default]
    Text,
    /// One JSON document with stable field names.
    Json,
}

/// What to do about a row that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BadRowChoice {
    /// Stop and name the row.
    Fail,
    /// Keep the row apart and go on.
    SetAside,
}

impl From<BadRowChoice> for OnBadRow {
    fn from(choice: BadRowChoice) -> Self {
        match choice {
            BadRowChoice::Fail => Self::Fail,
            BadRowChoice::SetAside => Self::SetAside,
        }
    }
}

/// Which fields of a record are meant.
#[derive(Debug, Clone, Args)]
pub struct FieldArgs {
    /// The field that holds the text
    #[arg(long, value_name = "NAME", default_value = "text", env = "FEEDBACK_TEXT_FIELD")]
    pub text_field: String,
    /// The field that holds the label
    #[arg(long, value_name = "NAME", default_value = "label", env = "FEEDBACK_LABEL_FIELD")]
    pub label_field: String,
}

impl FieldArgs {
    /// The options of a reader with these field names.
    pub fn read_options(&self) -> ReadOptions {
        ReadOptions {
            text_field: self.text_field.clone(),
            label_field: self.label_field.clone(),
            ..ReadOptions::default()
        }
    }
}

/// The settings file.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// A TOML file with settings by their long names; flags and FEEDBACK_… variables override it
    #[arg(long, value_name = "FILE", env = "FEEDBACK_CONFIG")]
    pub config: Option<PathBuf>,
}

/// Runs a binary: flags over environment over the `--config` file, errors printed once with their causes.
pub fn run<A: Parser>(body: impl FnOnce(A) -> anyhow::Result<u8>) -> ExitCode {
    let arguments = match config::with_file(std::env::args_os().collect(), &A::command()) {
        Ok(arguments) => arguments,
        Err(error) => {
            print_error(&error);
            return USAGE.into();
        }
    };
    let parsed = match A::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Printing fails only where the terminal is gone, and then nobody reads it.
            let _ = error.print();
            return if error.use_stderr() { USAGE.into() } else { OK.into() };
        }
    };
    match body(parsed) {
        Ok(code) => code.into(),
        Err(error) => {
            print_error(&error);
            exit_code(&error).into()
        }
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    let usage = error.downcast_ref::<feedback_pipeline::Error>().is_some_and(feedback_pipeline::Error::is_usage)
        || error.downcast_ref::<feedback_bert::Error>().is_some_and(|error| {
            matches!(error, feedback_bert::Error::Device { .. })
        })
        || error.is::<UsageError>();
    if usage { USAGE } else { FAILED }
}

/// A wrong combination of arguments that the parser cannot see.
#[derive(Debug)]
pub struct UsageError(pub String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

#[expect(clippy::print_stderr, reason = "this is where a binary says why it failed")]
fn print_error(error: &anyhow::Error) {
    eprintln!("error: {error}");
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Transparent wrappers repeat their source's words.
        if !last.contains(&cause) {
            eprintln!("  caused by: {cause}");
        }
        last = cause;
    }
}
