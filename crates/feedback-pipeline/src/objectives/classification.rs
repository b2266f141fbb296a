//! Text classification as a training objective.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use feedback_bert::batch::batch_by_tokens;
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Encoding};
use feedback_metrics::{Average, ConfusionMatrix, Logits, ZeroDivision, calibration::log_loss};
use feedback_trainer::losses::ClassificationLoss;
use feedback_trainer::{BoxError, Evaluate, Metrics, TrainData, Trainable};

use crate::data::Examples;
use crate::error::Result;
use crate::objectives::imbalance::Sampler;

/// A BERT classifier with its loss.
///
/// With class weights, the training data need the same loss: set it with [`EncodedExamples::with_loss`].
#[derive(Module, Debug)]
pub struct ClassificationObjective {
    /// The network.
    pub model: BertForSequenceClassification,
    #[module(skip)]
    loss: ClassificationLoss,
}

impl ClassificationObjective {
    /// Creates an objective that trains `model` with `loss`.
    pub fn new(model: BertForSequenceClassification, loss: ClassificationLoss) -> Self {
        Self { model, loss }
    }
}

impl Trainable for ClassificationObjective {
    type Batch = (Batch, Tensor<1, Int>);

    fn loss(&self, (batch, labels): Self::Batch) -> Tensor<1> {
        self.loss.sum(self.model.forward(&batch), labels)
    }

    fn parameter_name(&self, path: &str) -> String {
        feedback_bert::names::parameter_name(path)
    }

    fn layer_depth(&self, name: &str) -> usize {
        feedback_bert::names::layer_depth(name, self.model.encoder().num_hidden_layers())
    }
}

/// Labelled texts, tokenised once.
#[derive(Debug, Clone)]
pub struct EncodedExamples {
    encodings: Arc<Vec<Encoding>>,
    labels: Arc<Vec<usize>>,
    pad_token_id: u32,
    loss: ClassificationLoss,
    sampler: Sampler,
}

impl EncodedExamples {
    /// Tokenises all texts.
    ///
    /// # Errors
    ///
    /// The errors of [`BertTokenizer::encode`].
    pub fn new(examples: &Examples, tokenizer: &BertTokenizer) -> Result<Self> {
        Ok(Self {
            encodings: Arc::new(tokenizer.encode(&examples.texts)?),
            labels: Arc::new(examples.labels.clone()),
            pad_token_id: tokenizer.pad_token_id(),
            loss: ClassificationLoss::cross_entropy(),
            sampler: Sampler::Shuffled,
        })
    }

    /// Returns the same rows, weighted by the class weights of `loss` in the mean loss of an update.
    #[must_use]
    pub fn with_loss(self, loss: ClassificationLoss) -> Self {
        Self { loss, ..self }
    }

    /// Returns the same rows, drawn by `sampler` in each epoch.
    #[must_use]
    pub fn with_sampler(self, sampler: Sampler) -> Self {
        Self { sampler, ..self }
    }

    /// Returns these rows with the loss and the sampler of `other`.
    pub(crate) fn like(self, other: &Self) -> Self {
        self.with_loss(other.loss.clone()).with_sampler(other.sampler)
    }

    /// Returns the given rows in the given order. `rows` lists pairs of a row index and the row's new class id.
    pub(crate) fn select(&self, rows: &[(usize, usize)]) -> Self {
        Self {
            encodings: Arc::new(rows.iter().map(|&(row, _)| self.encodings[row].clone()).collect()),
            labels: Arc::new(rows.iter().map(|&(_, label)| label).collect()),
            ..self.clone()
        }
    }

    /// Returns the number of texts that were truncated to the model's maximum length.
    pub fn truncated(&self) -> usize {
        self.encodings
            .iter()
            .filter(|encoding| encoding.truncated)
            .count()
    }
}

impl TrainData<ClassificationObjective> for EncodedExamples {
    fn len(&self) -> usize {
        self.encodings.len()
    }

    fn length(&self, index: usize) -> usize {
        self.encodings[index].len()
    }

    fn weight(&self, index: usize) -> f64 {
        self.loss.weight(self.labels[index])
    }

    fn order(&self, seed: u64, epoch: usize) -> Option<Vec<usize>> {
        self.sampler.order(&self.labels, seed, epoch)
    }

