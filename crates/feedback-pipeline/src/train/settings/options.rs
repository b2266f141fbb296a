//! All settings of a training run, and how a run saves them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use feedback_trainer::{TrainingArguments, parse_exact_json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::base_model::BaseModel;
use super::early_stopping::EarlyStoppingOptions;
use super::model::ModelOptions;
use super::output::OutputOptions;
use super::tuning::Tuning;
use crate::corrections::CorrectionsOptions;
use crate::data::{DataOptions, TaskOptions};
use crate::error::Result;
use crate::objectives::ImbalanceOptions;
use crate::objectives::NanGuardOptions;

/// All settings of `train`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[non_exhaustive]
pub struct TrainOptions {
    /// The data and how to read them.
    #[serde(flatten)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub data: DataOptions,
    /// How many labels a text has.
    #[serde(default, skip_serializing_if = "TaskOptions::is_default")]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub task: TaskOptions,
    /// Which model to train, and on which device.
    #[serde(flatten)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub model: ModelOptions,
    /// What to write.
    #[serde(flatten)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub output: OutputOptions,
    /// How to train.
    #[cfg_attr(feature = "clap", command(flatten))]
    pub arguments: TrainingArguments,
    /// How to handle imbalanced classes.
    #[serde(default)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub imbalance: ImbalanceOptions,
    /// Which parts of the model to train.
    #[serde(default)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub tuning: Tuning,
    /// When to stop early.
    #[serde(flatten)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub early_stopping: EarlyStoppingOptions,
    /// How much divergence to tolerate.
    #[serde(default)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub nan_guard: NanGuardOptions,
    /// How people are asked for corrections, if at all.
    #[serde(default)]
    #[cfg_attr(feature = "clap", arg(skip))]
    pub corrections: Option<CorrectionsOptions>,
    /// Whether the linear classifier that is fitted first never ends in the model folder, as in a study, which measures fine-tuning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "clap", arg(skip))]
    pub fine_tuned_only: bool,
    /// The run folder; by default a new folder in `runs/`, named after the time and the model.
    #[serde(skip)]
    #[cfg_attr(feature = "clap", arg(skip))]
    pub run_dir: Option<PathBuf>,
    /// Set to true to end the run after the current update, with a checkpoint.
    #[serde(skip)]
    #[cfg_attr(feature = "clap", arg(skip))]
    pub interrupt: Arc<AtomicBool>,
}

impl TrainOptions {
    /// Returns the default options for these data, base model and model folder.
    pub fn new(data: DataOptions, base: BaseModel, output: PathBuf) -> Self {
        Self {
            arguments: base.default_arguments(),
            data,
            task: TaskOptions::default(),
            model: ModelOptions::new(base),
            output: OutputOptions {
                model: output,
                top_losses: 0,
            },
            imbalance: ImbalanceOptions::default(),
            tuning: Tuning::default(),
            early_stopping: EarlyStoppingOptions::default(),
            nan_guard: NanGuardOptions::default(),
            corrections: None,
            fine_tuned_only: false,
            run_dir: None,
            interrupt: Arc::default(),
        }
    }

    /// Returns the settings that determine the model, to show with a run: base model, names of the data files, pooling,
    /// `max_length`, the training arguments, and other settings that have a value.
    pub fn recipe(&self) -> Vec<(String, Value)> {
        let files = self.data.files.paths().into_iter();
        let names: Vec<_> = files
            .map(|path| path.file_name().unwrap_or_default().to_string_lossy())
            .collect();
        let mut all = vec![
            ("model".to_owned(), self.model.base.name().into()),
            ("data".to_owned(), names.join(", ").into()),
            ("pooling".to_owned(), self.model.pooling.to_string().into()),
            ("max_length".to_owned(), self.model.max_length.into()),
        ];
        if let Ok(Value::Object(long_texts)) = serde_json::to_value(self.model.long_texts) {
            all.extend(long_texts);
        }
        all.extend(self.training_recipe());
        all
    }

