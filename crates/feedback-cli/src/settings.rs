//! Turns the settings structs of the libraries into command-line arguments.
//!
//! A settings struct with `clap::Args` is added without defaults: settings that are not given keep the value in the
//! struct. The help shows this value. An argument that takes one value can also be set by an environment variable
//! `FEEDBACK_NAME`.

use clap::builder::StyledStr;
use clap::parser::ValueSource;
use clap::{Arg, ArgGroup, ArgMatches, Args, Command, Id};
use feedback_trainer::{IntervalStrategy, TrainingArguments};
use serde_json::Value;

/// Adds the arguments of `T` to a command, as the group `group`.
///
/// `default` returns the default of an argument as text, which the help shows.
pub(crate) fn add<T: Args>(
    command: Command,
    group: &'static str,
    default: impl Fn(&str) -> Option<String>,
) -> Command {
    let ids = ids::<T>();
    let command = ids
        .iter()
        .fold(T::augment_args_for_update(command), |command, id| {
            command.mut_arg(id, |argument| describe(argument, default(id.as_str())))
        });
    command.group(ArgGroup::new(group).args(ids).multiple(true))
}

/// Returns the ids of the arguments of `T`.
pub(crate) fn ids<T: Args>() -> Vec<Id> {
    let command = T::augment_args_for_update(Command::new("settings"));
    command
        .get_arguments()
        .map(|argument| argument.get_id().clone())
        .collect()
}

/// Adds the environment variable to an argument, and the default to its help.
fn describe(argument: Arg, default: Option<String>) -> Arg {
    let name = argument.get_id().as_str().to_uppercase();
    let is_list = argument.get_value_delimiter().is_some();
    // Switches and lists have no environment variable: a variable that is set in a shell is easily forgotten.
    let argument = if argument.get_action().takes_values() && !is_list {
        argument.env(format!("FEEDBACK_{name}"))
    } else {
        argument
    };
    let Some(default) = default else {
        return argument;
    };
    let with_default = |help: Option<&StyledStr>| {
        let help = help.map(ToString::to_string).unwrap_or_default();
        // In a long help, details follow after the first line.
        match help.split_once('\n') {
            Some((first, rest)) => format!("{first} [default: {default}]\n{rest}"),
            None => format!("{help} [default: {default}]"),
        }
    };
    let short = with_default(argument.get_help());
    let long = argument.get_long_help().map(|help| with_default(Some(help)));
    let argument = argument.help(short);
    match long {
        Some(long) => argument.long_help(long),
        None => argument,
    }
}

/// Returns the value of the field `name`, at any depth, of a settings struct that was serialised to JSON; `None` if the
/// field is not a string, number or boolean.
pub(crate) fn value_of(name: &str, settings: &Value) -> Option<String> {
    let fields = settings.as_object()?;
    let nested = || fields.values().find_map(|inner| value_of(name, inner));
    match fields.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
        Some(_) | None => nested(),
    }
}

/// Saves and evaluates every N updates if `save_steps` or `eval_steps` is stated, but not when to save or evaluate.
pub(crate) fn choose_intervals(training: &mut TrainingArguments, matches: &ArgMatches) {
    let is_stated = |name| {
        let source = matches.value_source(name);
        source.is_some_and(|source| source != ValueSource::DefaultValue)
    };
    if is_stated("save_steps") && !is_stated("save_strategy") {
        training.save_strategy = IntervalStrategy::Steps;
    }
    if is_stated("eval_steps") && !is_stated("eval_strategy") {
        training.eval_strategy = IntervalStrategy::Steps;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Args)]
    struct Settings {
        /// Seed of all random numbers
        ///
        /// Any number.
        #[arg(long)]
        seed: u64,
        /// Labels
        #[arg(long, value_delimiter = ',')]
        labels: Vec<String>,
        /// Train anyway
        #[arg(long)]
        force: bool,
    }

    #[test]
    fn arguments_have_defaults_in_their_help_and_variables_for_single_values() {
        let default = |name: &str| value_of(name, &json!({"group": {"seed": 42}, "labels": ["a"]}));
        let mut command = add::<Settings>(Command::new("test"), "settings", default);
        let variable = |name: &str| {
            let argument = command.get_arguments().find(|argument| argument.get_id() == name);
            argument.unwrap().get_env().map(|name| name.to_os_string())
        };
        assert_eq!(variable("seed").unwrap(), "FEEDBACK_SEED");
        assert_eq!((variable("labels"), variable("force")), (None, None));
        let help = command.render_long_help().to_string();
        assert!(
            help.contains("Seed of all random numbers [default: 42]"),
            "{help}"
        );
        assert!(help.contains("Any number."), "{help}");
        let matches = command.try_get_matches_from(["test", "--seed", "7"]).unwrap();
        let mut settings = Settings {
            seed: 1,
            labels: vec!["kept".into()],
            force: false,
        };
        clap::FromArgMatches::update_from_arg_matches(&mut settings, &matches).unwrap();
        assert_eq!((settings.seed, settings.labels), (7, vec!["kept".to_owned()]));
    }
}
