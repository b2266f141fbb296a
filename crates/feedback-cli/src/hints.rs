//! Prints an error for people: what went wrong, why, and what to do next.
//!
//! The messages of the libraries name settings by their keys in a settings file (`on_bad_row`). This module turns these
//! keys into the flags of the command (`--on-bad-row`); `notices` does so for what is said about a file.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::io;
use std::sync::Arc;

use clap::{ArgMatches, Command};

use crate::output::message;

/// The flags of a command, which replace the names of settings in hints.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// Maps the name of each setting (`on_bad_row`) to its flag (`--on-bad-row`).
    flags: BTreeMap<String, String>,
    /// The values of the settings of this run, given or by default.
    values: BTreeMap<String, String>,
}

impl Hints {
    /// Collects all flags of this command.
    pub fn for_command(command: &Command) -> Self {
        let mut flags = BTreeMap::new();
        for argument in command.get_arguments() {
            let names = argument.get_long().into_iter();
            let aliases = argument.get_all_aliases().into_iter().flatten();
            for name in names.chain(aliases) {
                flags.insert(name.replace('-', "_"), format!("--{name}"));
            }
        }
        let values = BTreeMap::new();
        Self { flags, values }
    }

    /// Adds the values of this run, so that no hint advises a setting that already has the value.
    #[must_use]
    pub(crate) fn with_values(mut self, command: &Command, matches: &ArgMatches) -> Self {
        for argument in command.get_arguments() {
            let raw = matches.try_get_raw(argument.get_id().as_str());
            let last = raw.ok().flatten().and_then(Iterator::last);
            if let (Some(name), Some(value)) = (argument.get_long(), last.and_then(OsStr::to_str)) {
                self.values.insert(name.replace('-', "_"), value.to_owned());
            }
        }
        self
    }

    /// Prints the error, its causes and, as the last line, a hint; `fallback` is used if no other hint applies.
    pub fn print_error(&self, error: &anyhow::Error, fallback: Option<&str>) {
        self.lines(error, fallback).iter().for_each(message);
    }

    /// Returns the hint of the error because of which the value of an argument cannot be parsed.
    pub(crate) fn for_argument(&self, error: &clap::Error) -> Option<String> {
        let hint = error.source().and_then(hint_of)?;
        Some(self.with_flags(&hint))
    }

    fn lines(&self, error: &anyhow::Error, fallback: Option<&str>) -> Vec<String> {
        let mut lines = Vec::new();
        let mut hint = None;
        let mut last = String::new();
        for cause in error.chain() {
            let full = cause.to_string();
            // Messages of the programs, which know their flags, end with the hint.
            let (text, own_hint) = match full.split_once("\nhint: ") {
                Some((text, own_hint)) => (text, Some(own_hint.to_owned())),
                None => (full.as_str(), None),
            };
            hint = hint.or(own_hint).or_else(|| hint_of(cause));
            if lines.is_empty() {
                lines.push(format!("error: {text}"));
            } else if !last.contains(text) {
                // A transparent wrapper repeats the message of its source.
                lines.push(format!("  caused by: {}", text.trim_end()));
            }
            last = full;
        }
        let hint = hint
            .as_deref()
            .or_else(|| error.chain().find_map(remedy))
            .or(fallback);
        lines.extend(hint.map(|hint| format!("hint: {}", self.with_flags(hint))));
        lines
    }

    /// Replaces each setting in backticks by its flag: `` `on_bad_row` ``, `` `on_bad_row set-aside` `` and
    /// `` `on_bad_row = "set-aside"` ``.
    fn with_flags(&self, hint: &str) -> String {
        let hint = self.without_what_is_set(hint);
        let hint = match self.flags.contains_key("task") {
            true => hint,
            // The model decides about the task.
            false => hint.replace(SEVERAL_LABELS, SEVERAL_LABELS_BY_MODEL),
        };
        let mut parts: Vec<String> = hint.split('`').map(str::to_owned).collect();
        let closed = parts.len().saturating_sub(1);
        for code in parts[..closed].iter_mut().skip(1).step_by(2) {
            if let Some(flag) = self.flag(code) {
                *code = flag;
            }
        }
        parts.join("`")
    }

