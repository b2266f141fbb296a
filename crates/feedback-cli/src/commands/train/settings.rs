//! The training settings as command-line arguments.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches};
use feedback_bert::config::ScratchPreset;
use feedback_pipeline::data::{DataFiles, DataOptions};
use feedback_pipeline::train::settings::{BaseModel, TrainOptions};
use serde_json::Value;

use crate::arguments::DEFAULT_MODEL;
use crate::settings::{self, value_of};

/// The default training data.
const DEFAULT_DATA: &str = "fixtures/feedback.jsonl";

/// The group of all arguments that define a run; a resumed run cannot change them.
pub(super) const GROUP: &str = "settings_of_the_run";

/// The settings that `train -h` shows; `train --help` shows all.
const COMMON: [&str; 12] = [
    "data",
    "train",
    "validation",
    "test",
    "model",
    "output",
    "num_train_epochs",
    "per_device_train_batch_size",
    "learning_rate",
    "max_length",
    "pooling",
    "seed",
];

/// The settings of a training run; the defaults depend on the base model.
#[derive(Debug, Clone)]
pub(super) struct Settings(pub(super) TrainOptions);

fn defaults(base: BaseModel) -> TrainOptions {
    let data = DataOptions::new(DataFiles::Single(DEFAULT_DATA.into()));
    TrainOptions::new(data, base, DEFAULT_MODEL.into())
}

/// Returns a default as the help shows it; some defaults differ between a pretrained encoder and a new model.
fn default_text(name: &str, pretrained: &Value, scratch: &Value) -> Option<String> {
    if name == "data_seed" {
        return None; // the default is the value of `seed`, as the help says
    }
    let (pretrained, scratch) = (value_of(name, pretrained)?, value_of(name, scratch)?);
    Some(if pretrained == scratch {
        pretrained
    } else {
        format!("{pretrained}, from scratch {scratch}")
    })
}

impl Args for Settings {
    fn augment_args(command: Command) -> Command {
        let as_json = |base| serde_json::to_value(defaults(base)).unwrap_or_default();
        let pretrained = as_json(BaseModel::standard());
        let scratch = as_json(BaseModel::Scratch(ScratchPreset::default()));
        settings::add::<TrainOptions>(command, GROUP, |name| default_text(name, &pretrained, &scratch))
            .mut_args(|argument| {
                let is_common = COMMON.contains(&argument.get_id().as_str());
                argument.hide_short_help(!is_common)
            })
            .mut_arg("seed", |argument| argument.help_heading("Training"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut settings = Self(defaults(BaseModel::standard()));
        settings.update_from_arg_matches(matches)?;
        Ok(settings)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.set_from_arguments(matches)?;
        settings::choose_intervals(&mut self.0.arguments, matches);
        Ok(())
    }
}
