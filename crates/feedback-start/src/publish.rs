//! Writes the first model.

use std::path::{Path, PathBuf};

use feedback_bert::config::Pooling;
use feedback_bert::folder::{FeedbackManifest, ModelKind, load_for_fine_tuning};
use feedback_bert::{Device, ModelFolder};
use feedback_clean::Cleaning;
use feedback_heads::VectorHead;
use feedback_inference::Classifier;

use crate::error::{Error, Result};

/// The encoder of the first model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encoder {
    /// Its folder.
    pub folder: PathBuf,
    /// Its name, for the model folder.
    pub name: String,
    /// Maximum length of a text in tokens; longer texts are truncated.
    pub max_length: usize,
    /// What is cleaned in a text before it is encoded, now and by the model that is written; nothing by default.
    pub cleaning: Cleaning,
}

impl Encoder {
    /// Names an encoder that truncates texts after 256 tokens.
    pub fn new(folder: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self {
            folder: folder.into(),
            name: name.into(),
            max_length: 256,
            cleaning: Cleaning::default(),
        }
    }

    /// Loads the encoder, to compute vectors.
    ///
    /// # Errors
    ///
    /// The folder has no encoder.
    pub fn load(&self, device: &Device) -> Result<Classifier> {
        let labels = ["LABEL_0", "LABEL_1"].map(str::to_owned);
        Ok(Classifier::new(self.model(&labels, 0, device)?, device)?)
    }

    fn model(&self, labels: &[String], seed: u64, device: &Device) -> Result<ModelFolder> {
        let start = load_for_fine_tuning(&self.folder, labels, Pooling::Mean, self.max_length, seed, device)?;
        let mut manifest = FeedbackManifest::new(self.max_length, Pooling::Mean, &self.name, seed);
        manifest.cleaning = self.cleaning;
        Ok(ModelFolder::new(
            start.config,
            start.tokenizer,
            start.model,
            manifest,
        ))
    }

    /// Writes a model folder with this encoder and a classifier. `answers` is the number of labelled texts that the classifier was
    /// fitted to.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn publish(
        &self,
        head: VectorHead,
        labels: &[String],
        answers: usize,
        seed: u64,
        to: &Path,
        device: &Device,
    ) -> Result<()> {
        let mut folder = self.model(labels, seed, device)?;
        folder.model = folder.model.with_classifier(head.weights, head.bias, device);
        folder.manifest.kind = if answers == 0 {
            ModelKind::ZeroShot
        } else {
            ModelKind::FewShot
        };
        folder.save_with_card(to, &card(&self.name, labels, answers))?;
        Ok(())
    }
}

/// Checks that a model folder can be written to a place without losing anything else: nothing is there yet, or a model.
///
/// # Errors
///
/// [`Error::Output`] if a file or another folder is there, or if one of `files` is inside.
pub fn check_output(folder: &Path, files: &[&Path]) -> Result<()> {
    let refuse = |reason| {
        Err(Error::Output {
            path: folder.to_owned(),
            reason,
        })
    };
    if folder.exists() && !folder.is_dir() {
        return refuse("is a file, not a folder for a model");
    }
    let is_empty = || Ok::<bool, std::io::Error>(fs_err::read_dir(folder)?.next().is_none());
    if folder.is_dir() && !folder.join("config.json").is_file() && !is_empty()? {
        return refuse("contains other files than a model");
    }
    let absolute = |path: &Path| std::path::absolute(path);
    let target = absolute(folder)?;
    for file in files {
        if absolute(file)?.starts_with(&target) {
            return refuse("contains a file that this command reads or writes");
        }
    }
    Ok(())
}

fn card(encoder: &str, labels: &[String], answers: usize) -> String {
    let origin = match answers {
        0 => "descriptions of the labels, without any labelled text".to_owned(),
        answers => format!("{answers} labelled texts and the descriptions of the labels"),
    };
    format!(
        "# A first classifier\n\nA linear classifier on the vectors of the encoder `{encoder}`, made from {origin}.\n\nLabels: {}.\n\n\
         It has not been measured on test rows, and its confidences are not calibrated: treat them as an order, not as probabilities. \
         Label a few hundred texts and train on them for a model whose errors are known.\n",
        labels.join(", ")
    )
}