    /// Leaves out the parts of a hint, separated by semicolons, that begin with a setting and a value that the setting already has, or
    /// with a setting that the command does not have.
    fn without_what_is_set(&self, hint: &str) -> String {
        let is_set = |part: &&str| {
            let code = part.strip_prefix('`').and_then(|rest| rest.split_once('`'));
            let setting = code.and_then(|(code, _)| code.split_once(' '));
            let is_absent = |(code, _): (&str, &str)| {
                let is_name = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                is_name && code.contains('_') && !self.flags.contains_key(code)
            };
            code.is_some_and(is_absent)
                || setting.is_some_and(|(name, value)| self.values.get(name).is_some_and(|now| now == value))
        };
        let parts: Vec<&str> = hint.split("; ").filter(|part| !is_set(part)).collect();
        match parts.is_empty() {
            true => hint.to_owned(),
            false => parts.join("; "),
        }
    }

    /// Turns the text between two backticks into a flag; `None` if it does not start with a setting of the command.
    fn flag(&self, code: &str) -> Option<String> {
        let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let end = code.find(|character| !is_name(character)).unwrap_or(code.len());
        let (name, rest) = code.split_at(end);
        let flag = self.flags.get(name)?;
        let rest = rest.trim_start();
        if rest.is_empty() {
            return Some(flag.clone());
        }
        let value = match rest.strip_prefix('=') {
            Some(value) => value.trim().trim_matches('"'),
            // `train --model DIR` is a command line, not a setting.
            None if rest.starts_with('-') || code.len() == end + rest.len() => return None,
            None => rest,
        };
        Some(format!("{flag} {value}"))
    }
}

/// The advice to use a task for several labels, and what it becomes in commands that only use models.
const SEVERAL_LABELS: &str = "use `task multi-label`";
const SEVERAL_LABELS_BY_MODEL: &str = "use a model that was trained with `train --task multi-label`";

/// Asks an error for its hint, if it is of one of these types.
macro_rules! first_hint {
    ($error:expr, $($type:ty),* $(,)?) => {
        None$(.or_else(|| {
            let hint = $error.downcast_ref::<$type>().and_then(|error| error.hint());
            hint.map(String::from)
        }))*
    };
}

