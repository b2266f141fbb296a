//! Loads or creates the model that training starts from.

use std::path::Path;

use burn::tensor::Device;
use feedback_bert::config::{BertConfig, ScratchPreset};
use feedback_bert::folder::{check_max_length, load_for_fine_tuning};
use feedback_bert::model::ParameterInit;
use feedback_bert::weights::LoadReport;
use feedback_bert::{BertForSequenceClassification, BertTokenizer};

use super::settings::{BaseModel, TrainOptions};
use crate::error::{Error, Result};

/// A model with its tokenizer, and a report of the parameters that were not read from files.
#[derive(Debug)]
#[non_exhaustive]
pub struct StartModel {
    /// Shape and labels.
    pub config: BertConfig,
    /// Turns texts into tokens.
    pub tokenizer: BertTokenizer,
    /// The network.
    pub model: BertForSequenceClassification,
    /// The tensors that were initialised or ignored.
    pub report: LoadReport,
}

/// Loads the base model or creates a new one, and freezes or adapts it according to the settings, which also say what the tokenizer does
/// with long texts. A new model learns its vocabulary
/// from `texts`, the training texts.
///
/// # Errors
///
/// The base model cannot be read, or does not fit the settings.
pub fn start_model(
    options: &TrainOptions,
    labels: &[String],
    texts: &[String],
    device: &Device,
) -> Result<StartModel> {
    let mut start = match &options.model.base {
        BaseModel::Scratch(preset) => create(options, *preset, labels, texts, device)?,
        base => {
            let folder = base.folder()?.unwrap_or(Path::new(""));
            load(options, folder, labels, device)?
        }
    };
    start.tokenizer = start
        .tokenizer
        .with_long_texts(options.model.choose_long_texts()?)?;
    let seed = options.arguments.seed;
    start.model = options.tuning.apply(start.model, &options.model.base, seed)?;
    Ok(start)
}

fn load(options: &TrainOptions, folder: &Path, labels: &[String], device: &Device) -> Result<StartModel> {
    let (settings, seed) = (&options.model, options.arguments.seed);
    let start = load_for_fine_tuning(
        folder,
        labels,
        settings.pooling,
        settings.max_length,
        seed,
        device,
    )
    .map_err(|error| name_config(error, folder))?;
    Ok(StartModel {
        config: start.config,
        tokenizer: start.tokenizer,
        model: start.model,
        report: start.report,
    })
}

fn create(
    options: &TrainOptions,
    preset: ScratchPreset,
    labels: &[String],
    texts: &[String],
    device: &Device,
) -> Result<StartModel> {
    let max_length = options.model.max_length;
    let tokenizer = BertTokenizer::train(texts, preset.vocab_size(), max_length)?;
    let config = preset.config(tokenizer.vocab_size(), labels);
    check_max_length(max_length, &config)?;
    let mut init = ParameterInit::normal(options.arguments.seed, config.initializer_range, device)?;
    let model = BertForSequenceClassification::new(&config, options.model.pooling, &mut init);
    Ok(StartModel {
        config,
        tokenizer,
        model,
        report: LoadReport::default(),
    })
}

/// Adds the path of `config.json` to errors about its keys. An error about `max_length` is returned unchanged, because
/// `max_length` is a setting of the caller.
fn name_config(error: feedback_bert::Error, folder: &Path) -> Error {
    match error {
        source @ feedback_bert::Error::Config { field, .. } if field != "max_length" => Error::BaseConfig {
            path: folder.join("config.json"),
            source,
        },
        other => other.into(),
    }
}
