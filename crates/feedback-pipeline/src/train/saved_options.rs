//! The settings of a run as `arguments.json`, there and back.

use std::path::{Path, PathBuf};

use feedback_bert::{LoraConfig, Pooling};
use feedback_dataset::{Encoding, LabelAliases, OnBadRow, ReadOptions};
use feedback_trainer::TrainingArguments;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::corrections::CorrectionsOptions;
use crate::{
    BaseModel, DataFiles, DataOptions, ImbalanceOptions, LeakPolicy, NanGuardOptions, TrainOptions, Tuning,
};

/// The effective settings of a run. Paths are absolute, so that a run can be taken up from any folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedOptions {
    data: DataFiles,
    labels: Option<Vec<String>>,
    text_field: String,
    label_field: String,
    encoding: String,
    #[serde(default, skip_serializing_if = "LabelAliases::is_empty")]
    label_aliases: LabelAliases,
    on_bad_row: SavedOnBadRow,
    leak_policy: LeakPolicy,
    data_seed: u64,
    model: BaseModel,
    output: PathBuf,
    pooling: Pooling,
    max_length: usize,
    early_stopping_patience: Option<usize>,
    early_stopping_threshold: f64,
    early_stopping_min_epochs: usize,
    #[serde(default)]
    nan_guard: NanGuardOptions,
    #[serde(default)]
    top_losses: usize,
    device: String,
    #[serde(default)]
    imbalance: ImbalanceOptions,
    #[serde(default)]
    corrections: Option<SavedCorrections>,
    arguments: TrainingArguments,
    #[serde(default)]
    tuning: SavedTuning,
}

/// What is trained of the model; the parts to freeze as they are written on the command line.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedTuning {
    freeze: Option<String>,
    #[serde(default)]
    gradual_unfreezing: Option<usize>,
    lora: Option<SavedLora>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedLora {
    rank: usize,
    alpha: f64,
    targets: Vec<String>,
}

/// How people are asked. The file of unlabelled texts is read as the data are.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedCorrections {
    unlabelled: Option<PathBuf>,
    limit: usize,
    corrected_by: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SavedOnBadRow {
    Fail,
    SetAside,
}

impl SavedOptions {
    pub(crate) fn new(options: &TrainOptions) -> Self {
        let data = &options.data;
        Self {
            data: absolute_files(&data.files),
            labels: data.labels.clone(),
            text_field: data.read.text_field.clone(),
            label_field: data.read.label_field.clone(),
            encoding: match data.read.encoding {
                Encoding::Utf8 => "utf-8".to_owned(),
                Encoding::Guess => "guess".to_owned(),
                Encoding::Named(name) => name.to_string(),
            },
            label_aliases: data.read.aliases.clone(),
            on_bad_row: match data.on_bad_row {
                OnBadRow::Fail => SavedOnBadRow::Fail,
                OnBadRow::SetAside => SavedOnBadRow::SetAside,
            },
            leak_policy: data.leak_policy,
            data_seed: data.seed,
            model: match &options.base {
                BaseModel::Folder(path) => BaseModel::Folder(absolute(path)),
                hub @ BaseModel::Hub { .. } => hub.clone(),
                BaseModel::Scratch(preset) => BaseModel::Scratch(*preset),
            },
            output: absolute(&options.output),
            pooling: options.pooling,
            max_length: options.max_length,
            early_stopping_patience: options.early_stopping_patience,
            early_stopping_threshold: options.early_stopping_threshold,
            early_stopping_min_epochs: options.early_stopping_min_epochs,
            nan_guard: options.nan_guard,
            top_losses: options.top_losses,
            device: options.device.to_string(),
            imbalance: options.imbalance,
            tuning: SavedTuning {
                freeze: options.tuning.freeze.as_ref().map(ToString::to_string),
                gradual_unfreezing: options.tuning.gradual_unfreezing,
                lora: options.tuning.lora.as_ref().map(|lora| SavedLora {
                    rank: lora.rank,
                    alpha: lora.alpha,
                    targets: lora.targets.clone(),
                }),
            },
            corrections: options.corrections.as_ref().map(|wanted| SavedCorrections {
                unlabelled: wanted.unlabelled.as_deref().map(absolute),
                limit: wanted.limit,
                corrected_by: wanted.corrected_by.clone(),
            }),
            arguments: options.arguments.clone(),
        }
    }

