//! Models that give each text any number of labels.

use std::path::Path;

use feedback_bert::folder::{FeedbackManifest, LabelDecisions};
use feedback_bert::{Device, Dtype, Encoding, ModelFolder};
use feedback_clean::Cleaning;
use serde::Serialize;

use crate::classifier::{Classifier, name_folder};
use crate::error::{Error, Result};
use crate::explanation::{ExplainMethod, Explanation};
use crate::occlusion::Occlusion;
use crate::prediction::{AbstainReason, Score};

/// The prediction of a model that gives each text any number of labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MultiLabelPrediction {
    /// The labels whose score reaches their threshold, highest score first; there may be none. There are none if the model's vocabulary
    /// knows no token of the text.
    pub predicted_labels: Vec<String>,
    /// Why the prediction means nothing: the model's vocabulary knows no token of the text. `None` if it knows some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstain_reason: Option<AbstainReason>,
    /// The share of the text's tokens that the model's vocabulary does not know, 0 to 1.
    pub unknown_share: f64,
    /// All labels with their probabilities, highest first. Each is 0 to 1: sigmoid of logit / temperature; they do not sum to 1.
    pub scores: Vec<Score>,
    /// Whether the text exceeded the model's maximum length and was cut.
    pub truncated: bool,
}

/// A model that is loaded once and then gives any number of labels to any number of texts.
///
/// Its labels are independent: the probability of each is the sigmoid of its logit, and each has its own threshold.
#[derive(Debug, Clone)]
pub struct MultiLabelClassifier {
    network: Classifier,
    decisions: LabelDecisions,
}

