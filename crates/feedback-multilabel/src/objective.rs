//! Multi-label classification as a training objective.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use feedback_bert::batch::batch_by_tokens;
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Encoding};
use feedback_metrics::{Average, MultiLabel, ZeroDivision};
use feedback_trainer::losses::MultiLabelLoss;
use feedback_trainer::{BoxError, Evaluate, Metrics, TrainData, Trainable};

use crate::error::Result;
use crate::examples::MultiLabelExamples;

/// A label is predicted if its logit is above this value: a probability above 0.5, as in Transformers. The thresholds are chosen only
/// after training.
const THRESHOLD_LOGIT: f64 = 0.0;

/// The metrics of [`MultiLabelEvaluator`].
pub const METRICS: [&str; 7] = [
    "loss",
    "micro_f1",
    "macro_f1",
    "weighted_f1",
    "samples_f1",
    "subset_accuracy",
    "hamming_loss",
];

/// A BERT classifier that answers yes or no for each label.
#[derive(Module, Debug)]
pub struct MultiLabelObjective {
    /// The network.
    pub model: BertForSequenceClassification,
    #[module(skip)]
    loss: MultiLabelLoss,
}

impl MultiLabelObjective {
    /// Creates an objective that trains `model` with `loss`.
    pub fn new(model: BertForSequenceClassification, loss: MultiLabelLoss) -> Self {
        Self { model, loss }
    }
}

impl Trainable for MultiLabelObjective {
    /// The texts, and a target of 1 or 0 for each text and label, `[texts, labels]`.
    type Batch = (Batch, Tensor<2>);

    fn loss(&self, (batch, targets): Self::Batch) -> Tensor<1> {
        self.loss.sum(self.model.forward(&batch), targets)
    }

    fn parameter_name(&self, path: &str) -> String {
        feedback_bert::names::parameter_name(path)
    }

    fn layer_depth(&self, name: &str) -> usize {
        feedback_bert::names::layer_depth(name, self.model.encoder().num_hidden_layers())
    }
}

/// Texts with their labels, tokenised once.
#[derive(Debug, Clone)]
pub struct EncodedMultiLabel {
    encodings: Arc<Vec<Encoding>>,
    labels: Arc<Vec<bool>>, // [texts, labels]
    n_labels: usize,
    pad_token_id: u32,
}

impl EncodedMultiLabel {
    /// Tokenises all texts.
    ///
    /// # Errors
    ///
    /// The errors of [`BertTokenizer::encode`].
    pub fn new(examples: &MultiLabelExamples, n_labels: usize, tokenizer: &BertTokenizer) -> Result<Self> {
        Ok(Self {
            encodings: Arc::new(tokenizer.encode(&examples.texts)?),
            labels: Arc::new(examples.table(n_labels)),
            n_labels,
            pad_token_id: tokenizer.pad_token_id(),
        })
    }

    /// The tokens of the texts.
    pub(crate) fn encodings(&self) -> &[Encoding] {
        &self.encodings
    }

    /// Returns for each label the number of rows without it divided by the number of rows with it, or 1 if no row has the
    /// label. With these weights for [`MultiLabelLoss::with_positive_weights`], the rows with a label have the same total
    /// weight as the rows without it.
    pub fn positive_weights(&self) -> Vec<f64> {
        let rows = self.encodings.len() as f64;
        let count = |label: usize| {
            let column = self.labels.iter().skip(label).step_by(self.n_labels);
            column.filter(|has| **has).count() as f64
        };
        let weigh = |count: f64| if count > 0.0 { (rows - count) / count } else { 1.0 };
        (0..self.n_labels).map(|label| weigh(count(label))).collect()
    }

    /// Returns the number of texts that were truncated to the model's maximum length.
    pub fn truncated(&self) -> usize {
        self.encodings
            .iter()
            .filter(|encoding| encoding.truncated)
            .count()
    }

    /// Returns the targets row by row: 1 if the row has the label, otherwise 0.
    fn targets(&self, indices: &[usize]) -> Vec<f32> {
        let rows = indices
            .iter()
            .flat_map(|&index| &self.labels[index * self.n_labels..(index + 1) * self.n_labels]);
        rows.map(|&has| f32::from(u8::from(has))).collect()
    }

    /// Returns the logits of a model for these texts, one row after another, in the order of the texts. They may be NaN if training
    /// diverged.
    ///
    /// # Errors
    ///
    /// The device fails.
    pub fn logits(
        &self,
        model: &BertForSequenceClassification,
        batch_size: usize,
        device: &Device,
    ) -> std::result::Result<Vec<f32>, BoxError> {
        let lengths: Vec<usize> = self.encodings.iter().map(Encoding::len).collect();
        let mut all = vec![0.0; self.labels.len()];
        for indices in batch_by_tokens(&lengths, batch_size, usize::MAX) {
            let (batch, _) = self.batch(&indices, device)?;
            let scores = model.forward(&batch).try_into_data()?.convert::<f32>();
            let scores = scores.try_to_vec::<f32>().map_err(|error| format!("{error:?}"))?;
            for (&index, row) in indices.iter().zip(scores.chunks_exact(self.n_labels)) {
                all[index * self.n_labels..(index + 1) * self.n_labels].copy_from_slice(row);
            }
        }
        Ok(all)
    }
}

impl TrainData<MultiLabelObjective> for EncodedMultiLabel {
    fn len(&self) -> usize {
        self.encodings.len()
    }

    fn length(&self, index: usize) -> usize {
        self.encodings[index].len()
    }

