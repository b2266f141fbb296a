//! A trained classifier as a folder that Hugging Face Transformers can read too.

use std::path::Path;

use burn::tensor::Device;
use feedback_files::{JsonLayout, make_readable, sha256_of_file, sync_file, write_json};

use super::layout::{
    CONFIG, WEIGHTS, check_vocabulary, require_head, require_model_files, require_two_labels, save_beside,
    save_plain, supersede,
};
use super::manifest::{
    FeedbackManifest, LabelDecisions, MANIFEST, ModelKind, is_provisional, read_manifest, verify_hashes,
};
use crate::classification::BertForSequenceClassification;
use crate::config::{BertConfig, MULTI_LABEL, Pooling, SINGLE_LABEL};
use crate::error::{Error, Result};
use crate::ngrams::{NGRAMS, NgramHead};
use crate::questions::{self, QUESTION_WEIGHTS, QUESTIONS, Question};
use crate::tokenizer::BertTokenizer;
use crate::weights::{self, MissingHead, Storage, load_weights};

const CARD: &str = "README.md";

/// A trained classifier with everything that prediction needs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ModelFolder {
    /// Shape and labels.
    pub config: BertConfig,
    /// Turns texts into tokens.
    pub tokenizer: BertTokenizer,
    /// The network.
    pub model: BertForSequenceClassification,
    /// Maximum length, pooling, calibration and provenance.
    pub manifest: FeedbackManifest,
    /// Computes what token n-grams add to the logits of the network; only in a model of the kind
    /// [`ModelKind::Head`].
    pub ngrams: Option<NgramHead>,
    /// Further questions that the model answers.
    pub questions: Vec<Question>,
}

/// Chooses how a tensor is stored, by its name; `None` means as `f32`.
type StorageOf<'a> = dyn Fn(&str) -> Option<Storage> + 'a;

/// Returns the manifest of a folder. A folder that Transformers wrote has none.
fn manifest_or_default(folder: &Path, config: &BertConfig) -> Result<FeedbackManifest> {
    Ok(read_manifest(folder)?.unwrap_or_else(|| {
        let max_length = config.max_tokens().min(512);
        FeedbackManifest::new(max_length, Pooling::Cls, &folder.display().to_string(), 0)
    }))
}

fn read_tokenizer(folder: &Path, config: &BertConfig, max_length: usize) -> Result<BertTokenizer> {
    let tokenizer = BertTokenizer::from_folder(folder, max_length)?;
    check_vocabulary(folder, config, &tokenizer)?;
    Ok(tokenizer)
}

impl ModelFolder {
    /// Creates a fine-tuned classifier.
    pub fn new(
        config: BertConfig,
        tokenizer: BertTokenizer,
        model: BertForSequenceClassification,
        manifest: FeedbackManifest,
    ) -> Self {
        Self {
            config,
            tokenizer,
            model,
            manifest,
            ngrams: None,
            questions: Vec::new(),
        }
    }