impl MultiLabelClassifier {
    /// Loads a model folder onto a device.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] or [`Error::Config`], with the file or folder and what is wrong with it; the second also if the model gives
    /// each text one label.
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let loaded = ModelFolder::load_multi_label(folder, device);
        Self::new(loaded.map_err(|error| name_folder(error, folder))?, device)
    }

    /// Creates a classifier from a model that is already in memory. Without `multi_label` in its manifest, it decides as
    /// [`LabelDecisions::uncalibrated`].
    ///
    /// # Errors
    ///
    /// [`Error::Model`] if the label names of the model are invalid.
    pub fn new(folder: ModelFolder, device: &Device) -> Result<Self> {
        let decisions = folder.manifest.multi_label.clone();
        let network = Classifier::of_any_kind(folder, device)?;
        let n_labels = network.labels().len();
        Ok(Self {
            decisions: decisions.unwrap_or_else(|| LabelDecisions::uncalibrated(n_labels)),
            network,
        })
    }

    /// Changes the number type that the model computes with: see [`Classifier::with_dtype`].
    ///
    /// # Errors
    ///
    /// [`Error::Model`] if the device does not support this type.
    pub fn with_dtype(self, dtype: Dtype) -> Result<Self> {
        Ok(Self {
            network: self.network.with_dtype(dtype)?,
            ..self
        })
    }

    /// What is cleaned in each text: what the training cleaned, and what [`MultiLabelClassifier::with_cleaning`] added.
    pub fn cleaning(&self) -> Cleaning {
        self.network.cleaning()
    }

    /// Also cleans this in each text.
    #[must_use]
    pub fn with_cleaning(self, cleaning: Cleaning) -> Self {
        Self {
            network: self.network.with_cleaning(cleaning),
            ..self
        }
    }

    /// Returns the labels in the order of their class ids.
    pub fn labels(&self) -> &[String] {
        self.network.labels()
    }

    /// Returns the temperatures and thresholds, in the order of [`MultiLabelClassifier::labels`].
    pub fn decisions(&self) -> &LabelDecisions {
        &self.decisions
    }

    /// Returns the network, as if it gave one label.
    pub(crate) fn network(&self) -> &Classifier {
        &self.network
    }

    /// Returns the manifest of the model folder.
    pub fn manifest(&self) -> &FeedbackManifest {
        self.network.manifest()
    }

    /// Returns the logits, one row per text, each row in the order of [`MultiLabelClassifier::labels`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`] with the position of the first text without content, or the device fails.
    pub fn logits<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<f32>> {
        self.network.logits(texts)
    }

    /// Like [`MultiLabelClassifier::logits`], for texts that this classifier has encoded.
    ///
    /// # Errors
    ///
    /// The device fails.
    pub fn logits_of<E: AsRef<Encoding>>(&self, encodings: &[E]) -> Result<Vec<f32>> {
        self.network.logits_of(encodings)
    }

    /// Predicts texts and returns the predictions in the order of the texts. Texts of similar length are computed together.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`] with the position of the first text without content, [`Error::NotFinite`], or the device fails.
    pub fn predict_many<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<MultiLabelPrediction>> {
        self.predict_encoded(&self.encode(texts)?)
    }

    /// Returns the tokens of each text, for [`MultiLabelClassifier::predict_encoded`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`] with the position of the first text without content.
    pub fn encode<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<Encoding>> {
        self.network.encode(texts)
    }

    /// Predicts texts that this classifier has encoded, and returns the predictions in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::NotFinite`], or the device fails.
    pub fn predict_encoded<E: AsRef<Encoding>>(&self, encodings: &[E]) -> Result<Vec<MultiLabelPrediction>> {
        let (logits, _) = self.network.forward(encodings)?;
        let width = self.labels().len().max(1);
        if let Some(index) = logits.iter().position(|logit| !logit.is_finite()) {
            return Err(Error::NotFinite {
                position: index / width + 1,
                count: encodings.len(),
            });
        }
        let rows = logits.chunks_exact(width).zip(encodings);
        Ok(rows
            .map(|(row, encoding)| self.prediction(row, encoding.as_ref()))
            .collect())
    }

    /// Returns the pooled vector of each text: see [`Classifier::vectors`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`] with the position of the first text without content, or the device fails.
    pub fn vectors<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<f32>> {
        self.network.vectors(texts)
    }

    /// Like [`MultiLabelClassifier::vectors`], for texts that this classifier has encoded.
    ///
    /// # Errors
    ///
    /// The device fails.
    pub fn vectors_of<E: AsRef<Encoding>>(&self, encodings: &[E]) -> Result<Vec<f32>> {
        self.network.vectors_of(encodings)
    }

    /// Returns the number of elements of the vector of a text.
    pub fn width(&self) -> usize {
        self.network.width()
    }

    /// Returns a text and its variants, which explain any label of the text: see [`Occlusion`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`].
    pub fn occlusion(&self, text: &str) -> Result<Occlusion> {
        self.network.occlusion(text)
    }

    /// Explains the label with the highest score among those that the text gets or, if it gets none, among all labels.
    ///
    /// # Errors
    ///
    /// The errors of [`Classifier::explain`].
    pub fn explain(&self, text: &str, method: ExplainMethod) -> Result<Explanation> {
        let predictions = self.predict_many(&[text])?;
        let top = |prediction: &MultiLabelPrediction| -> Option<String> {
            let given = prediction.predicted_labels.first();
            let label = given.or(prediction.scores.first().map(|score| &score.label));
            label.cloned()
        };
        let label = predictions.first().and_then(top).unwrap_or_default();
        self.explain_label(text, method, &label)
    }

    /// Explains the given label, whether or not the text gets it. Occlusion measures the change of the label's probability, which is
    /// independent of the other labels; the other methods explain its logit.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownLabel`], and the errors of [`Classifier::explain`].
    pub fn explain_label(&self, text: &str, method: ExplainMethod, label: &str) -> Result<Explanation> {
        if method != ExplainMethod::Occlusion {
            return self.network.explain_label(text, method, label);
        }
        let class = self.network.class_of(label)?;
        let occlusion = self.occlusion(text)?;
        let (logits, passes) = self.network.forward(occlusion.encodings())?;
        let rows = logits.chunks_exact(self.labels().len().max(1));
        let of_class = rows.map(|row| probabilities(row, &self.decisions.temperatures)[class]);
        Ok(occlusion.scored(label, of_class, passes))
    }

    fn prediction(&self, logits: &[f32], encoding: &Encoding) -> MultiLabelPrediction {
        let probabilities = probabilities(logits, &self.decisions.temperatures);
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a])); // stable, as for models with one label
        let unknown_share = self.network.folder().tokenizer.unknown_share(encoding);
        let abstain_reason = AbstainReason::find(1.0, None, unknown_share);
        let given = |&&label: &&usize| {
            abstain_reason.is_none() && probabilities[label] >= self.decisions.thresholds[label]
        };
        let name = |label: &usize| self.labels()[*label].clone();
        MultiLabelPrediction {
            abstain_reason,
            unknown_share,
            predicted_labels: order.iter().filter(given).map(name).collect(),
            scores: order
                .iter()
                .map(|label| Score {
                    label: name(label),
                    score: probabilities[*label],
                })
                .collect(),
            truncated: encoding.truncated,
        }
    }
}

/// Returns the probability of each label of one text: the sigmoid of its logit / temperature, computed in `f64`. Both lists are in
/// the order of the class ids.
pub fn probabilities(logits: &[f32], temperatures: &[f64]) -> Vec<f64> {
    let scaled = logits.iter().zip(temperatures);
    scaled
        .map(|(&logit, temperature)| 1.0 / (1.0 + (-f64::from(logit) / temperature).exp()))
        .collect()
}

/// A loaded model of either kind.
#[derive(Debug, Clone)]
pub enum AnyClassifier {
    /// It gives each text one label.
    SingleLabel(Box<Classifier>),
    /// It gives each text any number of labels.
    MultiLabel(Box<MultiLabelClassifier>),
}

impl AnyClassifier {
    /// Loads a model folder onto a device.
    ///
    /// # Errors
    ///
    /// Those of [`Classifier::load`].
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let is_multi_label = ModelFolder::is_multi_label(folder);
        Ok(if is_multi_label.map_err(|error| name_folder(error, folder))? {
            Self::MultiLabel(Box::new(MultiLabelClassifier::load(folder, device)?))
        } else {
            Self::SingleLabel(Box::new(Classifier::load(folder, device)?))
        })
    }
}
