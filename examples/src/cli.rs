//! Arguments that several binaries have, and how a binary ends.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, ValueEnum};
use feedback_dataset::{Encoding, LabelAliases, OnBadRow, ReadOptions};
use serde::Serialize;

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

/// How the records of a file are to be read.
#[derive(Debug, Clone, Args)]
pub struct FieldArgs {
    /// The field that holds the text
    #[arg(
        long,
        value_name = "NAME",
        default_value = "text",
        env = "FEEDBACK_TEXT_FIELD"
    )]
    pub text_field: String,
    /// The field that holds the label
    #[arg(
        long,
        value_name = "NAME",
        default_value = "label",
        env = "FEEDBACK_LABEL_FIELD"
    )]
    pub label_field: String,
    /// The encoding of the file: utf-8, guess, or a name such as windows-1252 or utf-16le; a byte order mark overrides it
    #[arg(long, value_name = "NAME", default_value = "utf-8", env = "FEEDBACK_ENCODING")]
    encoding: Encoding,
}

impl FieldArgs {
    /// The options of a reader with these field names and this encoding.
    pub fn read_options(&self) -> ReadOptions {
        ReadOptions {
            text_field: self.text_field.clone(),
            label_field: self.label_field.clone(),
            encoding: self.encoding,
            ..ReadOptions::default()
        }
    }
}

/// Other names for labels.
#[derive(Debug, Clone, Args)]
pub struct AliasArgs {
    /// A JSON file with other names for labels, such as {"defect": "bug"}; each is replaced as the row is read
    #[arg(long, value_name = "FILE", env = "FEEDBACK_LABEL_ALIASES")]
    label_aliases: Option<PathBuf>,
}

impl AliasArgs {
    /// Adds the aliases to the options of a reader.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or holds no aliases.
    pub fn add_to(&self, mut options: ReadOptions) -> anyhow::Result<ReadOptions> {
        if let Some(path) = &self.label_aliases {
            options.aliases = LabelAliases::read(path)?;
        }
        Ok(options)
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
    let given: Vec<OsString> = std::env::args_os().collect();
    let arguments = match config::with_file(given.clone(), &A::command()) {
        Ok(arguments) => arguments,
        Err(error) => {
            print_error(
                &error,
                Some("`--help` lists the settings; in the file they have the same names"),
            );
            return USAGE.into();
        }
    };
    let command = config::without_contradicted_variables(A::command(), &arguments);
    let parsed = command
        .try_get_matches_from(arguments)
        .and_then(|matches| A::from_arg_matches(&matches));
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Printing fails only where the terminal is gone, and then nobody reads it.
            let _ = error.print();
            if let Some(path) = config::config_path(&given).filter(|_| error.use_stderr()) {
                say(format_args!(
                    "note: settings were read from `{}` as well",
                    path.display()
                ));
            }
            return if error.use_stderr() {
                USAGE.into()
            } else {
                OK.into()
            };
        }
    };
    finish(body(parsed))
}

/// The exit code of what a binary did; an error is printed once with its causes.
pub fn finish(result: anyhow::Result<u8>) -> ExitCode {
    match result {
        Ok(code) => code.into(),
        Err(error) if is_broken_pipe(&error) => OK.into(),
        Err(error) => {
            print_error(&error, None);
            exit_code(&error).into()
        }
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    let usage = error
        .downcast_ref::<feedback_pipeline::Error>()
        .is_some_and(feedback_pipeline::Error::is_usage)
        || error
            .downcast_ref::<feedback_bert::Error>()
            .is_some_and(|error| matches!(error, feedback_bert::Error::Device { .. }))
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

/// Writes a result to standard output.
///
/// # Errors
///
/// What the system says; [`run`] takes a reader that has seen enough, such as `head`, for a good end.
pub fn emit(text: impl Display) -> anyhow::Result<()> {
    write_out(&harmless(&text.to_string()))
}

fn write_out(text: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .context("cannot write to standard output")
}

/// Writes one JSON document to standard output.
///
/// # Errors
///
/// As [`emit`].
pub fn emit_json(value: &impl Serialize) -> anyhow::Result<()> {
    write_out(&(serde_json::to_string_pretty(value)? + "\n"))
}

/// Writes a line to standard error: settings, progress, what went wrong.
pub fn say(line: impl Display) {
    // Where standard error is closed nobody listens, and the work itself goes on.
    let _ = writeln!(io::stderr().lock(), "{}", harmless(&line.to_string()));
}

/// Says which labels are most likely one, before they become classes of their own.
pub fn say_label_variants<'a>(labels: impl IntoIterator<Item = &'a str>) {
    for variants in feedback_dataset::label_variants(labels) {
        let spellings: Vec<String> = variants
            .spellings
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        say(format_args!(
            "labels {} differ only in case or white space, and are classes of their own\nhint: `inspect FILE --output clean.jsonl --merge-labels` writes a copy with one of them",
            spellings.join(", ")
        ));
    }
}

/// Text for a terminal without what would command it or turn a sentence round: labels and texts are of strangers' making.
fn harmless(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\t' => character,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    text.chars().map(shown).collect()
}

/// True where the one who read our output has gone, which is how `… | head` ends.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kinds = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    kinds.into_iter().any(|kind| kind == io::ErrorKind::BrokenPipe)
}

