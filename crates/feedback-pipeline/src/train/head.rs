//! The stages of a training that fits only a linear classifier.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_bert::config::Pooling;
use feedback_bert::folder::{FeedbackManifest, ModelKind, load_for_fine_tuning};
use feedback_bert::ngrams::NgramHead;
use feedback_bert::questions;
use feedback_heads::linear::{EncodedTexts, fit_head};
use feedback_inference::Classifier;
use feedback_metrics::Logits;
use serde_json::Value;

use super::alike::{AlikeTexts, alike_texts};
use super::calibrate::manifest;
use super::card::{Card, CardProgress};
use super::encoded::EncodedRows;
use super::publish::{test_evaluation, warning_of};
use super::questions::add_questions;
use super::reference::store_reference;
use super::settings::TrainOptions;
use super::summary::TrainSummary;
use crate::data::PreparedData;
use crate::error::Result;
use crate::objectives::metrics;
use crate::run_folder::RunFolder;

/// A fitted linear classifier, with everything that its model folder needs except test metrics.
pub(super) struct HeadModel {
    folder: ModelFolder,
    /// The chosen inverse strength of the penalty.
    pub(super) c: f64,
    /// Its metrics on the validation rows.
    pub(super) validation: BTreeMap<String, f64>,
    /// Held-out texts that are like a training text.
    pub(super) alike: Option<AlikeTexts>,
    /// Number of training texts that are cut.
    pub(super) truncated: usize,
}

/// A linear classifier on the frozen encoder.
struct Fit<'a> {
    folder: ModelFolder,
    c: f64,
    alike: Option<AlikeTexts>,
    truncated: usize,
    rows: Cow<'a, EncodedRows>,
}

impl HeadModel {
    /// Fits a linear classifier on the encoder of the base model; returns `None` if the base model is a new one. Without `encoded`, the
    /// rows are tokenised here.
    ///
    /// # Errors
    ///
    /// The encoder cannot be read, or the device fails.
    pub(super) fn fit(
        options: &TrainOptions,
        data: &PreparedData,
        encoded: Option<&EncodedRows>,
        device: &Device,
    ) -> Result<Option<Self>> {
        let Some(encoder) = options.model.base.folder()? else {
            return Ok(None);
        };
        let Fit {
            mut folder,
            c,
            alike,
            truncated,
            rows,
        } = fitted(options, encoder, data, encoded, device)?;
        let (validation, logits) = measure(&folder, data, &rows, device)?;
        folder.manifest = manifest(options, data, &logits, data.validation.fingerprints())?;
        folder.manifest.pooling = Pooling::Mean;
        folder.manifest.kind = ModelKind::Head;
        add_questions(&mut folder, options, data, Some(&rows), device)?;
        Ok(Some(Self {
            folder,
            c,
            validation,
            alike,
            truncated,
        }))
    }

    /// Measures the test rows and writes the model folder.
    ///
    /// # Errors
    ///
    /// The device fails, or a file cannot be written.
    pub(super) fn publish(
        mut self,
        options: &TrainOptions,
        run: &RunFolder,
        data: &PreparedData,
        baselines: &Value,
        start: Instant,
        device: &Device,
    ) -> Result<TrainSummary> {
        self.folder.manifest.baselines = baselines.clone();
        self.folder.manifest.provisional = !options.tuning.head_only;
        let test = test_evaluation(&mut self.folder, options, Some(run.path()), data, device)?;
        let card = Card {
            options,
            data,
            manifest: &self.folder.manifest,
            progress: CardProgress::Head { c: self.c },
            validation: &self.validation,
            test: test.as_ref(),
            corrections: None,
        };
        self.folder.save_with_card(&options.output.model, &card.text())?;
        store_reference(&options.output.model, data, device)?;
        let weights = self.folder.ngrams.as_ref().map_or(0, NgramHead::n_weights);
        let fitted = weights + (self.folder.model.width() + 1) * data.labels.len();
        Ok(TrainSummary {
            head: Some(self.validation.clone()),
            alike: self.alike,
            validation: self.validation,
            parameters: fitted,
            trainable_parameters: fitted,
            set_aside: data.set_aside,
            cleaned: data.cleaned,
            warning: warning_of(&self.folder),
            ..TrainSummary::of_model(options.output.model.clone(), run, start, test)?
        })
    }
}

fn fitted<'a>(
    options: &TrainOptions,
    encoder_folder: &Path,
    data: &PreparedData,
    encoded: Option<&'a EncodedRows>,
    device: &Device,
) -> Result<Fit<'a>> {
    let (labels, seed) = (data.labels.names(), options.arguments.seed);
    let max_length = options.model.max_length;
    let start = load_for_fine_tuning(encoder_folder, labels, Pooling::Mean, max_length, seed, device)?;
    let mut manifest = FeedbackManifest::new(max_length, Pooling::Mean, "", seed);
    manifest.long_texts = options.model.choose_long_texts()?;
    let mut folder = ModelFolder::new(start.config, start.tokenizer, start.model, manifest);
    let encoder = Classifier::new(folder.clone(), device)?;
    let rows = match encoded {
        Some(rows) => Cow::Borrowed(rows),
        None => Cow::Owned(EncodedRows::new(data, |texts| encoder.encode(texts))?),
    };
    let examples = EncodedTexts {
        texts: &data.train.texts,
        encodings: &rows.train,
    };
    let (head, vectors) = fit_head(&encoder, examples, &data.train.labels, labels.len(), seed)?;
    let alike = alike_texts(&encoder, &vectors, data)?;
    folder.model = folder
        .model
        .with_classifier(head.vectors.weights, head.vectors.bias, device);
    folder.ngrams = head.ngrams;
    // The encoder is unchanged, so it still answers what the base model answers.
    folder.questions = questions::load(encoder_folder, folder.model.width())?;
    Ok(Fit {
        folder,
        c: head.c,
        alike,
        truncated: head.truncated,
        rows,
    })
}

/// Returns the metrics of a model on the validation rows, under the names of the evaluations during training, and its logits.
fn measure(
    folder: &ModelFolder,
    data: &PreparedData,
    rows: &EncodedRows,
    device: &Device,
) -> Result<(BTreeMap<String, f64>, Logits)> {
    let n_classes = data.labels.len();
    let classifier = Classifier::new(folder.clone(), device)?;
    let logits = classifier.logits_of(&rows.validation)?;
    let logits = Logits::from_f32(&logits, n_classes)?;
    Ok((metrics(&logits, &data.validation.labels, n_classes)?, logits))
}