    /// Reads a folder that `train` or Transformers' `save_pretrained` wrote.
    ///
    /// A folder that Transformers wrote has no `feedback.json`. Then `max_length` is the model's number of
    /// positions, but at most 512; the pooling is `cls` and the temperature 1.
    ///
    /// # Errors
    ///
    /// [`Error::NotAModelFolder`](crate::Error::NotAModelFolder),
    /// [`Error::HashMismatch`](crate::Error::HashMismatch), or the error of reading one of the files.
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let weights = require_model_files(folder)?;
        let config = BertConfig::encoder_from_file(&folder.join(CONFIG))?;
        require_head(folder, &config, "ForSequenceClassification", "text classifier")?;
        if config.is_multi_label() {
            return Err(Error::MultiLabel {
                path: folder.to_owned(),
            });
        }
        config.validate()?;
        require_two_labels(&config)?;
        let manifest = manifest_or_default(folder, &config)?;
        if manifest.multi_label.is_some() {
            let expected = format!("`{MULTI_LABEL}`, because `{MANIFEST}` has `multi_label`");
            return Err(Error::config("problem_type", expected, SINGLE_LABEL));
        }
        Self::read(folder, &weights, config, manifest, device)
    }

    /// Reads a folder with a model that gives each text any number of labels (`problem_type` is `multi_label_classification`).
    ///
    /// If the folder has no `feedback.json`, the temperatures are 1 and the thresholds one half, as in Transformers; the rest is as
    /// in [`ModelFolder::load`].
    ///
    /// # Errors
    ///
    /// Those of [`ModelFolder::load`]; [`Error::Config`] if the model gives each text one label, or if `feedback.json` does not have
    /// a temperature and a threshold for each label.
    pub fn load_multi_label(folder: &Path, device: &Device) -> Result<Self> {
        let weights = require_model_files(folder)?;
        let config = BertConfig::encoder_from_file(&folder.join(CONFIG))?;
        require_head(folder, &config, "ForSequenceClassification", "text classifier")?;
        if !config.is_multi_label() {
            return Err(Error::config(
                "problem_type",
                format!("`{MULTI_LABEL}`"),
                SINGLE_LABEL,
            ));
        }
        config.validate_head(MULTI_LABEL)?;
        let mut manifest = manifest_or_default(folder, &config)?;
        let decisions = manifest
            .multi_label
            .get_or_insert_with(|| LabelDecisions::uncalibrated(config.num_labels()));
        decisions.check(config.num_labels(), &folder.join(MANIFEST))?;
        Self::read(folder, &weights, config, manifest, device)
    }

    /// Returns whether the model in a folder gives each text any number of labels, according to its `config.json`.
    ///
    /// # Errors
    ///
    /// The folder is not a model folder, or its `config.json` cannot be read.
    pub fn is_multi_label(folder: &Path) -> Result<bool> {
        require_model_files(folder)?;
        Ok(BertConfig::encoder_from_file(&folder.join(CONFIG))?.is_multi_label())
    }

    fn read(
        folder: &Path,
        weights: &Path,
        config: BertConfig,
        manifest: FeedbackManifest,
        device: &Device,
    ) -> Result<Self> {
        // Hashes, tokenizer and weights are read in parallel, because each adds to the time before the first prediction. If more
        // than one fails, a hash error is returned rather than the others.
        let (hashes, (tokenizer, loaded)) = rayon::join(
            || verify_hashes(folder, &manifest),
            || {
                rayon::join(
                    || read_tokenizer(folder, &config, manifest.max_length),
                    || load_weights(weights, &config, manifest.pooling, MissingHead::Refuse, device),
                )
            },
        );
        hashes?;
        let (tokenizer, (model, _)) = (tokenizer?, loaded?);
        // A linear classifier may do without n-grams.
        let has_ngrams = manifest.kind == ModelKind::Head && manifest.files.contains_key(NGRAMS);
        let ngrams = has_ngrams.then(|| NgramHead::load(&folder.join(NGRAMS), config.num_labels()));
        Ok(Self {
            questions: questions::load(folder, model.width())?,
            config,
            tokenizer,
            model,
            manifest,
            ngrams: ngrams.transpose()?,
        })
    }

    /// Writes the folder under a temporary name, then renames it. An existing folder is kept under its name
    /// with `.previous` appended. A [provisional](FeedbackManifest::provisional) model is removed instead,
    /// and an older folder with `.previous` appended stays unchanged.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io), [`Error::File`](crate::Error::File) or
    /// [`Error::Weights`](crate::Error::Weights); an existing folder is then unchanged.
    pub fn save(&self, folder: &Path) -> Result<()> {
        self.save_with_card(folder, &self.card())
    }

    /// Like [`ModelFolder::save`], with this model card (`README.md`).
    ///
    /// # Errors
    ///
    /// Those of [`ModelFolder::save`].
    pub fn save_with_card(&self, folder: &Path, card: &str) -> Result<()> {
        let write = |temporary: &Path| self.write_files(temporary, card, None);
        if is_provisional(folder) {
            supersede(folder, write)
        } else {
            save_beside(folder, write)
        }
    }

    /// Like [`ModelFolder::save_with_card`], but writes smaller weights, which Transformers cannot read (see
    /// [`save_compact`](weights::save_compact)), and keeps an existing folder even if its model is
    /// provisional.
    ///
    /// # Errors
    ///
    /// Those of [`ModelFolder::save`].
    pub fn save_compact(
        &self,
        folder: &Path,
        card: &str,
        storage: impl Fn(&str) -> Option<Storage>,
    ) -> Result<()> {
        save_beside(folder, |temporary| {
            self.write_files(temporary, card, Some(&storage))
        })
    }

    /// Writes only the encoder and the tokenizer, as Transformers saves a model without a head. Fine-tuning can
    /// start from this folder, and it cannot be mistaken for a classifier.
    ///
    /// # Errors
    ///
    /// Those of [`ModelFolder::save`].
    pub fn save_encoder(&self, folder: &Path) -> Result<()> {
        save_plain(folder, &self.config.saved_for("Model"), &self.tokenizer, |path| {
            weights::save_encoder(&self.model, &self.config, path)
        })
    }

    /// Returns the default model card.
    fn card(&self) -> String {
        let manifest = &self.manifest;
        let labels: Vec<&str> = self.config.id2label.values().map(String::as_str).collect();
        let transformers = manifest
            .note()
            .unwrap_or("Transformers' `AutoModelForSequenceClassification.from_pretrained` loads it.");
        let decision = match &manifest.multi_label {
            Some(_) => "a text gets each label whose sigmoid, after its temperature, reaches its threshold"
                .to_owned(),
            None => format!("logits are divided by {} before softmax", manifest.temperature),
        };
        format!(
            "# Feedback classifier\n\nFine-tuned from `{}` (seed {}). Labels: {}.\n\nReads up to {} tokens of a text; {} \
             pooling; {decision}. {transformers}\n\n`feedback.json` contains the model's results on \
             the test set, a description of the data files, and file hashes.\n",
            manifest.base_model,
            manifest.seed,
            labels.join(", "),
            manifest.max_length,
            manifest.pooling,
        )
    }

    /// Writes all files into a folder. The manifest is written last, with the hashes of configuration, weights
    /// and tokenizer.
    fn write_files(&self, folder: &Path, card: &str, storage: Option<&StorageOf<'_>>) -> Result<()> {
        let mut config = self.config.saved_for("ForSequenceClassification");
        let kind = match self.manifest.multi_label {
            Some(_) => MULTI_LABEL,
            None => SINGLE_LABEL,
        };
        config.other.insert("problem_type".into(), kind.into());
        write_json(folder.join(CONFIG), &config, JsonLayout::PrettyWithNewline)?;
        weights::save(&self.model, &self.config, &folder.join(WEIGHTS))?;
        if let Some(storage) = storage {
            let plain = folder.join("plain.safetensors");
            fs_err::rename(folder.join(WEIGHTS), &plain)?;
            weights::save_compact(&plain, &folder.join(WEIGHTS), storage)?;
            fs_err::remove_file(&plain)?;
        }
        fs_err::write(folder.join(CARD), card)?;
        let mut files = self.tokenizer.save(folder)?;
        files.extend([folder.join(CONFIG), folder.join(WEIGHTS)]);
        let mut manifest = self.manifest.clone();
        manifest.files.clear();
        if let Some(ngrams) = &self.ngrams {
            manifest.kind = ModelKind::Head;
            ngrams.save(&folder.join(NGRAMS))?;
            files.push(folder.join(NGRAMS));
        }
        if !self.questions.is_empty() {
            questions::save(&self.questions, folder)?;
            files.extend([QUESTIONS, QUESTION_WEIGHTS].map(|name| folder.join(name)));
        }
        for file in files {
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            manifest.files.insert(name, sha256_of_file(&file)?);
            make_readable(&file)?;
            sync_file(&file)?;
        }
        manifest.note = manifest.note().map(str::to_owned);
        Ok(write_json(
            folder.join(MANIFEST),
            &manifest,
            JsonLayout::PrettyWithNewline,
        )?)
    }
}