    fn batch(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> std::result::Result<<MultiLabelObjective as Trainable>::Batch, BoxError> {
        let encodings: Vec<&Encoding> = indices.iter().map(|&index| &self.encodings[index]).collect();
        let shape = [indices.len(), self.n_labels];
        let targets = TensorData::new(self.targets(indices), shape);
        let batch = Batch::new(&encodings, self.pad_token_id, device)?;
        Ok((batch, Tensor::from_data(targets, device)))
    }
}

/// Measures a multi-label classifier: the values of [`METRICS`]. A label is predicted if its probability is above 0.5.
///
/// All metrics are NaN if any logit is not finite.
#[derive(Debug)]
pub struct MultiLabelEvaluator {
    data: EncodedMultiLabel,
    batch_size: usize,
    device: Device,
}

impl MultiLabelEvaluator {
    /// Creates an evaluator on `data` that uses batches of `batch_size` texts.
    pub fn new(data: EncodedMultiLabel, batch_size: usize, device: &Device) -> Self {
        Self {
            data,
            batch_size,
            device: device.clone(),
        }
    }
}

impl Evaluate<MultiLabelObjective> for MultiLabelEvaluator {
    fn evaluate(&mut self, objective: &MultiLabelObjective) -> std::result::Result<Metrics, BoxError> {
        let logits = self
            .data
            .logits(&objective.model, self.batch_size, &self.device)?;
        Ok(metrics(&logits, &self.data.labels, self.data.n_labels)?)
    }
}

/// Returns the values of [`METRICS`] for logits and true labels, both `[texts, labels]`.
pub(crate) fn metrics(logits: &[f32], labels: &[bool], n_labels: usize) -> feedback_metrics::Result<Metrics> {
    if logits.iter().any(|logit| !logit.is_finite()) {
        // The trainer ends the run and keeps the best model so far.
        return Ok(METRICS.map(|name| (name.to_owned(), f64::NAN)).into());
    }
    let logits: Vec<f64> = logits.iter().copied().map(f64::from).collect();
    let predictions: Vec<bool> = logits.iter().map(|&logit| logit > THRESHOLD_LOGIT).collect();
    let scores = MultiLabel::new(labels, &predictions, n_labels)?;
    let f1 = |average| scores.average(average, ZeroDivision::Zero).f1;
    let losses = logits
        .iter()
        .zip(labels)
        .map(|(&logit, &has)| cross_entropy(logit, has));
    let values = [
        losses.sum::<f64>() / logits.len() as f64,
        f1(Average::Micro),
        f1(Average::Macro),
        f1(Average::Weighted),
        scores.samples_average(ZeroDivision::Zero).f1,
        scores.subset_accuracy(),
        scores.hamming_loss(),
    ];
    Ok(METRICS.into_iter().map(str::to_owned).zip(values).collect())
}

/// Returns −log of the probability of the true answer, computed without overflow.
fn cross_entropy(logit: f64, has: bool) -> f64 {
    let wrong = if has { -logit } else { logit };
    wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use feedback_bert::config::{Pooling, ScratchPreset};
    use feedback_bert::model::ParameterInit;
    use feedback_trainer::{Trainer, TrainingArguments};

    use super::*;

    /// Texts with all combinations of two words, each of which stands for a label.
    fn examples() -> MultiLabelExamples {
        let words = ["crash", "love"];
        let labels = (0..64).map(|row| (0..2).filter(|bit| row >> bit & 1 == 1).collect::<Vec<usize>>());
        let labels: Vec<Vec<usize>> = labels.collect();
        let text = |(row, labels): (usize, &Vec<usize>)| {
            let said: Vec<&str> = labels.iter().map(|&label| words[label]).collect();
            format!("page {} {}", row % 7, said.join(" and "))
        };
        MultiLabelExamples {
            path: "feedback.jsonl".into(),
            texts: labels.iter().enumerate().map(text).collect(),
            lines: (1..=64).collect(),
            labels,
        }
    }

    #[test]
    fn two_labels_are_learnt_at_once() {
        let examples = examples();
        let names = ["bug", "praise"].map(str::to_owned);
        let device = Device::flex();
        let tokenizer = BertTokenizer::train(&examples.texts, 200, 16).unwrap();
        let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &names);
        let mut init = ParameterInit::normal(1, config.initializer_range, &device).unwrap();
        let model = BertForSequenceClassification::new(&config, Pooling::Mean, &mut init);
        let data = EncodedMultiLabel::new(&examples, 2, &tokenizer).unwrap();
        assert_eq!(data.positive_weights(), [1.0, 1.0]);
        let mut arguments = TrainingArguments::default();
        arguments.num_train_epochs = 60;
        arguments.learning_rate = 3e-3;
        arguments.metric_for_best_model = "subset_accuracy".into();
        let mut evaluator = MultiLabelEvaluator::new(data.clone(), 32, &device);
        let trained = Trainer::new(arguments.check().unwrap(), &device)
            .train(
                MultiLabelObjective::new(model, MultiLabelLoss::new()),
                &data,
                &mut evaluator,
            )
            .unwrap();
        assert_eq!(trained.metrics["subset_accuracy"], 1.0, "{:?}", trained.metrics);
        assert_eq!(trained.metrics["samples_f1"], 0.75, "rows without labels count 0");
    }

    #[test]
    fn the_loss_is_finite_for_certain_and_wrong_logits() {
        assert!((cross_entropy(0.0, true) - 2f64.ln()).abs() < 1e-12);
        assert_eq!(cross_entropy(1e30, true), 0.0);
        assert_eq!(cross_entropy(1e30, false), 1e30);
        let found = metrics(&[f32::NAN, 1.0], &[true, false], 2).unwrap();
        assert!(METRICS.iter().all(|name| found[*name].is_nan()));
    }
}