    fn batch(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> std::result::Result<<ClassificationObjective as Trainable>::Batch, BoxError> {
        let encodings: Vec<&Encoding> = indices.iter().map(|&index| &self.encodings[index]).collect();
        let labels: Vec<i32> = indices.iter().map(|&index| self.labels[index] as i32).collect();
        let batch = Batch::new(&encodings, self.pad_token_id, device)?;
        Ok((batch, Tensor::from_ints(labels.as_slice(), device)))
    }
}

/// Returns the logits of a model for tokenised texts, in the order of the texts.
///
/// # Errors
///
/// The device fails, or a logit is not finite.
pub(crate) fn logits(
    model: &BertForSequenceClassification,
    data: &EncodedExamples,
    n_classes: usize,
    batch_size: usize,
    device: &Device,
) -> std::result::Result<Logits, BoxError> {
    Ok(Logits::new(
        scores(model, data, n_classes, batch_size, device)?,
        n_classes,
    )?)
}

/// Like [`logits`], but returns plain numbers, which may be NaN if training diverged.
fn scores(
    model: &BertForSequenceClassification,
    data: &EncodedExamples,
    n_classes: usize,
    batch_size: usize,
    device: &Device,
) -> std::result::Result<Vec<f64>, BoxError> {
    let lengths: Vec<usize> = data.encodings.iter().map(Encoding::len).collect();
    let mut all = vec![0.0; lengths.len() * n_classes];
    for indices in batch_by_tokens(&lengths, batch_size, usize::MAX) {
        let (batch, _) = data.batch(&indices, device)?;
        let scores = model.forward(&batch).try_into_data()?.convert::<f32>();
        let scores = scores.try_to_vec::<f32>().map_err(|error| format!("{error:?}"))?;
        for (&index, row) in indices.iter().zip(scores.chunks_exact(n_classes)) {
            let target = &mut all[index * n_classes..(index + 1) * n_classes];
            target
                .iter_mut()
                .zip(row)
                .for_each(|(target, &score)| *target = f64::from(score));
        }
    }
    Ok(all)
}

/// The metrics of [`ClassificationEvaluator`].
pub(crate) const METRICS: [&str; 4] = ["loss", "accuracy", "macro_f1", "weighted_f1"];

/// Returns the values of [`METRICS`] for the logits of texts with these labels.
pub(crate) fn metrics(
    logits: &Logits,
    labels: &[usize],
    n_classes: usize,
) -> feedback_metrics::Result<Metrics> {
    let probabilities = logits.softmax(1.0)?;
    let matrix = ConfusionMatrix::new(labels, &probabilities.predictions(), n_classes)?;
    let f1 = |average| matrix.average(average, ZeroDivision::Zero).f1;
    let values = [
        log_loss(&probabilities, labels)?,
        matrix.accuracy(),
        f1(Average::Macro),
        f1(Average::Weighted),
    ];
    Ok(METRICS.into_iter().map(str::to_owned).zip(values).collect())
}

/// Measures a classifier on held-out texts: `loss`, `accuracy`, `macro_f1`, `weighted_f1`.
///
/// `loss` is always the plain log loss, even if training minimises another loss, so that runs can be compared. All four
/// metrics are NaN if any logit is not finite.
#[derive(Debug)]
pub struct ClassificationEvaluator {
    data: EncodedExamples,
    n_classes: usize,
    batch_size: usize,
    device: Device,
}

impl ClassificationEvaluator {
    /// Creates an evaluator on `data` that uses batches of `batch_size` texts.
    pub fn new(data: EncodedExamples, n_classes: usize, batch_size: usize, device: &Device) -> Self {
        Self {
            data,
            n_classes,
            batch_size,
            device: device.clone(),
        }
    }
}

impl Evaluate<ClassificationObjective> for ClassificationEvaluator {
    fn evaluate(&mut self, objective: &ClassificationObjective) -> std::result::Result<Metrics, BoxError> {
        let scores = scores(
            &objective.model,
            &self.data,
            self.n_classes,
            self.batch_size,
            &self.device,
        )?;
        if scores.iter().any(|score| !score.is_finite()) {
            // The trainer ends the run and keeps the best model so far.
            return Ok(METRICS.map(|name| (name.to_owned(), f64::NAN)).into());
        }
        let logits = Logits::new(scores, self.n_classes)?;
        Ok(metrics(&logits, &self.data.labels, self.n_classes)?)
    }
}
