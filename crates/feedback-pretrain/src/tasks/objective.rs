//! An encoder with one head per task.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor};
use feedback_bert::{Batch, BertForSequenceClassification};
use feedback_trainer::losses::MultiLabelLoss;
use feedback_trainer::{Trainable, cross_entropy_sum};

use super::reading::Task;

/// An encoder that answers several questions; the loss of a text is the weighted sum of the losses of its answers.
#[derive(Module, Debug)]
pub(crate) struct MultiTaskObjective {
    /// The encoder. Its own head is not used.
    pub(crate) encoder: BertForSequenceClassification,
    /// One head per task, whose input is the pooled vector of a text.
    pub(crate) heads: Vec<Linear>,
    dropout: Dropout,
    #[module(skip)]
    weights: Vec<f64>,
}

/// Texts, and their answers to each task that at least one of these texts answers.
#[derive(Debug, Clone)]
pub(crate) struct MultiTaskBatch {
    pub(crate) batch: Batch,
    pub(crate) targets: Vec<TaskTargets>,
}

/// The answers to one task.
#[derive(Debug, Clone)]
pub(crate) struct TaskTargets {
    pub(crate) task: usize,
    /// The rows of the batch that have an answer, `[answers]`.
    pub(crate) rows: Tensor<1, Int>,
    pub(crate) targets: Targets,
}

/// What a head should predict.
#[derive(Debug, Clone)]
pub(crate) enum Targets {
    /// A class id for each row, `[answers]`.
    Classes(Tensor<1, Int>),
    /// 1 for each label that a row has, else 0, `[answers, labels]`.
    Sets(Tensor<2>),
}

impl MultiTaskObjective {
    /// Creates an objective whose heads are 0: at first, every answer is equally likely.
    pub(crate) fn new(
        encoder: BertForSequenceClassification,
        width: usize,
        tasks: &[Task],
        device: &Device,
    ) -> Self {
        let head = |task: &Task| {
            LinearConfig::new(width, task.labels.len())
                .with_initializer(Initializer::Zeros)
                .init(device)
        };
        Self {
            encoder,
            heads: tasks.iter().map(head).collect(),
            dropout: DropoutConfig::new(0.1).init(),
            weights: tasks.iter().map(|task| task.weight).collect(),
        }
    }

    /// Returns the logits of each task for the texts that have an answer, `[answers, labels]`.
    pub(crate) fn logits(&self, batch: &MultiTaskBatch) -> Vec<Tensor<2>> {
        let pooled = self.dropout.forward(self.encoder.pool(&batch.batch)); // [texts, hidden]
        let head = |targets: &TaskTargets| {
            self.heads[targets.task].forward(pooled.clone().select(0, targets.rows.clone()))
        };
        batch.targets.iter().map(head).collect()
    }

    /// Returns the weighted loss of a task, summed over its answers.
    pub(crate) fn task_loss(&self, targets: &TaskTargets, logits: Tensor<2>) -> Tensor<1> {
        let loss = match &targets.targets {
            Targets::Classes(ids) => cross_entropy_sum(logits, ids.clone()),
            Targets::Sets(sets) => MultiLabelLoss::new().sum(logits, sets.clone()),
        };
        loss * self.weights[targets.task]
    }
}

impl Trainable for MultiTaskObjective {
    type Batch = MultiTaskBatch;

    fn loss(&self, batch: MultiTaskBatch) -> Tensor<1> {
        let logits = self.logits(&batch);
        let losses = batch.targets.iter().zip(logits);
        let losses = losses.map(|(targets, logits)| self.task_loss(targets, logits));
        let device = batch.batch.input_ids.device();
        losses
            .reduce(|a, b| a + b)
            .unwrap_or_else(|| Tensor::zeros([1], &device))
    }
}