/// Returns the hint of an error that has a `hint()` method.
fn hint_of(error: &(dyn Error + 'static)) -> Option<String> {
    let io = error.downcast_ref::<io::Error>();
    let io = io.or_else(|| error.downcast_ref::<Arc<io::Error>>().map(AsRef::as_ref));
    if let Some(inner) = io.and_then(io::Error::get_ref) {
        return hint_of(inner);
    }
    if let Some(failed) = error.downcast_ref::<feedback_trainer::CallbackError>() {
        return Some(failed.hint().to_owned());
    }
    command_hint(error).or_else(|| cause_hint(error))
}

/// Returns the hint of an error of a crate that commands use directly.
fn command_hint(error: &(dyn Error + 'static)) -> Option<String> {
    first_hint!(
        error,
        feedback_pipeline::Error,
        feedback_pretrain::Error,
        feedback_inspect::Error,
        feedback_studies::Error,
        feedback_multilabel::Error,
        feedback_start::Error,
        feedback_heads::Error,
        feedback_report::Error,
        feedback_insight::Error,
        feedback_drift::Error,
        feedback_inference::Error,
        feedback_corrections::Error,
        // The server shares its errors between requests.
        Arc<feedback_inference::Error>,
        Arc<feedback_corrections::Error>,
        Arc<feedback_dataset::Error>,
    )
}

/// Returns the hint of an error that is often the cause of others.
fn cause_hint(error: &(dyn Error + 'static)) -> Option<String> {
    use feedback_dataset::error::{LabelError, ReadError, SplitError, WriteError};

    first_hint!(
        error,
        feedback_trainer::Error,
        feedback_dataset::Error,
        ReadError,
        LabelError,
        SplitError,
        WriteError,
        feedback_bert::Error,
        feedback_hub::Error,
        feedback_metrics::Error,
        feedback_files::Error,
    )
}

/// Returns a hint for an error that has no hint itself.
fn remedy(error: &(dyn Error + 'static)) -> Option<&'static str> {
    model_remedy(error).or_else(|| file_remedy(error))
}

fn model_remedy(error: &(dyn Error + 'static)) -> Option<&'static str> {
    use feedback_bert::Error as Model;
    use feedback_inference::Error as Inference;
    use feedback_multilabel::Error as Several;
    use feedback_pipeline::Error as Pipeline;
    use feedback_pretrain::Error as Pretrain;
    use feedback_studies::Error as Studies;
    use feedback_trainer::Error as Training;

    const VALUE: &str = "give another value; `--help` lists the settings";

    let pretrain = error.downcast_ref::<Pretrain>();
    let pipeline = match (pretrain, error.downcast_ref::<Several>()) {
        (Some(Pretrain::Pipeline(error)), _) | (_, Some(Several::Pipeline(error))) => Some(error),
        _ => match error.downcast_ref() {
            Some(Studies::Pipeline(error)) => Some(error),
            _ => error.downcast_ref::<Pipeline>(),
        },
    };
    let model = match pipeline {
        Some(Pipeline::Training(Training::Argument { .. })) => return Some(VALUE),
        Some(Pipeline::Model(error) | Pipeline::Inference(Inference::Model(error))) => Some(error),
        _ => match (pretrain, error.downcast_ref::<Inference>()) {
            (Some(Pretrain::Training(Training::Argument { .. })), _) => return Some(VALUE),
            (Some(Pretrain::Model(error)), _) | (_, Some(Inference::Model(error))) => Some(error),
            _ => error.downcast_ref::<Model>(),
        },
    };
    match model? {
        Model::Weights { .. } | Model::Json { .. } | Model::Tokenizer(_) => Some(
            "the model folder is damaged or contains another kind of model: copy it again, or train the model again",
        ),
        Model::Config { .. } => Some(VALUE),
        _ => None,
    }
}

fn file_remedy(error: &(dyn Error + 'static)) -> Option<&'static str> {
    use io::ErrorKind;

    Some(match error.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::NotFound => "check the spelling of the path, and that its folder exists",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "check the permissions of that path, or choose another path"
        }
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
            "there is a file where a folder is expected, or a folder where a file is expected: choose another path"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space on that disk, or choose another path"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;
    use crate::exit::WithCode;

    fn command() -> Command {
        let epochs = Arg::new("num_train_epochs").long("num-train-epochs");
        Command::new("test")
            .arg(Arg::new("on_bad_row").long("on-bad-row").default_value("fail"))
            .arg(Arg::new("model").long("model"))
            .arg(epochs.visible_alias("epochs"))
    }

    fn hints() -> Hints {
        Hints::for_command(&command())
    }

    #[test]
    fn a_setting_that_already_has_the_value_is_not_advised() {
        let given = |arguments: &[&str]| {
            let matches = command().try_get_matches_from(arguments).unwrap();
            hints().with_values(&command(), &matches)
        };
        let hint = "close the quote; `on_bad_row set-aside` leaves such rows out and continues";
        assert_eq!(
            given(&["test"]).with_flags(hint),
            "close the quote; `--on-bad-row set-aside` leaves such rows out and continues"
        );
        let set = given(&["test", "--on-bad-row", "set-aside"]);
        assert_eq!(set.with_flags(hint), "close the quote");
        for other in [
            "set `on_bad_row set-aside`; or not",
            "`on_bad_row fail` is stricter",
        ] {
            assert!(set.with_flags(other).contains("--on-bad-row"));
        }
    }

    #[test]
    fn a_command_without_the_task_advises_another_model() {
        let hint = "keep one label, or use `task multi-label`";
        assert_eq!(
            hints().with_flags(hint),
            "keep one label, or use a model that was trained with `train --task multi-label`"
        );
        let train = Hints::for_command(&Command::new("train").arg(Arg::new("task").long("task")));
        assert_eq!(
            train.with_flags(hint),
            "keep one label, or use `--task multi-label`"
        );
    }

    #[test]
    fn settings_in_backticks_become_flags_of_the_command() {
        for (hint, expected) in [
            ("set `on_bad_row` to set-aside", "set `--on-bad-row` to set-aside"),
            (
                "`on_bad_row set-aside` keeps them",
                "`--on-bad-row set-aside` keeps them",
            ),
            ("`on_bad_row = \"set-aside\"`", "`--on-bad-row set-aside`"),
            ("`on_bad_row=set-aside`", "`--on-bad-row set-aside`"),
            ("`model` or `epochs`", "`--model` or `--epochs`"),
            ("fewer `num_train_epochs`", "fewer `--num-train-epochs`"),
        ] {
            assert_eq!(hints().with_flags(hint), expected);
        }
    }

    #[test]
    fn other_text_is_not_changed() {
        for hint in [
            "the model, and on_bad_row without backticks",
            "`label_field` is a setting of other commands",
            "`--model DIR` is a flag already",
            "`model --all` is a command line",
            "`model.safetensors` and `models/model` are files",
            "an open `on_bad_row",
        ] {
            assert_eq!(hints().with_flags(hint), hint);
        }
    }

    #[test]
    fn an_error_is_printed_once_with_its_causes_and_one_hint() {
        let error = anyhow::anyhow!("row 3 has no text\nhint: `on_bad_row set-aside` leaves such rows out")
            .context("`a.csv`: row 3 has no text")
            .context("cannot train");
        assert_eq!(
            hints().lines(&error, Some("not this one")),
            [
                "error: cannot train",
                "  caused by: `a.csv`: row 3 has no text",
                "hint: `--on-bad-row set-aside` leaves such rows out"
            ]
        );
        let file = anyhow::Error::from(io::Error::from(io::ErrorKind::NotFound));
        assert!(hints().lines(&file, None)[1].contains("spelling"));
        let plain = hints().lines(&anyhow::anyhow!("no"), Some("use `model`"));
        assert_eq!(plain, ["error: no", "hint: use `--model`"]);
        let pretrain = hints().lines(&feedback_pretrain::Error::NoEncoder.into(), None);
        assert_eq!(pretrain[1], "hint: name a folder with an encoder as `--model`");
    }

    #[test]
    fn an_io_error_hides_no_hint() {
        let missing = || feedback_files::Error::NotFound { path: "a".into() };
        let message = "error: there is no file `a`";
        for error in [
            io::Error::from(missing()).into(),
            feedback_corrections::Error::Io(missing().into()).into(),
            feedback_pipeline::Error::File(missing()).into(),
            anyhow::Error::from(Arc::new(io::Error::from(missing()))),
        ] {
            let lines = hints().lines(&error, None);
            assert_eq!(lines.len(), 2, "{lines:?}");
            assert!(
                lines[0] == message && lines[1].starts_with("hint: check the spelling"),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn the_hint_of_an_argument_is_found() {
        let device = Arg::new("device").long("device");
        let device = device.value_parser(clap::value_parser!(feedback_bert::DeviceChoice));
        let error = Command::new("test")
            .arg(device)
            .try_get_matches_from(["test", "--device", "tpu"])
            .unwrap_err();
        let hint = hints().for_argument(&error);
        assert!(
            hint.is_some_and(|hint| hint.starts_with("this build has: ")),
            "{error}"
        );
    }

    #[test]
    fn an_exit_code_hides_no_hint() {
        let interrupted = feedback_pretrain::Error::Interrupted {
            global_step: 1,
            kept: true,
        };
        let error = WithCode::new(130, interrupted.into()).into();
        assert_eq!(
            hints().lines(&error, None),
            [
                "error: interrupted after step 1; a checkpoint is saved",
                "hint: the same command continues"
            ]
        );
    }
}
