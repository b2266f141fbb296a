//! Finds labelled spans in texts.

use std::path::Path;

use burn::tensor::{Device, activation::softmax};

use super::model::BertForTokenClassification;
use super::spans::{LabelledSpan, aggregate_bio};
use crate::batch::Batch;
use crate::config::BertConfig;
use crate::error::{Error, Result};
use crate::folder::{
    CONFIG, check_max_length, check_vocabulary, require_head, require_model_files, save_plain,
};
use crate::tokenizer::BertTokenizer;
use crate::weights::{self, LoadReport, MissingHead};

/// A trained sequence labeller: configuration, tokenizer and network.
#[derive(Debug, Clone)]
pub struct TokenClassifier {
    /// Shape and labels (`O`, `B-…`, `I-…`).
    pub config: BertConfig,
    /// Turns texts into tokens.
    pub tokenizer: BertTokenizer,
    /// The network.
    pub model: BertForTokenClassification,
}

impl TokenClassifier {
    /// Reads a folder of Transformers' `…ForTokenClassification`, or one that [`TokenClassifier::save`] wrote.
    ///
    /// The maximum length is `model_max_length` of `tokenizer_config.json`, as in training, limited to 512 tokens and to the
    /// model's positions.
    ///
    /// # Errors
    ///
    /// [`Error::NotAModelFolder`], or the error of reading one of the files.
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let file = require_model_files(folder)?;
        let config = BertConfig::from_file(&folder.join(CONFIG))?;
        require_head(folder, &config, "ForTokenClassification", "token classifier")?;
        let saved = BertTokenizer::saved_max_length(folder)?.unwrap_or(512);
        let tokenizer = BertTokenizer::from_folder(folder, saved.min(512).min(config.max_tokens()))?;
        check_vocabulary(folder, &config, &tokenizer)?;
        let (model, _) = read_weights(&file, &config, MissingHead::Refuse, device)?;
        Ok(Self {
            config,
            tokenizer,
            model,
        })
    }

    /// Reads an encoder to fine-tune for these labels. Unless the folder has a classifier with exactly these
    /// labels, the head is initialised from `seed`, and the report lists the new tensors.
    ///
    /// # Errors
    ///
    /// Those of [`TokenClassifier::load`]; [`Error::Config`] if `max_length` exceeds the model's number of
    /// positions or if `labels` has no `O`.
    pub fn for_fine_tuning(
        folder: &Path,
        labels: &[String],
        max_length: usize,
        seed: u64,
        device: &Device,
    ) -> Result<(Self, LoadReport)> {
        if !labels.iter().any(|label| label == "O") {
            let expected = "BIO labels, including `O`";
            return Err(Error::config("labels", expected, labels.join("`, `")));
        }
        let file = require_model_files(folder)?;
        let base = BertConfig::encoder_from_file(&folder.join(CONFIG))?;
        check_max_length(max_length, &base)?;
        let tokenizer = BertTokenizer::from_folder(folder, max_length)?;
        check_vocabulary(folder, &base, &tokenizer)?;
        let same_labels = base.has_head_for(labels);
        let config = base.with_labels(labels);
        let head = if same_labels {
            MissingHead::Initialise { seed }
        } else {
            MissingHead::Replace { seed }
        };
        let (model, report) = read_weights(&file, &config, head, device)?;
        let classifier = Self {
            config,
            tokenizer,
            model,
        };
        Ok((classifier, report))
    }

    /// Returns the spans that the model finds in each text, in order.
    ///
    /// # Errors
    ///
    /// Those of [`BertTokenizer::encode`], or [`Error::Input`] if the device fails.
    pub fn predict<S: AsRef<str>>(&self, texts: &[S], device: &Device) -> Result<Vec<Vec<LabelledSpan>>> {
        let labels = self.config.labels()?;
        texts
            .iter()
            .map(|text| {
                let (encoding, tokens) = self.tokenizer.encode_with_spans(text.as_ref())?;
                let batch = Batch::new(&[encoding], self.tokenizer.pad_token_id(), device)?;
                let probabilities = softmax(self.model.forward(&batch), 1).try_into_data();
                let probabilities = probabilities.map_err(|error| device_failed(&error.to_string()))?;
                let all = probabilities.convert::<f32>().try_to_vec::<f32>();
                let all = all.map_err(|error| device_failed(&format!("{error:?}")))?;
                let best: Vec<(usize, f64)> = all.chunks_exact(labels.len()).map(best_of).collect();
                Ok(aggregate_bio(&labels, &tokens, &best))
            })
            .collect()
    }

    /// Writes a folder under a temporary name, then renames it. Transformers' `AutoModelForTokenClassification`
    /// can load the folder. An existing folder is kept under its name with `.previous` appended.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::File`] or [`Error::Weights`]; an existing folder is then unchanged.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let config = self.config.saved_for("ForTokenClassification");
        save_plain(folder, &config, &self.tokenizer, |path| {
            weights::save(&self.model, &self.config, path)
        })
    }
}

fn read_weights(
    path: &Path,
    config: &BertConfig,
    missing_head: MissingHead,
    device: &Device,
) -> Result<(BertForTokenClassification, LoadReport)> {
    weights::load(path, config, missing_head, device, |init| {
        BertForTokenClassification::new(config, init)
    })
}

fn device_failed(reason: &str) -> Error {
    Error::Input {
        what: "result",
        expected: "numbers from the device".into(),
        found: reason.to_owned(),
    }
}

/// Returns the id of the most probable label (the lowest id if several are equal) and its probability.
fn best_of(probabilities: &[f32]) -> (usize, f64) {
    let start = (0, f64::NEG_INFINITY);
    probabilities
        .iter()
        .enumerate()
        .fold(start, |best, (id, &probability)| {
            let probability = f64::from(probability);
            if probability > best.1 {
                (id, probability)
            } else {
                best
            }
        })
}
