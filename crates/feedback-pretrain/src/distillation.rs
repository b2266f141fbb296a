//! Distillation: a small model (the student) learns from a large model (the teacher).

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use feedback_bert::batch::batch_by_tokens;
use feedback_bert::config::BertConfig;
use feedback_bert::model::mean_pool;
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Encoding};
use feedback_trainer::losses::{cosine_distance_sum, hidden_state_distance_sum, soft_target_sum};
use feedback_trainer::{BoxError, Evaluate, Metrics, TrainData, Trainable};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What student and teacher should agree on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DistillationTarget {
    /// The probabilities of the classes, softened.
    SoftTargets {
        /// The logits are divided by this number, which must be above 0.
        temperature: f64,
    },
    /// The last hidden state of each token.
    HiddenStates,
    /// The direction of the mean of the hidden states of a text.
    SentenceEmbeddings,
}

impl DistillationTarget {
    /// Checks that the outputs of the two models can be compared.
    ///
    /// # Errors
    ///
    /// The temperature is not a number above 0, or the models have different labels or hidden sizes.
    pub(crate) fn check(&self, student: &BertConfig, teacher: &BertConfig) -> Result<()> {
        let error = match *self {
            Self::SoftTargets { temperature } if !(temperature.is_finite() && temperature > 0.0) => {
                Error::Temperature { found: temperature }
            }
            Self::SoftTargets { .. } if student.labels()? != teacher.labels()? => Error::Labels {
                student: student.labels()?,
                teacher: teacher.labels()?,
            },
            Self::HiddenStates | Self::SentenceEmbeddings if student.hidden_size != teacher.hidden_size => {
                Error::HiddenSizes {
                    student: student.hidden_size,
                    teacher: teacher.hidden_size,
                }
            }
            _ => return Ok(()),
        };
        Err(error)
    }

    /// Returns the output of a model that the loss compares.
    fn output(&self, model: &BertForSequenceClassification, batch: &Batch) -> Tensor<2> {
        match self {
            Self::SoftTargets { .. } => model.forward(batch), // [texts, labels]
            Self::HiddenStates => model.encoder().forward(batch), // [tokens, hidden]
            Self::SentenceEmbeddings => mean_pool(model.encoder().forward(batch), &batch.sequences), // [texts, hidden]
        }
    }

    /// Returns the sum of the losses of the texts.
    fn loss(&self, student: Tensor<2>, teacher: Tensor<2>, batch: &Batch) -> Tensor<1> {
        match *self {
            Self::SoftTargets { temperature } => soft_target_sum(student, teacher, temperature),
            Self::HiddenStates => hidden_state_distance_sum(student, teacher, token_shares(batch)),
            Self::SentenceEmbeddings => cosine_distance_sum(student, teacher),
        }
    }
}

/// Returns for each token 1 divided by the length of its text, `[tokens]`. With these weights, the sum over all tokens is the
/// sum of the means of the texts.
fn token_shares(batch: &Batch) -> Tensor<1> {
    let lengths = batch.sequences.ranges().map(|range| range.len());
    let shares: Vec<f32> = lengths
        .flat_map(|length| std::iter::repeat_n(1.0 / length as f32, length))
        .collect();
    Tensor::from_floats(shares.as_slice(), &batch.input_ids.device())
}

/// A student that is trained to agree with a teacher; the teacher's outputs come with each batch.
#[derive(Module, Debug)]
pub(crate) struct DistillationObjective {
    /// The student.
    pub(crate) student: BertForSequenceClassification,
    #[module(skip)]
    target: DistillationTarget,
}

impl DistillationObjective {
    /// Creates an objective that trains `student` to agree with its teacher on `target`.
    pub(crate) fn new(student: BertForSequenceClassification, target: DistillationTarget) -> Self {
        Self { student, target }
    }

    fn distance(&self, DistillationBatch { batch, teacher }: DistillationBatch) -> Tensor<1> {
        let student = self.target.output(&self.student, &batch);
        self.target.loss(student, teacher, &batch)
    }
}