    /// Returns the settings that determine the weights, except data, base model, pooling and maximum length: the training
    /// arguments, and other settings that have a value.
    pub(crate) fn training_recipe(&self) -> Vec<(String, Value)> {
        let mut groups = vec![
            serde_json::to_value(&self.arguments),
            serde_json::to_value(self.imbalance),
            serde_json::to_value(&self.tuning),
            serde_json::to_value(self.nan_guard),
        ];
        if self.early_stopping.patience.is_some() {
            groups.push(serde_json::to_value(self.early_stopping));
        }
        let objects = groups.into_iter().filter_map(|group| match group {
            Ok(Value::Object(fields)) => Some(fields),
            _ => None,
        });
        objects.flatten().filter(|(_, value)| !value.is_null()).collect()
    }

    /// Returns the settings and the hashes of the base model, without the settings that may differ between the runs of a
    /// study.
    ///
    /// # Errors
    ///
    /// A file of the base model cannot be read.
    pub fn for_study(&self) -> Result<Value> {
        let mut values = self.to_saved();
        for name in ["data", "output", "device"] {
            values.shift_remove(name);
        }
        values.insert("base_model".into(), self.model.base.fingerprint()?);
        Ok(values.into())
    }

    /// Returns the content of a run's `arguments.json`. Paths are absolute, so that a run can be resumed from any folder.
    pub(crate) fn to_saved(&self) -> Map<String, Value> {
        let mut options = self.clone();
        options.data.files = options.data.files.map(absolute);
        if let BaseModel::Folder(path) = &options.model.base {
            options.model.base = BaseModel::Folder(absolute(path));
        }
        options.output.model = absolute(&options.output.model);
        if let Some(corrections) = &mut options.corrections {
            corrections.unlabelled = corrections.unlabelled.as_deref().map(absolute);
        }
        match serde_json::to_value(options) {
            Ok(Value::Object(values)) => values,
            _ => Map::new(), // a struct of numbers, strings and paths is always an object
        }
    }

    /// Parses the content of `arguments.json`.
    ///
    /// # Errors
    ///
    /// A message about an unknown or missing key, or about a value of the wrong type.
    pub(crate) fn from_saved(text: &str) -> std::result::Result<Self, String> {
        let value = parse_exact_json(text).map_err(|error| error.to_string())?;
        let mut options: Self = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
        if let Some(corrections) = &mut options.corrections {
            corrections.read = options.data.read.clone();
            corrections.on_bad_row = options.data.on_bad_row;
        }
        // `deny_unknown_fields` does not work with `flatten`.
        let known = options.to_saved();
        let names = value.as_object().into_iter().flat_map(Map::keys);
        let is_known = |name: &String| known.contains_key(name) || name == "fine_tuned_only";
        match names.into_iter().find(|name| !is_known(name)) {
            Some(unknown) => Err(format!("unknown field `{unknown}`")),
            None => Ok(options),
        }
    }
}

#[cfg(feature = "clap")]
impl TrainOptions {
    /// Sets what command-line arguments state. All that depends on the base model gets the default of the stated one, unless it is
    /// stated too, and the seed of the split is that of the training unless it is stated.
    ///
    /// # Errors
    ///
    /// An argument has a value of the wrong type.
    pub fn set_from_arguments(&mut self, matches: &clap::ArgMatches) -> std::result::Result<(), clap::Error> {
        use clap::FromArgMatches;
        use clap::parser::ValueSource::DefaultValue;

        self.model.update_from_arg_matches(matches)?;
        self.model.pooling = self.model.base.default_pooling();
        self.arguments = self.model.base.default_arguments();
        self.update_from_arg_matches(matches)?;
        let seed = matches.value_source("data_seed");
        if seed.is_none_or(|source| source == DefaultValue) {
            self.data.seed = self.arguments.seed;
        }
        Ok(())
    }
}

