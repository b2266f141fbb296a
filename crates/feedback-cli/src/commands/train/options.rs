//! Converts the arguments of `train` to the options of the pipeline.

use feedback_dataset::read::LabelRule;
use feedback_hub::HubOptions;
use feedback_pipeline::train::settings::TrainOptions;

use super::arguments::Arguments;
use crate::models::download_bar;
use crate::multi_label::label_rule;
use crate::notices;

/// Returns the options, including those that are not saved with a run. Downloads the base model if it is on the Hugging Face Hub.
pub(super) fn options(arguments: &Arguments) -> anyhow::Result<TrainOptions> {
    let mut options = arguments.settings.0.clone();
    let hub = HubOptions::from_env(options.model.revision.as_deref());
    options.model.base = options.model.base.resolve(&hub, &mut download_bar())?;
    let fields: Vec<String> = options
        .data
        .read
        .label_field
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    if let [first, rest @ ..] = fields.as_slice() {
        options.data.read.label_field.clone_from(first);
        options.data.questions = rest.to_vec();
    }
    let mut read = options.data.read.clone();
    read.label_rule = label_rule(&options.task.layout);
    for file in options.data.files.paths() {
        read = notices::look_at(file, &read)?;
    }
    options.data.read = read;
    options.data.read.label_rule = LabelRule::Optional;
    options.run_dir = arguments.run_dir.clone();
    options.corrections = arguments.people.options(&options.data)?;
    Ok(options)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};
    use feedback_bert::config::Pooling;
    use feedback_pipeline::train::BaseModel;

    use super::*;

    fn parse(line: &[&str]) -> TrainOptions {
        options(&Arguments::parse_from(line)).unwrap()
    }

    #[test]
    fn flags_override_the_defaults_of_the_base_model() {
        assert_eq!(
            parse(&["train", "--model", "scratch"]).arguments.num_train_epochs,
            30
        );
        let standard = parse(&["train"]);
        assert_eq!(standard.model.base, BaseModel::standard());
        assert_eq!(
            (standard.arguments.num_train_epochs, standard.model.pooling),
            (4, Pooling::Mean)
        );
        assert_eq!(parse(&["train", "--model", "."]).arguments.num_train_epochs, 4);
        assert_eq!(parse(&["train", "--epochs", "2"]).arguments.num_train_epochs, 2);
    }

    #[test]
    fn the_short_help_shows_fifteen_settings_and_the_long_one_all() {
        let shown = |help: String| {
            // Lines of the examples that start with `--` have a smaller indent.
            let flags = help.lines().filter(|line| line.starts_with("      --"));
            flags.count()
        };
        let mut command = Arguments::command();
        assert_eq!(shown(command.render_help().to_string()), 15);
        assert!(shown(command.render_long_help().to_string()) > 60);
    }

    #[test]
    fn the_data_seed_defaults_to_the_seed() {
        let seeds = |line: &[&str]| {
            let options = parse(line);
            (options.arguments.seed, options.data.seed)
        };
        assert_eq!(seeds(&["train"]), (42, 42));
        assert_eq!(seeds(&["train", "--seed", "7"]), (7, 7));
        assert_eq!(seeds(&["train", "--seed", "7", "--data-seed", "1"]), (7, 1));
    }

    #[test]
    fn a_resumed_run_accepts_no_settings() {
        for flag in [
            "--labels=a,b",
            "--revision=v2",
            "--seed=1",
            "--drop-leaked",
            "--lora-rank=8",
        ] {
            let error = Arguments::try_parse_from(["train", "--resume", "runs/a", flag]).unwrap_err();
            assert_eq!(
                error.kind(),
                clap::error::ErrorKind::ArgumentConflict,
                "{flag}: {error}"
            );
        }
    }
}