    /// What has a say in the weights beside data, base model, pooling and length: the training arguments, and what is set
    /// of the rest.
    pub(crate) fn recipe(&self) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        let mut add = |name: &str, value: Value| all.push((name.to_owned(), value));
        let groups = [
            serde_json::to_value(&self.arguments),
            serde_json::to_value(self.imbalance),
            serde_json::to_value(&self.tuning),
            serde_json::to_value(self.nan_guard),
        ];
        for group in groups {
            if let Ok(Value::Object(fields)) = group {
                for (name, value) in fields {
                    add(&name, value);
                }
            }
        }
        if let Some(patience) = self.early_stopping_patience {
            add("early_stopping_patience", patience.into());
            add("early_stopping_threshold", self.early_stopping_threshold.into());
            add("early_stopping_min_epochs", self.early_stopping_min_epochs.into());
        }
        all.retain(|(_, value)| !value.is_null());
        all
    }

    /// Reads what `arguments.json` says.
    ///
    /// # Errors
    ///
    /// In words: an unknown or missing key, or a value that is none.
    pub(crate) fn parse(text: &str) -> Result<TrainOptions, String> {
        let value = exact(text).map_err(|error| error.to_string())?;
        let saved: Self = serde_json::from_value(value).map_err(|error| error.to_string())?;
        let mut data = DataOptions::new(saved.data);
        data.labels = saved.labels;
        data.read = ReadOptions::with_fields(saved.text_field, saved.label_field);
        data.read.encoding = saved.encoding.parse().map_err(|error| format!("{error}"))?;
        data.read.aliases = saved.label_aliases;
        data.on_bad_row = match saved.on_bad_row {
            SavedOnBadRow::Fail => OnBadRow::Fail,
            SavedOnBadRow::SetAside => OnBadRow::SetAside,
        };
        data.leak_policy = saved.leak_policy;
        data.seed = saved.data_seed;
        let corrections = saved.corrections.map(|wanted| CorrectionsOptions {
            unlabelled: wanted.unlabelled,
            read: data.read.clone(),
            on_bad_row: data.on_bad_row,
            limit: wanted.limit,
            corrected_by: wanted.corrected_by,
        });
        let mut options = TrainOptions::new(data, saved.model, saved.output);
        options.corrections = corrections;
        options.imbalance = saved.imbalance;
        let freeze = saved.tuning.freeze.map(|parts| parts.parse());
        options.tuning = Tuning {
            freeze: freeze.transpose().map_err(|error| format!("{error}"))?,
            gradual_unfreezing: saved.tuning.gradual_unfreezing,
            lora: saved.tuning.lora.map(|saved| {
                let mut lora = LoraConfig::default();
                (lora.rank, lora.alpha, lora.targets) = (saved.rank, saved.alpha, saved.targets);
                lora
            }),
        };
        options.pooling = saved.pooling;
        options.max_length = saved.max_length;
        options.early_stopping_patience = saved.early_stopping_patience;
        options.early_stopping_threshold = saved.early_stopping_threshold;
        options.early_stopping_min_epochs = saved.early_stopping_min_epochs;
        options.nan_guard = saved.nan_guard;
        options.top_losses = saved.top_losses;
        options.device = saved.device.parse().map_err(|error| format!("{error}"))?;
        options.imbalance = saved.imbalance;
        options.arguments = saved.arguments;
        Ok(options)
    }
}

