//! The classifier as something to train.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Encoding, batch_by_tokens};
use feedback_metrics::{Average, ConfusionMatrix, Logits, ZeroDivision, calibration::log_loss};
use feedback_trainer::{BoxError, Evaluate, Metrics, TrainData, Trainable, cross_entropy_sum};

use crate::{Examples, Result};

/// A BERT classifier with cross-entropy as its loss.
#[derive(Module, Debug)]
pub struct ClassificationObjective {
    /// The network.
    pub model: BertForSequenceClassification,
}

impl Trainable for ClassificationObjective {
    type Batch = (Batch, Tensor<1, Int>);

    fn loss(&self, (batch, labels): Self::Batch) -> Tensor<1> {
        cross_entropy_sum(self.model.forward(&batch), labels)
    }

    fn parameter_name(&self, path: &str) -> String {
        feedback_bert::parameter_name(path)
    }

    fn layer_depth(&self, name: &str) -> usize {
        feedback_bert::layer_depth(name, self.model.encoder().num_hidden_layers())
    }
}

/// Labelled texts, tokenised once.
#[derive(Debug, Clone)]
pub struct EncodedExamples {
    encodings: Arc<Vec<Encoding>>,
    labels: Arc<Vec<usize>>,
    pad_token_id: u32,
}

impl EncodedExamples {
    /// Tokenises all texts.
    ///
    /// # Errors
    ///
    /// Those of [`BertTokenizer::encode`].
    pub fn new(examples: &Examples, tokenizer: &BertTokenizer) -> Result<Self> {
        Ok(Self {
            encodings: Arc::new(tokenizer.encode(&examples.texts)?),
            labels: Arc::new(examples.labels.clone()),
            pad_token_id: tokenizer.pad_token_id(),
        })
    }

    /// How many texts were longer than the model reads.
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

/// The logits of a model for tokenised texts, in their order.
///
/// # Errors
///
/// A failure of the device.
pub(crate) fn logits(
    model: &BertForSequenceClassification,
    data: &EncodedExamples,
    n_classes: usize,
    batch_size: usize,
    device: &Device,
) -> std::result::Result<Logits, BoxError> {
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
    Ok(Logits::new(all, n_classes)?)
}

/// Measures a classifier on held-out texts: `loss`, `accuracy`, `macro_f1`, `weighted_f1`.
#[derive(Debug)]
pub struct ClassificationEvaluator {
    data: EncodedExamples,
    n_classes: usize,
    batch_size: usize,
    device: Device,
}

impl ClassificationEvaluator {
    /// An evaluator on `data`, `batch_size` texts at a time.
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
        let logits = logits(
            &objective.model,
            &self.data,
            self.n_classes,
            self.batch_size,
            &self.device,
        )?;
        let probabilities = logits.softmax(1.0)?;
        let labels = &self.data.labels;
        let matrix = ConfusionMatrix::new(labels, &probabilities.predictions(), self.n_classes)?;
        let f1 = |average| matrix.average(average, ZeroDivision::Zero).f1;
        let metrics = [
            ("loss", log_loss(&probabilities, labels)?),
            ("accuracy", matrix.accuracy()),
            ("macro_f1", f1(Average::Macro)),
            ("weighted_f1", f1(Average::Weighted)),
        ];
        Ok(metrics.map(|(name, value)| (name.to_owned(), value)).into())
    }
}
