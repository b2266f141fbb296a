//! Settings from a TOML file, which flags and environment variables override.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, Command, Id};

/// Makes flags override conflicting environment variables: if an argument conflicts with a given flag, its variable is
/// not read. For example, `FEEDBACK_DATA` is ignored with `--train`, and `FEEDBACK_SEED` with `--resume`.
///
/// Returns the command without these variables, and the names of the ignored variables that are set.
pub fn without_contradicted_variables(command: Command, arguments: &[OsString]) -> (Command, Vec<String>) {
    let excluded = excluded_by_flags(&command, arguments);
    let variables = command
        .get_arguments()
        .filter(|argument| excluded.contains(argument.get_id()))
        .filter_map(Arg::get_env);
    let ignored = variables
        .filter(|name| std::env::var_os(name).is_some())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let command = excluded.into_iter().fold(command, |command, id| {
        command.mut_arg(id, |argument| argument.env(Resettable::Reset))
    });
    (command, ignored)
}

/// Returns the arguments that conflict with the flags on the command line.
fn excluded_by_flags(command: &Command, arguments: &[OsString]) -> BTreeSet<Id> {
    let ids: Vec<Id> = command
        .get_arguments()
        .map(|argument| argument.get_id().clone())
        .collect();
    let flags_only = ids
        .iter()
        .fold(command.clone().ignore_errors(true), |command, id| {
            command.mut_arg(id, |argument| argument.env(Resettable::Reset))
        });
    let Ok(matches) = flags_only.try_get_matches_from(arguments) else {
        return BTreeSet::new(); // `--help`, for example
    };
    let is_given =
        |argument: &Arg| matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine);
    let mut excluded = BTreeSet::new();
    for argument in command.get_arguments() {
        for other in command.get_arg_conflicts_with(argument) {
            if is_given(argument) {
                excluded.insert(other.get_id().clone());
            }
            if is_given(other) {
                excluded.insert(argument.get_id().clone());
            }
        }
    }
    excluded
}

/// The arguments of a command, extended by the settings of the settings file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WithFile {
    /// All arguments, the program's name first.
    pub arguments: Vec<OsString>,
    /// Keys of the settings file that were left out because they conflict with flags.
    pub ignored: Vec<String>,
    /// The path of the settings file, if there is one.
    pub path: Option<PathBuf>,
    /// The settings taken from the file, each as the flag's name and the key in the file.
    pub used: Vec<(String, String)>,
}

impl WithFile {
    /// Returns the key of the settings file that sets this argument, or `None` if the file does not set it.
    pub(crate) fn key_of(&self, argument: &Arg) -> Option<&str> {
        let mut used = self.used.iter();
        let (_, key) = used.find(|(flag, _)| names(argument).any(|name| name == flag))?;
        Some(key)
    }
}

/// Returns the long name and the aliases of an argument.
pub(crate) fn names(argument: &Arg) -> impl Iterator<Item = &str> {
    argument
        .get_long()
        .into_iter()
        .chain(argument.get_all_aliases().into_iter().flatten())
}

/// Adds the settings of the file named by `--config` (or `FEEDBACK_CONFIG`) to the arguments.
///
/// A setting is added only if no flag and no environment variable sets it and no flag conflicts with it.
///
/// # Errors
///
/// The file cannot be read, is not TOML, or has a key that the command does not know.
pub fn with_file(arguments: Vec<OsString>, command: &Command) -> anyhow::Result<WithFile> {
    let has_settings = command
        .get_arguments()
        .any(|argument| argument.get_id() == "config");
    let Some(path) = config_path(&arguments).filter(|_| has_settings) else {
        return Ok(WithFile {
            arguments,
            ..WithFile::default()
        });
    };
    let table = read_table(&path)?;
    let excluded = excluded_by_flags(command, &arguments);
    let mut merged = WithFile::default();
    let mut extra = Vec::new();
    for (key, value) in &table {
        let argument = argument_of(command, key, &path)?;
        let by_variable = argument
            .get_env()
            .is_some_and(|name| std::env::var_os(name).is_some());
        if excluded.contains(argument.get_id()) {
            merged.ignored.push(key.clone());
            continue;
        }
        if by_variable || names(argument).any(|name| is_given(&arguments, name)) {
            continue;
        }
        let flag = key.replace('_', "-");
        let new = as_arguments(&flag, value, argument.get_action())
            .with_context(|| format!("`{}`: setting `{key}`", path.display()))?;
        extra.extend(new);
        merged.used.push((flag, key.clone()));
    }
    merged.arguments = arguments;
    // Inserted right after the program name, before positional arguments and `--`.
    merged.arguments.splice(1..1, extra);
    merged.path = Some(path);
    Ok(merged)
}

fn read_table(path: &Path) -> anyhow::Result<toml::Table> {
    let text =
        fs_err::read_to_string(path).context("the settings file given to `--config` cannot be read")?;
    text.parse()
        .with_context(|| format!("`{}` is not valid TOML", path.display()))
}

/// Returns the argument that a key of the settings file sets.
fn argument_of<'a>(command: &'a Command, key: &str, path: &Path) -> anyhow::Result<&'a Arg> {
    let flag = key.replace('_', "-");
    let mut arguments = command.get_arguments();
    let known = arguments.find(|argument| names(argument).any(|name| name == flag));
    known.with_context(|| {
        let all: Vec<&str> = command.get_arguments().filter_map(Arg::get_long).collect();
        format!(
            "`{}`: unknown setting `{key}`\nhint: the settings are: {}",
            path.display(),
            all.join(", ")
        )
    })
}