/// The error, its causes, and what to do about it, which is the last line.
pub fn print_error(error: &anyhow::Error, fallback: Option<&str>) {
    let mut hint = None;
    let mut last = String::new();
    for (depth, cause) in error.chain().enumerate() {
        let message = cause.to_string();
        let text = match message.split_once("\nhint: ") {
            Some((text, found)) => {
                hint = hint.or_else(|| Some(found.to_owned()));
                text
            }
            None => &message,
        };
        // Transparent wrappers repeat their source's words.
        match depth {
            0 => say(format_args!("error: {text}")),
            _ if last.contains(text) => {}
            _ => say(format_args!("  caused by: {}", text.trim_end())),
        }
        last = message;
    }
    if let Some(hint) = hint
        .as_deref()
        .or_else(|| error.chain().find_map(remedy))
        .or(fallback)
    {
        say(format_args!("hint: {}", with_flags(hint)));
    }
}

/// Options that libraries name in their hints, by the names they have there.
const OPTIONS: [&str; 9] = [
    "text_field",
    "label_field",
    "on_bad_row",
    "encoding",
    "labels",
    "force",
    "drop_leaked",
    "allow_leakage",
    "group_by",
];

/// A library names an option as it is called there and in a settings file; on the command line it is a flag.
fn with_flags(hint: &str) -> String {
    let mut text = hint.to_owned();
    for option in OPTIONS {
        let flag = format!("--{}", option.replace('_', "-"));
        for end in ['`', ' '] {
            text = text.replace(&format!("`{option}{end}"), &format!("`{flag}{end}"));
        }
    }
    text
}

/// What to do about errors whose own message cannot know it.
fn remedy(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    use feedback_bert::Error as Model;
    use io::ErrorKind;

    let corrections = match error.downcast_ref::<feedback_pipeline::Error>() {
        Some(feedback_pipeline::Error::Corrections(error)) => Some(error),
        _ => error.downcast_ref::<feedback_corrections::Error>(),
    };
    if let Some(hint) = corrections.and_then(feedback_corrections::Error::hint) {
        return Some(hint);
    }
    let (model, argument) = match error.downcast_ref::<feedback_pipeline::Error>() {
        Some(feedback_pipeline::Error::Model(error)) => (Some(error), None),
        Some(feedback_pipeline::Error::Inference(feedback_inference::Error::Model(error))) => {
            (Some(error), None)
        }
        Some(feedback_pipeline::Error::Training(error)) => (None, Some(error)),
        _ => match error.downcast_ref::<feedback_inference::Error>() {
            Some(feedback_inference::Error::Model(error)) => (Some(error), None),
            _ => (error.downcast_ref::<Model>(), None),
        },
    };
    match (model, argument) {
        (Some(Model::Weights { .. } | Model::Json { .. } | Model::Tokenizer(_)), _) => {
            return Some(
                "the model folder is damaged or of another kind: copy it again, or train the model again",
            );
        }
        (Some(Model::Config { .. }), _) | (_, Some(feedback_trainer::Error::Argument { .. })) => {
            return Some("give another value; `--help` lists the settings");
        }
        _ => {}
    }
    match error.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::NotFound => Some("check the spelling of the path, and that its folder is there"),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Some("check who may read and write there, or name another place")
        }
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
            Some("a file stands where a folder is wanted, or the other way round: name another place")
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Some("make room, or name another place"),
        _ => None,
    }
}

/// The folder of a model: the path itself, or the snapshot of a name on the Hugging Face Hub that is in the cache.
///
/// What is neither stays as it is: loading it says what is missing.
pub fn model_folder(name: &Path) -> PathBuf {
    let cache = feedback_bert::HubOptions {
        offline: true,
        ..feedback_bert::HubOptions::from_env(None)
    };
    let found = feedback_bert::resolve_model(&name.to_string_lossy(), &cache, &mut |_| ());
    found.unwrap_or_else(|_| name.to_owned())
}

/// A progress bar on standard error for each file of a download, where that is a terminal.
pub fn download_bar() -> impl FnMut(feedback_bert::DownloadProgress<'_>) {
    let bar = indicatif::ProgressBar::new(0); // draws on standard error, and only on a terminal
    move |progress| {
        bar.set_length(progress.total.unwrap_or(progress.received));
        bar.set_position(progress.received);
        bar.set_message(progress.file.to_owned());
        if progress.total == Some(progress.received) {
            bar.finish_and_clear();
            bar.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_the_terminal() {
        assert_eq!(harmless("a\tb\nc"), "a\tb\nc");
        assert_eq!(harmless("pra\u{1b}[32mise\r"), "pra\u{FFFD}[32mise\u{FFFD}");
        assert_eq!(harmless("x\u{202E}y שלום"), "x\u{FFFD}y שלום");
    }
}
