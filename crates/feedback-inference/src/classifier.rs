//! A loaded model and its predictions.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use feedback_bert::folder::FeedbackManifest;
use feedback_bert::{Device, Dtype, Encoding, LongTexts, ModelFolder};
use feedback_clean::Cleaning;
use feedback_drift::KnownTexts;
use rayon::prelude::*;

use crate::cache::{PredictionCache, missing};
use crate::error::{Error, Result};
use crate::limits::BatchLimits;
use crate::passes::{Outputs, Passes};
use crate::prediction::{AbstainReason, Prediction, Score};
use crate::softmax::{argmax, softmax};
use crate::unfamiliar::read_known_texts;

/// A model that is loaded once and then predicts any number of texts.
#[derive(Debug, Clone)]
pub struct Classifier {
    folder: ModelFolder,
    labels: Vec<String>,
    device: Device,
    limits: BatchLimits,
    cleaning: Cleaning,
    known_texts: Option<Arc<KnownTexts>>,
    cache: Option<Arc<PredictionCache>>,
}

impl Classifier {
    /// Loads a model folder onto a device.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] or [`Error::Config`], with the file or folder and what is wrong with it.
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let loaded = ModelFolder::load(folder, device).map_err(|error| name_folder(error, folder))?;
        let mut classifier = Self::new(loaded, device)?;
        classifier.known_texts =
            read_known_texts(folder, classifier.manifest(), classifier.width())?.map(Arc::new);
        Ok(classifier)
    }

    /// Creates a classifier from a model that is already in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] if the label names of the model are invalid, or if the model gives each text any number of labels: see
    /// [`MultiLabelClassifier`](crate::MultiLabelClassifier).
    pub fn new(folder: ModelFolder, device: &Device) -> Result<Self> {
        if folder.manifest.multi_label.is_some() {
            let path = folder.manifest.base_model.into();
            return Err(feedback_bert::Error::MultiLabel { path }.into());
        }
        Self::of_any_kind(folder, device)
    }

    /// Creates a classifier whose logits may be those of a multi-label model, which softmax must never see.
    pub(crate) fn of_any_kind(mut folder: ModelFolder, device: &Device) -> Result<Self> {
        folder.tokenizer = folder.tokenizer.with_long_texts(folder.manifest.long_texts)?;
        Ok(Self {
            labels: folder.config.labels()?,
            cleaning: folder.manifest.cleaning,
            folder,
            device: device.clone(),
            limits: BatchLimits::for_device(device),
            known_texts: None,
            cache: None,
        })
    }

    /// Changes the number type that the model computes with. [`Dtype::Int8`] is faster and needs less memory,
    /// but its scores differ slightly. It also removes a cache that was set before. It cannot be undone:
    /// [`Dtype::F32`] does not restore the exact weights.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] if the device does not support this type.
    pub fn with_dtype(mut self, dtype: Dtype) -> Result<Self> {
        dtype.check(&self.device)?;
        if dtype == Dtype::Int8 {
            self.folder.model = self.folder.model.quantize();
            self.cache = None; // its predictions come from the `f32` model
        }
        Ok(self)
    }

    /// Returns what is cleaned in each text before the model reads it: what training cleaned, and what
    /// [`Classifier::with_cleaning`] added.
    pub fn cleaning(&self) -> Cleaning {
        self.cleaning
    }

    /// Cleans these parts of texts too, in addition to what training cleaned. It also removes a cache that was set before.
    #[must_use]
    pub fn with_cleaning(mut self, cleaning: Cleaning) -> Self {
        self.cleaning = self.cleaning.union(cleaning);
        self.cache = None; // its predictions come from other texts
        self
    }

    /// Returns what happens to long texts: what happened in training, unless [`Classifier::with_long_texts`] changed it.
    pub fn long_texts(&self) -> LongTexts {
        self.folder.tokenizer.long_texts()
    }

    /// Cuts long texts, or reads them in windows, whatever happened in training. It also removes a cache that was set before.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] if the overlap of windows is more than half of the maximum length.
    pub fn with_long_texts(mut self, long_texts: LongTexts) -> Result<Self> {
        self.folder.tokenizer = self.folder.tokenizer.with_long_texts(long_texts)?;
        self.cache = None; // its predictions come from other tokens
        Ok(self)
    }

    /// Returns the labels in the order of their class ids.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Returns the names of the further questions that the model answers.
    pub fn questions(&self) -> impl Iterator<Item = &str> {
        self.folder
            .questions
            .iter()
            .map(|question| question.name.as_str())
    }

    /// Returns the labels of a further question; `None` if the model does not answer it.
    pub fn labels_of(&self, question: &str) -> Option<&[String]> {
        let mut questions = self.folder.questions.iter();
        questions
            .find(|one| one.name == question)
            .map(|one| one.labels.as_slice())
    }

    /// Returns the manifest of the model folder.
    pub fn manifest(&self) -> &FeedbackManifest {
        &self.folder.manifest
    }

    /// Returns a warning if the model is worse on its own test rows than a simple baseline: see [`warning`](crate::warning()).
    pub fn warning(&self) -> Option<String> {
        let manifest = &self.folder.manifest;
        crate::warning(&serde_json::json!({ "metrics": manifest.metrics, "baselines": manifest.baselines }))
    }

    /// Returns the batch limits; by default the limits for the device.
    pub fn limits(&self) -> BatchLimits {
        self.limits
    }

    /// Changes the batch limits.
    #[must_use]
    pub fn with_limits(mut self, limits: BatchLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Caches predictions, so that [`Classifier::predict_many`] computes a repeated text only once.
    #[must_use]
    pub fn with_cache(mut self, cache: PredictionCache) -> Self {
        self.cache = Some(Arc::new(cache));
        self
    }

    /// Predicts one text.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`], [`Error::NotFinite`], or the device fails.
    pub fn predict(&self, text: &str) -> Result<Prediction> {
        let mut predictions = self.predict_many(&[text])?;
        Ok(predictions.swap_remove(0))
    }

    /// Predicts texts and returns the predictions in the order of the texts. Texts of similar length are computed together.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`] with the position of the first text without content, [`Error::NotFinite`], or the device fails.
    pub fn predict_many<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<Prediction>> {
        match &self.cache {
            Some(cache) => self.predict_new(texts, cache),
            None => self.predict_encoded(&self.encode(texts)?),
        }
    }

    /// Like [`Classifier::predict_many`], but computes only the texts that are not in the cache, each once.
    fn predict_new<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        cache: &PredictionCache,
    ) -> Result<Vec<Prediction>> {
        require_content(texts)?;
        let mut predictions = cache.get(texts);
        let missing = missing(texts, &predictions);
        let new: Vec<&str> = missing.iter().map(|&index| texts[index].as_ref()).collect();
        let computed = self.predict_encoded(&self.encode(&new)?);
        let computed = computed.map_err(|error| match error {
            Error::NotFinite { position, .. } => Error::NotFinite {
                position: missing[position - 1] + 1,
                count: texts.len(),
            },
            other => other,
        })?;
        let by_text: HashMap<&str, &Prediction> = new.iter().copied().zip(&computed).collect();
        for (text, prediction) in &by_text {
            cache.insert(text, prediction);
        }
        for (text, prediction) in texts.iter().zip(&mut predictions) {
            if prediction.is_none() {
                *prediction = by_text.get(text.as_ref()).map(|&prediction| prediction.clone());
            }
        }
        Ok(predictions.into_iter().flatten().collect())
    }

    /// Returns the logits, one row per text, each row in the order of [`Classifier::labels`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`] with the position of the first text without content, or the device fails.
    pub fn logits<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<f32>> {
        self.logits_of(&self.encode(texts)?)
    }

    /// Like [`Classifier::logits`], for texts that this classifier has encoded.
    ///
    /// # Errors
    ///
    /// The device fails.
    pub fn logits_of<E: AsRef<Encoding>>(&self, encodings: &[E]) -> Result<Vec<f32>> {
        self.forward(encodings).map(|(logits, _)| logits)
    }

    pub(crate) fn folder(&self) -> &ModelFolder {
        &self.folder
    }

    pub(crate) fn known_texts(&self) -> Option<&KnownTexts> {
        self.known_texts.as_deref()
    }

    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// Returns the tokens of each text after cleaning, for [`Classifier::predict_encoded`]. The number of tokens determines the cost of a
    /// prediction.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`] with the position of the first text without content.
    pub fn encode<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<Encoding>> {
        require_content(texts)?;
        if self.cleaning.is_off() {
            return Ok(self.folder.tokenizer.encode(texts)?);
        }
        let texts = texts.par_iter().map(|text| self.cleaning.clean(text.as_ref()));
        let cleaned: Vec<Cow<'_, str>> = texts.collect();
        Ok(self.folder.tokenizer.encode(&cleaned)?)
    }

    /// Predicts texts that this classifier has encoded, and returns the predictions in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::NotFinite`], or the device fails.
    pub fn predict_encoded<E: AsRef<Encoding>>(&self, encodings: &[E]) -> Result<Vec<Prediction>> {
        if !self.folder.questions.is_empty() || self.known_texts.is_some() {
            return self.both(encodings).map(|(predictions, _)| predictions);
        }
        let (logits, outputs) = self.logits_and_outputs(encodings)?;
        self.predictions(&logits, encodings, &outputs)
    }

    /// Turns logits, one row per encoding, into predictions without answers. The rows of `outputs` begin with the network's logits.
    pub(crate) fn predictions<E: AsRef<Encoding>>(
        &self,
        logits: &[f32],
        encodings: &[E],
        outputs: &Outputs,
    ) -> Result<Vec<Prediction>> {
        if let Some(index) = logits.iter().position(|logit| !logit.is_finite()) {
            return Err(Error::NotFinite {
                position: index / self.labels.len().max(1) + 1,
                count: encodings.len(),
            });
        }
        let rows = logits.chunks_exact(self.labels.len().max(1));
        let predicted = rows.zip(encodings);
        let predicted = predicted.map(|(row, encoding)| self.prediction(row, encoding.as_ref()));
        let (mut predictions, classes): (Vec<Prediction>, Vec<usize>) = predicted.unzip();
        let ngrams = self.folder.ngrams.as_ref();
        let in_windows = outputs.in_windows(encodings, &classes, self.labels.len(), ngrams);
        for (prediction, windows) in predictions.iter_mut().zip(in_windows) {
            prediction.windows = windows;
        }
        Ok(predictions)
    }

    /// Returns the logits, one row per encoding, and the number of forward passes.
    pub(crate) fn forward<E: AsRef<Encoding>>(&self, encodings: &[E]) -> Result<(Vec<f32>, usize)> {
        let (logits, outputs) = self.logits_and_outputs(encodings)?;
        Ok((logits, outputs.passes))
    }

    /// Returns the logits, one row per encoding, and the outputs of the network that they come from: logits without n-grams.
    pub(crate) fn logits_and_outputs<E: AsRef<Encoding>>(
        &self,
        encodings: &[E],
    ) -> Result<(Vec<f32>, Outputs)> {
        let (model, labels) = (&self.folder.model, self.labels.len());
        let outputs = self
            .passes()
            .outputs(encodings, labels, |batch| model.forward(batch))?;
        let mut logits = outputs.pooled();
        self.add_ngrams(encodings, &mut logits);
        Ok((logits, outputs))
    }

    pub(crate) fn passes(&self) -> Passes<'_> {
        Passes {
            pad_token_id: self.folder.tokenizer.pad_token_id(),
            device: &self.device,
            limits: self.limits,
        }
    }

    /// Adds the contributions of token n-grams, counted in the whole text, to the logits, one row per encoding.
    pub(crate) fn add_ngrams<E: AsRef<Encoding>>(&self, encodings: &[E], logits: &mut [f32]) {
        let Some(ngrams) = &self.folder.ngrams else {
            return;
        };
        for (encoding, row) in encodings.iter().zip(logits.chunks_exact_mut(self.labels.len())) {
            ngrams.add_logits(encoding.as_ref(), row);
        }
    }

    /// Returns a prediction, and the class id of its label.
    fn prediction(&self, logits: &[f32], encoding: &Encoding) -> (Prediction, usize) {
        let probabilities = softmax(logits, self.folder.manifest.temperature);
        let class = argmax(&probabilities);
        let named = self.labels.iter().cloned().zip(probabilities);
        let mut scores: Vec<Score> = named.map(|(label, score)| Score { label, score }).collect();
        scores.sort_by(|a, b| b.score.total_cmp(&a.score)); // stable: of equal scores, the lower class id comes first
        let confidence = scores.first().map_or(0.0, |top| top.score);
        let threshold = self.folder.manifest.abstain_below;
        let unknown_share = self.folder.tokenizer.unknown_share(encoding);
        let abstain_reason = AbstainReason::find(confidence, threshold, unknown_share);
        let prediction = Prediction {
            predicted_label: scores.first().map(|top| top.label.clone()).unwrap_or_default(),
            confidence,
            abstained: (abstain_reason.is_some() || threshold.is_some()).then_some(abstain_reason.is_some()),
            abstain_reason,
            unknown_share,
            scores,
            answers: Vec::new(),
            truncated: encoding.truncated,
            windows: None,
            unfamiliarity: None,
            unfamiliar: None,
        };
        (prediction, class)
    }
}

/// Adds the folder to an error about its configuration.
pub(crate) fn name_folder(error: feedback_bert::Error, folder: &Path) -> Error {
    match error {
        source @ feedback_bert::Error::Config { .. } => Error::Config {
            folder: folder.to_owned(),
            source,
        },
        other => other.into(),
    }
}

/// Checks that every text has content.
///
/// # Errors
///
/// [`Error::EmptyText`] naming the first text without content.
fn require_content<S: AsRef<str>>(texts: &[S]) -> Result<()> {
    let empty = texts.iter().position(|text| text.as_ref().trim().is_empty());
    empty.map_or(Ok(()), |index| {
        Err(Error::EmptyText {
            position: index + 1,
            count: texts.len(),
        })
    })
}
