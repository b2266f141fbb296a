//! A small model that learns from a large one.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use feedback_bert::{
    Batch, BertConfig, BertForSequenceClassification, BertTokenizer, Encoding, batch_by_tokens, mean_pool,
};
use feedback_trainer::losses::{cosine_distance_sum, hidden_state_distance_sum, soft_target_sum};
use feedback_trainer::{BoxError, Evaluate, Metrics, TrainData, Trainable};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What the student is to have in common with its teacher.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DistillationTarget {
    /// The probabilities of the classes, softened.
    SoftTargets {
        /// Logits are divided by it, above 0.
        temperature: f64,
    },
    /// The last hidden state of each token.
    HiddenStates,
    /// The direction of the mean of a text's hidden states.
    SentenceEmbeddings,
}

impl DistillationTarget {
    /// Checks that the two models have what is to be compared.
    ///
    /// # Errors
    ///
    /// [`Error::Files`] for a temperature of 0 or less, other labels, or another width.
    pub fn check(&self, student: &BertConfig, teacher: &BertConfig) -> Result<()> {
        let refuse = |reason: String, hint: &str| {
            Err(Error::Files {
                reason,
                hint: hint.to_owned(),
            })
        };
        match self {
            Self::SoftTargets { temperature } if !(temperature.is_finite() && *temperature > 0.0) => refuse(
                format!("the temperature is {temperature}, expected a number above 0"),
                "2 is a usual value",
            ),
            Self::SoftTargets { .. } if student.labels()? != teacher.labels()? => refuse(
                format!(
                    "the student has the labels {}, the teacher {}",
                    student.labels()?.join(", "),
                    teacher.labels()?.join(", ")
                ),
                "soft targets need the same labels in the same order",
            ),
            Self::HiddenStates | Self::SentenceEmbeddings if student.hidden_size != teacher.hidden_size => {
                refuse(
                    format!(
                        "the student is {} wide, the teacher {}",
                        student.hidden_size, teacher.hidden_size
                    ),
                    "compare soft targets, or choose a student of the same width",
                )
            }
            _ => Ok(()),
        }
    }

    /// What is compared, of one model.
    fn output(&self, model: &BertForSequenceClassification, batch: &Batch) -> Tensor<2> {
        match self {
            Self::SoftTargets { .. } => model.forward(batch), // [texts, labels]
            Self::HiddenStates => {
                let hidden = model.encoder().forward(batch);
                let [texts, seq, width] = hidden.dims();
                hidden.reshape([texts * seq, width]) // [texts * seq, hidden]
            }
            Self::SentenceEmbeddings => {
                mean_pool(model.encoder().forward(batch), batch.mask_pad.clone()) // [texts, hidden]
            }
        }
    }

    /// The losses of the texts, summed.
    fn loss(&self, student: Tensor<2>, teacher: Tensor<2>, batch: &Batch) -> Tensor<1> {
        match *self {
            Self::SoftTargets { temperature } => soft_target_sum(student, teacher, temperature),
            Self::HiddenStates => hidden_state_distance_sum(student, teacher, token_shares(batch)),
            Self::SentenceEmbeddings => cosine_distance_sum(student, teacher),
        }
    }
}

/// 1 / length for each real token, 0 for padding, `[texts * seq]`: with these the sum over tokens is a sum of means of
/// texts.
fn token_shares(batch: &Batch) -> Tensor<1> {
    let [texts, seq] = batch.dims();
    let real = batch.mask_pad.clone().bool_not().float(); // [texts, seq]
    let lengths = real.clone().sum_dim(1); // [texts, 1]
    (real / lengths).reshape([texts * seq])
}

/// A student that is trained to agree with a teacher; the teacher's outputs come with each batch.
#[derive(Module, Debug)]
pub struct DistillationObjective {
    /// The student.
    pub student: BertForSequenceClassification,
    #[module(skip)]
    target: DistillationTarget,
}

impl DistillationObjective {
    /// `student`, compared with its teacher by `target`.
    pub fn new(student: BertForSequenceClassification, target: DistillationTarget) -> Self {
        Self { student, target }
    }

    fn distance(&self, DistillationBatch { batch, teacher }: DistillationBatch) -> Tensor<1> {
        let student = self.target.output(&self.student, &batch);
        self.target.loss(student, teacher, &batch)
    }
}

/// Texts, and what the teacher makes of them.
#[derive(Debug, Clone)]
pub struct DistillationBatch {
    batch: Batch,
    teacher: Tensor<2>,
}

impl Trainable for DistillationObjective {
    type Batch = DistillationBatch;

    fn loss(&self, batch: DistillationBatch) -> Tensor<1> {
        self.distance(batch)
    }
}

/// Texts with a teacher, which is asked batch by batch, without dropout and without gradients.
#[derive(Debug)]
pub struct TaughtTexts {
    encodings: Vec<Encoding>,
    teacher: BertForSequenceClassification,
    target: DistillationTarget,
    pad_token_id: u32,
    /// The teacher's, without autodiff.
    device: Device,
}

impl TaughtTexts {
    /// Tokenises all texts, for both models alike: teacher and student must share their vocabulary.
    ///
    /// `device` is the teacher's, without autodiff.
    ///
    /// # Errors
    ///
    /// Those of [`BertTokenizer::encode`].
    pub fn new(
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
        // Through the host: the two models' tensors are of different kinds, one with autodiff, one without.
        let answer: TensorData = answer.try_into_data()?;
        Ok(DistillationBatch {
            batch: batch(device)?,
            teacher: Tensor::from_data(answer, device),
        })
    }
}

/// Measures a student on held-out texts: `loss`, the mean distance from its teacher, and `agreement`, the share of texts
/// to which both give the same class, where soft targets are compared.
#[derive(Debug)]
pub struct DistillationEvaluator {
    texts: TaughtTexts,
    batch_size: usize,
    device: Device,
}

impl DistillationEvaluator {
    /// An evaluator on `texts`, `batch_size` of them at a time.
    pub fn new(texts: TaughtTexts, batch_size: usize, device: &Device) -> Self {
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