/// JSON whose numbers keep every bit: `serde_json` rounds a fraction of 17 digits to a neighbour now and then, and a
/// learning rate that differs in its last bit makes another run.
fn exact(text: &str) -> serde_json::Result<Value> {
    Ok(match text.trim_start().as_bytes().first() {
        Some(b'{') => {
            let fields: Vec<(String, Box<RawValue>)> = serde_json::from_str::<Fields>(text)?.0;
            let fields = fields
                .into_iter()
                .map(|(name, value)| Ok((name, exact(value.get())?)));
            Value::Object(fields.collect::<serde_json::Result<_>>()?)
        }
        Some(b'[') => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text)?;
            let items = items.iter().map(|item| exact(item.get()));
            Value::Array(items.collect::<serde_json::Result<_>>()?)
        }
        _ => match serde_json::from_str(text)? {
            Value::Number(number) if number.is_f64() => text
                .trim()
                .parse::<f64>()
                .map_or(Value::Number(number), Value::from),
            other => other,
        },
    })
}

/// An object as a list, in its order.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Fields;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}

fn absolute(path: &Path) -> PathBuf {
    // Fails only where there is no working folder; then the path as it was given is the best there is.
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn absolute_files(files: &DataFiles) -> DataFiles {
    match files {
        DataFiles::Single(path) => DataFiles::Single(absolute(path)),
        DataFiles::Separate {
            train,
            validation,
            test,
        } => DataFiles::Separate {
            train: absolute(train),
            validation: validation.as_deref().map(absolute),
            test: test.as_deref().map(absolute),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_with_every_bit() {
        let mut data = DataOptions::new(DataFiles::Separate {
            train: "/a/train.csv".into(),
            validation: None,
            test: Some("/a/test.csv".into()),
        });
        data.labels = Some(vec!["b".into(), "a".into()]);
        data.read.encoding = "windows-1252".parse().unwrap();
        data.on_bad_row = OnBadRow::SetAside;
        data.leak_policy = LeakPolicy::Drop;
        data.seed = u64::MAX;
        let mut options = TrainOptions::new(data, BaseModel::parse("/a/model").unwrap(), "/a/out".into());
        options.early_stopping_patience = Some(3);
        options.nan_guard.loss_limit = Some(10.1);
        options.nan_guard.max_skipped_updates = 2;
        options.top_losses = 5;
        options.tuning.gradual_unfreezing = Some(3);
        options.imbalance.sampler = crate::Sampler::Balanced;
        options.imbalance.focal_gamma = 0.1 + 0.2;
        options.corrections = Some(CorrectionsOptions {
            unlabelled: Some("/a/more.csv".into()),
            limit: 7,
            ..CorrectionsOptions::new("anna")
        });
        options.device = "cpu".parse().unwrap();
        // A fraction for each exponent, so that some would be rounded.
        for exponent in 0..300 {
            options.arguments.learning_rate = 0.1234567890123456 / 1.7f64.powi(exponent);
            let text = serde_json::to_string_pretty(&SavedOptions::new(&options)).unwrap();
            let read = SavedOptions::parse(&text).unwrap();
            assert_eq!(read.arguments, options.arguments);
            assert_eq!(read.imbalance, options.imbalance);
            assert_eq!(
                (read.nan_guard, read.top_losses),
                (options.nan_guard, options.top_losses)
            );
            assert_eq!(read.tuning, options.tuning);
            let again = serde_json::to_string_pretty(&SavedOptions::new(&read)).unwrap();
            assert_eq!(again, text);
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        let options = TrainOptions::new(
            DataOptions::new(DataFiles::Single("/a".into())),
            BaseModel::parse("scratch").unwrap(),
            "/b".into(),
        );
        let mut value = serde_json::to_value(SavedOptions::new(&options)).unwrap();
        value["learning_rat"] = 1.into();
        let error = SavedOptions::parse(&value.to_string()).unwrap_err();
        assert!(error.contains("learning_rat"), "{error}");
        let mut value = serde_json::to_value(SavedOptions::new(&options)).unwrap();
        value["arguments"]["learning_rat"] = 1.into();
        let error = SavedOptions::parse(&value.to_string()).unwrap_err();
        assert!(error.contains("learning_rat"), "{error}");
    }
}
