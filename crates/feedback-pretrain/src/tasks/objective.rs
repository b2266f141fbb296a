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
    #[module(skip)]
    similarity_weight: f64,
}

/// Texts, and their answers to each task that at least one of these texts answers.
#[derive(Debug, Clone)]
pub(crate) struct MultiTaskBatch {
    pub(crate) batch: Batch,
    pub(crate) targets: Vec<TaskTargets>,
    /// The vectors that those of the texts should resemble, `[texts, width]`.
    pub(crate) teacher: Option<Tensor<2>>,
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
            similarity_weight: 0.0,
        }
    }

    /// Adds 1 − the cosine between the vector of a text and the teacher's, multiplied by `weight`, to the loss of each text that has a
    /// teacher's vector.
    pub(crate) fn with_similarity(self, weight: f64) -> Self {
        Self {
            similarity_weight: weight,
            ..self
        }
    }

    /// Returns the logits of each task for the texts that have an answer, `[answers, labels]`.
    pub(crate) fn logits(&self, batch: &MultiTaskBatch) -> Vec<Tensor<2>> {
        self.logits_of(self.encoder.pool(&batch.batch), batch)
    }

    fn logits_of(&self, pooled: Tensor<2>, batch: &MultiTaskBatch) -> Vec<Tensor<2>> {
        let pooled = self.dropout.forward(pooled); // [texts, hidden]
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
        let pooled = self.encoder.pool(&batch.batch);
        let logits = self.logits_of(pooled.clone(), &batch);
        let losses = batch.targets.iter().zip(logits);
        let losses = losses.map(|(targets, logits)| self.task_loss(targets, logits));
        let device = batch.batch.input_ids.device();
        let teacher = batch.teacher.filter(|_| self.similarity_weight > 0.0);
        let distance = teacher.map(|teacher| distances(pooled, teacher).sum() * self.similarity_weight);
        losses
            .chain(distance)
            .reduce(|a, b| a + b)
            .unwrap_or_else(|| Tensor::zeros([1], &device))
    }
}

/// Returns 1 − the cosine of each row of `a` with the same row of `b`, `[rows, 1]`.
fn distances(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    let length = |rows: &Tensor<2>| (rows.clone() * rows.clone()).sum_dim(1).sqrt() + 1e-12;
    let lengths = length(&a) * length(&b);
    (a * b).sum_dim(1) / lengths * -1.0 + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use feedback_bert::DeviceChoice;

    #[test]
    fn the_distance_is_one_minus_the_cosine() {
        let (device, _) = DeviceChoice::Cpu.open().unwrap();
        let rows = |values: [[f32; 2]; 3]| Tensor::<2>::from_data(values, &device);
        let a = rows([[1.0, 0.0], [3.0, 4.0], [1.0, 1.0]]);
        let b = rows([[0.0, 2.0], [6.0, 8.0], [-1.0, 0.0]]);
        let found: Vec<f32> = distances(a, b).into_data().try_to_vec().unwrap();
        for (found, expected) in found.iter().zip([1.0, 0.0, 1.0 + 0.5_f32.sqrt()]) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
    }
}