/// Returns the path of the settings file given by `--config` or, without this flag, by `FEEDBACK_CONFIG`.
fn config_path(arguments: &[OsString]) -> Option<PathBuf> {
    let mut rest = flags(arguments);
    while let Some(argument) = rest.next() {
        let argument = argument.to_string_lossy();
        if argument == "--config" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(path) = argument.strip_prefix("--config=") {
            return Some(PathBuf::from(path));
        }
    }
    std::env::var_os("FEEDBACK_CONFIG").map(PathBuf::from)
}

/// Returns the arguments before `--`; the arguments after `--` are texts, even if they look like flags.
fn flags(arguments: &[OsString]) -> impl Iterator<Item = &OsString> {
    arguments.iter().take_while(|argument| *argument != "--")
}

/// Returns whether the flag `--name` is among the arguments.
pub(crate) fn is_given(arguments: &[OsString], name: &str) -> bool {
    flags(arguments).any(|argument| {
        let argument = argument.to_string_lossy();
        let given = argument.strip_prefix("--");
        given.is_some_and(|given| {
            given == name || given.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
        })
    })
}

/// Converts a setting of the file to arguments: a switch becomes `--flag` or nothing, a list one `--flag=value` for
/// each element, and any other setting one `--flag=value`.
fn as_arguments(flag: &str, value: &toml::Value, action: &ArgAction) -> anyhow::Result<Vec<OsString>> {
    let one = |value: &toml::Value| -> anyhow::Result<String> {
        Ok(match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => number.to_string(),
            other => bail!(
                "expected a string, a number, true, false or a list of strings, found {}",
                other.type_str()
            ),
        })
    };
    Ok(match value {
        toml::Value::Boolean(value) if action.takes_values() => vec![format!("--{flag}={value}").into()],
        toml::Value::Boolean(true) => vec![format!("--{flag}").into()],
        toml::Value::Boolean(false) => Vec::new(),
        toml::Value::Array(_) if !matches!(action, ArgAction::Append) => {
            bail!("expected one value, found a list")
        }
        toml::Value::Array(values) => {
            let values: Vec<String> = values.iter().map(one).collect::<anyhow::Result<_>>()?;
            values
                .iter()
                .map(|value| format!("--{flag}={value}").into())
                .collect()
        }
        single => vec![format!("--{flag}={}", one(single)?).into()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        Command::new("test")
            .arg(
                Arg::new("num_train_epochs")
                    .long("num-train-epochs")
                    .visible_alias("epochs"),
            )
            .arg(Arg::new("model").long("model").conflicts_with("untrained"))
            .arg(Arg::new("untrained").long("untrained").action(ArgAction::SetTrue))
            .arg(Arg::new("group_by_length").long("group-by-length"))
            .arg(
                Arg::new("drop_leaked")
                    .long("drop-leaked")
                    .action(ArgAction::SetTrue),
            )
            .arg(Arg::new("config").long("config"))
    }

    fn merged(toml: &str, arguments: &[&str]) -> anyhow::Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        fs_err::write(&path, toml).unwrap();
        let mut all: Vec<OsString> = vec!["test".into(), "--config".into(), path.into()];
        all.extend(arguments.iter().map(OsString::from));
        let merged = with_file(all, &command())?;
        Ok(merged
            .arguments
            .iter()
            .skip(1)
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect())
    }

    #[test]
    fn the_file_adds_settings_that_flags_do_not_give() {
        let both = merged("num_train_epochs = 5\nmodel = \"a\"", &[]).unwrap();
        assert!(both.contains(&"--num-train-epochs=5".to_owned()) && both.contains(&"--model=a".to_owned()));
        let overridden = merged("num_train_epochs = 5", &["--epochs", "2"]).unwrap();
        assert!(
            !overridden.contains(&"--num-train-epochs=5".to_owned()),
            "{overridden:?}"
        );
    }

    #[test]
    fn a_setting_that_contradicts_a_flag_is_left_out() {
        let both = merged("num_train_epochs = 5\nmodel = \"a\"", &["--untrained"]).unwrap();
        assert!(!both.contains(&"--model=a".to_owned()), "{both:?}");
        assert!(both.contains(&"--num-train-epochs=5".to_owned()), "{both:?}");
    }

    #[test]
    fn switches_are_present_or_absent_and_booleans_have_a_value() {
        let both = merged("group_by_length = false\ndrop_leaked = true", &[]).unwrap();
        assert!(both.contains(&"--group-by-length=false".to_owned()), "{both:?}");
        assert!(both.contains(&"--drop-leaked".to_owned()), "{both:?}");
        let off = merged("drop_leaked = false", &[]).unwrap();
        assert!(!off.iter().any(|argument| argument.starts_with("--drop-leaked")));
    }

    #[test]
    fn arguments_after_two_dashes_are_texts() {
        let both = merged("num_train_epochs = 5", &["--", "--epochs"]).unwrap();
        assert!(both.contains(&"--num-train-epochs=5".to_owned()), "{both:?}");
        let texts = ["test", "--", "--config", "none.toml"]
            .map(OsString::from)
            .to_vec();
        assert_eq!(with_file(texts.clone(), &command()).unwrap().arguments, texts);
    }

    #[test]
    fn unknown_settings_and_invalid_values_are_refused() {
        assert!(
            merged("epoch = 5", &[])
                .unwrap_err()
                .to_string()
                .contains("`epoch`")
        );
        assert!(merged("model = { a = 1 }", &[]).is_err());
        let list = merged("num_train_epochs = [1, 2]", &[]).unwrap_err();
        assert_eq!(list.root_cause().to_string(), "expected one value, found a list");
    }
}