/// Texts and the teacher's outputs for them.
#[derive(Debug, Clone)]
pub(crate) struct DistillationBatch {
    batch: Batch,
    teacher: Tensor<2>,
}

impl Trainable for DistillationObjective {
    type Batch = DistillationBatch;

    fn loss(&self, batch: DistillationBatch) -> Tensor<1> {
        self.distance(batch)
    }
}

/// Texts with the teacher model. The teacher is run on each batch, without dropout and gradients.
#[derive(Debug)]
pub(crate) struct TaughtTexts {
    encodings: Vec<Encoding>,
    teacher: BertForSequenceClassification,
    target: DistillationTarget,
    pad_token_id: u32,
    /// The teacher's device, without autodiff.
    device: Device,
}

impl TaughtTexts {
    /// Tokenises all texts for both models: teacher and student must share their vocabulary.
    ///
    /// `device` is the device of the teacher, without autodiff.
    ///
    /// # Errors
    ///
    /// The errors of [`BertTokenizer::encode`].
    pub(crate) fn new(
        texts: &[String],
        tokenizer: &BertTokenizer,
        teacher: BertForSequenceClassification,
        target: DistillationTarget,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            encodings: tokenizer.encode(texts)?,
            teacher,
            target,
            pad_token_id: tokenizer.pad_token_id(),
            device: device.clone(),
        })
    }
}

impl TrainData<DistillationObjective> for TaughtTexts {
    fn len(&self) -> usize {
        self.encodings.len()
    }

    fn length(&self, index: usize) -> usize {
        self.encodings[index].len()
    }

    fn batch(&self, indices: &[usize], device: &Device) -> std::result::Result<DistillationBatch, BoxError> {
        let encodings: Vec<&Encoding> = indices.iter().map(|&index| &self.encodings[index]).collect();
        let batch = |device: &Device| Batch::new(&encodings, self.pad_token_id, device);
        let answer = self.target.output(&self.teacher, &batch(&self.device)?);
        // Copies through host memory, because only one of the two models has autodiff.
        let answer: TensorData = answer.try_into_data()?;
        Ok(DistillationBatch {
            batch: batch(device)?,
            teacher: Tensor::from_data(answer, device),
        })
    }
}

/// Measures a student on held-out texts: `loss` is the mean distance from its teacher. With soft targets, `agreement` is the
/// share of texts for which student and teacher predict the same class.
#[derive(Debug)]
pub(crate) struct DistillationEvaluator {
    texts: TaughtTexts,
    batch_size: usize,
    device: Device,
}

impl DistillationEvaluator {
    /// Creates an evaluator on `texts` that uses batches of `batch_size` texts.
    pub(crate) fn new(texts: TaughtTexts, batch_size: usize, device: &Device) -> Self {
        Self {
            texts,
            batch_size,
            device: device.clone(),
        }
    }
}

impl Evaluate<DistillationObjective> for DistillationEvaluator {
    fn evaluate(&mut self, objective: &DistillationObjective) -> std::result::Result<Metrics, BoxError> {
        let lengths: Vec<usize> = self.texts.encodings.iter().map(Encoding::len).collect();
        let (mut loss, mut agreed) = (0.0, 0.0);
        for indices in batch_by_tokens(&lengths, self.batch_size, usize::MAX) {
            let taught = self.texts.batch(&indices, &self.device)?;
            if matches!(objective.target, DistillationTarget::SoftTargets { .. }) {
                let student = objective.student.forward(&taught.batch).argmax(1);
                let same = student.equal(taught.teacher.clone().argmax(1)).float().sum();
                let same: f32 = same.try_into_scalar()?;
                agreed += f64::from(same);
            }
            let sum: f32 = objective.distance(taught).try_into_scalar()?;
            loss += f64::from(sum);
        }
        let texts = lengths.len() as f64;
        let mut metrics: Metrics = [("loss".to_owned(), loss / texts)].into();
        if matches!(objective.target, DistillationTarget::SoftTargets { .. }) {
            metrics.insert("agreement".into(), agreed / texts);
        }
        Ok(metrics)
    }
}