fn absolute(path: &Path) -> PathBuf {
    // This fails only if there is no current directory; keep the path as given then.
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use feedback_dataset::labels::LabelAliases;
    use feedback_dataset::read::OnBadRow;

    use super::*;
    use crate::data::{DataFiles, LeakPolicy, LongTextKind, Task};
    use crate::objectives::Sampler;

    fn text(options: &TrainOptions) -> String {
        serde_json::to_string_pretty(&options.to_saved()).unwrap()
    }

    #[test]
    fn settings_survive_a_round_trip_exactly() {
        let mut data = DataOptions::new(DataFiles::Separate {
            train: "/a/train.csv".into(),
            validation: None,
            test: Some("/a/test.csv".into()),
        });
        data.labels = Some(vec!["b".into(), "a".into()]);
        data.read.encoding = "windows-1252".parse().unwrap();
        data.read.delimiter = feedback_dataset::read::Delimiter::new(b';');
        data.read.aliases = LabelAliases::new([("defect", "bug")]);
        data.on_bad_row = OnBadRow::SetAside;
        data.leak_policy = LeakPolicy::Drop;
        data.seed = u64::MAX;
        let mut options = TrainOptions::new(data, BaseModel::parse("/a/model").unwrap(), "/a/out".into());
        options.early_stopping.patience = Some(3);
        options.nan_guard.loss_limit = Some(10.1);
        options.nan_guard.max_skipped_updates = 2;
        options.output.top_losses = 5;
        options.model.device = "cpu".parse().unwrap();
        options.model.revision = Some("v2".into());
        options.model.long_texts.long_texts = Some(LongTextKind::Windows);
        options.model.long_texts.window_overlap = Some(32);
        options.tuning.gradual_unfreezing = Some(3);
        options.tuning.freeze = Some("embeddings,encoder.layer.0-3".parse().unwrap());
        options.task.task = Task::MultiLabel;
        options.task.layout.label_separator = Some(";".into());
        options.task.layout.label_columns = vec!["bug".into(), "praise".into()];
        options.imbalance.sampler = Sampler::Balanced;
        options.imbalance.focal_gamma = 0.1 + 0.2;
        options.corrections = Some(CorrectionsOptions {
            unlabelled: Some("/a/more.csv".into()),
            limit: 7,
            ..CorrectionsOptions::new("anna")
        });
        // Tests a fraction for each exponent: a parser that is not exact would round some of them.
        for exponent in 0..300 {
            options.arguments.learning_rate = 0.1234567890123456 / 1.7f64.powi(exponent);
            let read = TrainOptions::from_saved(&text(&options)).unwrap();
            assert_eq!(read.arguments, options.arguments);
            assert_eq!((&read.data, &read.model), (&options.data, &options.model));
            assert_eq!((&read.output, &read.tuning), (&options.output, &options.tuning));
            assert_eq!((read.imbalance, &read.task), (options.imbalance, &options.task));
            assert_eq!(
                (read.nan_guard, read.early_stopping),
                (options.nan_guard, options.early_stopping)
            );
            assert_eq!(text(&read), text(&options));
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        let options = TrainOptions::new(
            DataOptions::new(DataFiles::Single("/a".into())),
            BaseModel::parse("scratch").unwrap(),
            "/b".into(),
        );
        for group in [
            None,
            Some("arguments"),
            Some("tuning"),
            Some("imbalance"),
            Some("nan_guard"),
            Some("task"),
        ] {
            let mut value = Value::from(options.to_saved());
            match group {
                None => value["learning_rat"] = 1.into(),
                Some(group) => value[group]["learning_rat"] = 1.into(),
            }
            let error = TrainOptions::from_saved(&value.to_string()).unwrap_err();
            assert!(error.contains("learning_rat"), "{group:?}: {error}");
        }
    }
}
