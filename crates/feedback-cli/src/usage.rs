//! Adds to clap's errors what clap does not report: where an invalid value comes from, which of the given flags conflict,
//! and which environment variables look like settings but are not read.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::config::{WithFile, is_given, names};

const PREFIX: &str = "FEEDBACK_";

/// Completes an error of clap. Returns a note that the invalid value comes from the settings file or an environment
/// variable. Returns `None` if the value comes from the command line, or if the error is about something else.
pub(crate) fn explain(
    error: &mut clap::Error,
    parser: &Command,
    given: &[OsString],
    merged: &WithFile,
) -> Option<String> {
    if error.kind() == ErrorKind::ArgumentConflict {
        keep_given(error, parser, &merged.arguments);
        return None;
    }
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let argument = argument_of(parser, shown)?;
    if names(argument).any(|name| is_given(given, name)) {
        return None;
    }
    if let Some(key) = merged.key_of(argument) {
        let file = merged.path.as_deref()?.display();
        return Some(format!("the value comes from `{key}` in `{file}`"));
    }
    let variable = argument.get_env()?;
    std::env::var_os(variable)?;
    Some(format!(
        "the value comes from the environment variable {}",
        variable.to_string_lossy()
    ))
}

/// Removes the arguments that are not given from a conflict error: for a flag that conflicts with a group, clap lists the
/// whole group.
fn keep_given(error: &mut clap::Error, parser: &Command, arguments: &[OsString]) {
    if let Some(ContextValue::Strings(all)) = error.get(ContextKind::PriorArg) {
        let is_given = |shown: &String| {
            argument_of(parser, shown)
                .is_none_or(|argument| names(argument).any(|name| is_given(arguments, name)))
        };
        let mut kept: Vec<String> = all.iter().filter(|shown| is_given(shown)).cloned().collect();
        let kept = match kept.len() {
            0 => return,
            1 => ContextValue::String(kept.remove(0)),
            _ => ContextValue::Strings(kept),
        };
        error.insert(ContextKind::PriorArg, kept);
    }
    let tip = StyledStr::from("remove one or the other");
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
}

/// Returns the argument that clap shows as `--name <VALUE>`.
fn argument_of<'a>(parser: &'a Command, shown: &str) -> Option<&'a Arg> {
    let name = shown.strip_prefix("--")?;
    let end = name.find([' ', '=', '[', '<']).unwrap_or(name.len());
    parser
        .get_arguments()
        .find(|argument| argument.get_long() == Some(&name[..end]))
}

/// Returns a note for each environment variable that looks like a setting of this command but is not read, because its name
/// is misspelt or the setting has no variable.
pub(crate) fn misspelt(parser: &Command, variables: impl Iterator<Item = String>) -> Vec<String> {
    let known: Vec<String> = parser
        .get_arguments()
        .filter_map(|argument| Some(argument.get_env()?.to_string_lossy().into_owned()))
        .collect();
    let unknown = variables.filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    let mut notes: Vec<String> = unknown.filter_map(|name| note(parser, &known, &name)).collect();
    notes.sort();
    notes
}

fn note(parser: &Command, known: &[String], variable: &str) -> Option<String> {
    let flag = variable.strip_prefix(PREFIX)?.to_lowercase().replace('_', "-");
    let argument = parser
        .get_arguments()
        .find(|argument| names(argument).any(|name| name == flag));
    if let Some(argument) = argument {
        return Some(match argument.get_env() {
            Some(right) => format!(
                "{variable} is ignored; the variable is called {}",
                right.to_string_lossy()
            ),
            None => format!("{variable} is ignored: --{flag} has no environment variable"),
        });
    }
    // Allow one typo in a short name, and two in a long name.
    let allowed = if variable.len() > PREFIX.len() + 6 { 2 } else { 1 };
    let right = known
        .iter()
        .find(|name| strsim::damerau_levenshtein(name, variable) <= allowed)?;
    Some(format!("{variable} is ignored; did you mean {right}?"))
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, ArgGroup};

    use super::*;

    fn command() -> Command {
        let epochs = Arg::new("num_train_epochs")
            .long("num-train-epochs")
            .visible_alias("epochs")
            .env("FEEDBACK_NUM_TRAIN_EPOCHS");
        Command::new("test")
            .arg(epochs.value_parser(clap::value_parser!(u32)))
            .arg(Arg::new("seed").long("seed").env("FEEDBACK_SEED"))
            .arg(Arg::new("force").long("force").action(ArgAction::SetTrue))
            .group(
                ArgGroup::new("settings")
                    .args(["num_train_epochs", "seed", "force"])
                    .multiple(true),
            )
            .arg(Arg::new("resume").long("resume").conflicts_with("settings"))
    }

    fn refused(arguments: &[&str], path: Option<&str>) -> (clap::Error, Option<String>) {
        let given: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let merged = WithFile {
            arguments: given.clone(),
            path: path.map(Into::into),
            used: path
                .map(|_| vec![("epochs".to_owned(), "epochs".to_owned())])
                .unwrap_or_default(),
            ..WithFile::default()
        };
        let mut error = command().try_get_matches_from(arguments).unwrap_err();
        let typed = if path.is_some() { &given[..1] } else { &given[..] };
        let source = explain(&mut error, &command(), typed, &merged);
        (error, source)
    }

    #[test]
    fn a_conflict_names_only_what_is_given() {
        let (error, source) = refused(&["test", "--resume", "a", "--epochs", "3"], None);
        let text = error.to_string();
        assert!(
            text.contains("--resume") && text.contains("--num-train-epochs"),
            "{text}"
        );
        assert!(!text.contains("--force") && !text.contains("--seed"), "{text}");
        assert!(text.contains("remove one or the other"), "{text}");
        assert_eq!(source, None);
    }

    #[test]
    fn an_invalid_value_of_the_settings_file_is_reported_with_its_key() {
        let (_, typed) = refused(&["test", "--epochs", "many"], None);
        assert_eq!(typed, None);
        let (_, source) = refused(&["test", "--epochs", "many"], Some("s.toml"));
        assert_eq!(source.unwrap(), "the value comes from `epochs` in `s.toml`");
    }

    #[test]
    fn variables_that_look_like_settings_are_named() {
        let names = [
            "FEEDBACK_EPOCHS",
            "FEEDBACK_FORCE",
            "FEEDBACK_SED",
            "FEEDBACK_ADDR",
            "FEEDBACK_SEED",
            "PATH",
        ];
        let notes = misspelt(&command(), names.into_iter().map(str::to_owned));
        assert_eq!(
            notes,
            [
                "FEEDBACK_EPOCHS is ignored; the variable is called FEEDBACK_NUM_TRAIN_EPOCHS",
                "FEEDBACK_FORCE is ignored: --force has no environment variable",
                "FEEDBACK_SED is ignored; did you mean FEEDBACK_SEED?",
            ]
        );
    }
}
