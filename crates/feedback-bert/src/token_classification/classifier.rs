//! A classifier of tokens with all that it needs: from texts to labelled spans, and folders in and out.

use std::path::Path;

use burn::tensor::{Device, activation::softmax};

use crate::folder::{CONFIG, check_vocabulary, require_head, require_model_files, save_plain};
use crate::spans::{LabelledSpan, aggregate_bio};
use crate::{
    Batch, BertConfig, BertForTokenClassification, BertTokenizer, Error, LoadReport, MissingHead, Result,
    check_max_length, load_token_weights, save_token_weights,
};

/// A trained sequence labeller: configuration, tokenizer and network.
#[derive(Debug, Clone)]
pub struct TokenClassifier {
    /// Shape and labels (`O`, `B-…`, `I-…`).
    pub config: BertConfig,
    /// Text to tokens.
    pub tokenizer: BertTokenizer,
    /// The network.
    pub model: BertForTokenClassification,
}

impl TokenClassifier {
    /// Reads a folder of Transformers' `…ForTokenClassification`, or one that [`TokenClassifier::save`] wrote.
    ///
    /// Texts are cut at `model_max_length` of `tokenizer_config.json`, and in any case at 512 tokens and at the model's
    /// positions: what a model was trained with is what it predicts with.
    ///
    /// # Errors
    ///
    /// [`Error::NotAModelFolder`], or what reading one of its files gives.
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let weights = require_model_files(folder)?;
        let config = BertConfig::from_file(&folder.join(CONFIG))?;
        require_head(folder, &config, "ForTokenClassification", "classifier of tokens")?;
        let saved = BertTokenizer::saved_max_length(folder)?.unwrap_or(512);
        let tokenizer = BertTokenizer::from_folder(folder, saved.min(512).min(config.max_tokens()))?;
        check_vocabulary(folder, &config, &tokenizer)?;
        let (model, _) = load_token_weights(&weights, &config, MissingHead::Refuse, device)?;
        Ok(Self {
            config,
            tokenizer,
            model,
        })
    }

    /// An encoder with a new head for these labels, drawn from `seed`, to be fine-tuned.
    ///
    /// # Errors
    ///
    /// Those of [`TokenClassifier::load`]; [`Error::Config`] if `max_length` exceeds the model's positions or there is no
    /// label `O`.
    pub fn for_fine_tuning(
        folder: &Path,
        labels: &[String],
        max_length: usize,
        seed: u64,
        device: &Device,
    ) -> Result<(Self, LoadReport)> {
        if !labels.iter().any(|label| label == "O") {
            return Err(Error::Config {
                field: "labels",
                expected: "BIO labels with `O` among them".into(),
                found: format!("`{}`", labels.join("`, `")),
            });
        }
        let weights = require_model_files(folder)?;
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
        let (model, report) = load_token_weights(&weights, &config, head, device)?;
        let classifier = Self {
            config,
            tokenizer,
            model,
        };
        Ok((classifier, report))
    }

    /// The spans that the model finds in each text, in their order.
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

    /// Writes a folder that Transformers' `AutoModelForTokenClassification` loads, beside its final place first, then
    /// swapped in. A folder that stood there is kept under the same name with `.previous` appended.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Weights`]; the old folder then still stands.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let config = self.config.saved_for("ForTokenClassification");
        save_plain(folder, &config, &self.tokenizer, |path| {
            save_token_weights(&self.model, &self.config, path)
        })
    }
}

fn device_failed(reason: &str) -> Error {
    Error::Input {
        what: "result",
        expected: "numbers from the device".into(),
        found: reason.to_owned(),
    }
}

/// The most probable label and its probability; the first of equals.
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
