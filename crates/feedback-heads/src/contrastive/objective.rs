//! An encoder with the supervised contrastive loss.

use burn::module::Module;
use burn::tensor::{Tensor, activation::log_softmax};
use feedback_bert::{Batch, BertForSequenceClassification};
use feedback_trainer::Trainable;

/// Added to the similarity of a text to itself, which must not count.
const NOT_COMPARED: f32 = -1e9;

/// An encoder whose vectors are compared.
#[derive(Module, Debug)]
pub(super) struct ContrastiveObjective {
    /// The encoder. Its head is not used.
    pub(super) encoder: BertForSequenceClassification,
    #[module(skip)]
    temperature: f64,
}

/// The texts of pairs: the first texts of all pairs, then the second ones.
#[derive(Debug, Clone)]
pub(super) struct ContrastiveBatch {
    pub(super) batch: Batch,
    /// 1 where two different places of the batch have texts with the same label, else 0, `[texts, texts]`. Each row has a 1.
    pub(super) same: Tensor<2>,
}

impl ContrastiveObjective {
    pub(super) fn new(encoder: BertForSequenceClassification, temperature: f64) -> Self {
        Self { encoder, temperature }
    }
}

impl Trainable for ContrastiveObjective {
    type Batch = ContrastiveBatch;

    fn loss(&self, batch: ContrastiveBatch) -> Tensor<1> {
        let vectors = self.encoder.pool(&batch.batch); // [texts, width]
        // A pair has two texts.
        contrastive_loss(vectors, batch.same, self.temperature) * 0.5
    }

    fn parameter_name(&self, path: &str) -> String {
        feedback_bert::names::parameter_name(path)
    }
}

/// Returns the loss summed over texts. A softmax over the similarities of a text to all other texts gives each of them a
/// probability; the loss of the text is the mean of −log of this probability over the texts with its label. The similarity is the
/// cosine, divided by `temperature`.
fn contrastive_loss(vectors: Tensor<2>, same: Tensor<2>, temperature: f64) -> Tensor<1> {
    let lengths = (vectors.clone() * vectors.clone()).sum_dim(1).sqrt(); // [texts, 1]
    let unit = vectors / (lengths + 1e-12);
    let cosines = unit.clone().matmul(unit.transpose()); // [texts, texts]
    let itself = Tensor::<2>::eye(cosines.dims()[0], &cosines.device()) * NOT_COMPARED;
    let log_probabilities = log_softmax(cosines / temperature + itself, 1);
    let counts = same.clone().sum_dim(1); // [texts, 1]
    let means = (log_probabilities * same).sum_dim(1) / counts;
    -means.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use feedback_bert::DeviceChoice;

    /// The loss by plain loops in `f64`.
    fn reference(vectors: &[[f64; 2]], labels: &[usize], temperature: f64) -> f64 {
        let cosine = |a: &[f64; 2], b: &[f64; 2]| {
            let dot = a[0] * b[0] + a[1] * b[1];
            dot / (a[0].hypot(a[1]) * b[0].hypot(b[1]))
        };
        let n = vectors.len();
        let mut loss = 0.0;
        for i in 0..n {
            let others: Vec<usize> = (0..n).filter(|&j| j != i).collect();
            let score = |j: usize| (cosine(&vectors[i], &vectors[j]) / temperature).exp();
            let sum: f64 = others.iter().map(|&j| score(j)).sum();
            let same: Vec<usize> = others
                .iter()
                .copied()
                .filter(|&j| labels[j] == labels[i])
                .collect();
            loss -= same.iter().map(|&j| (score(j) / sum).ln()).sum::<f64>() / same.len() as f64;
        }
        loss
    }

    #[test]
    fn the_loss_is_that_of_the_definition() {
        let (device, _) = DeviceChoice::Cpu.open().unwrap();
        let vectors = [
            [1.0, 0.2],
            [0.9, -0.4],
            [-0.5, 2.0],
            [0.1, 1.5],
            [-1.0, -1.0],
            [2.0, 3.0],
        ];
        let labels = [0, 0, 1, 1, 1, 0];
        let tensor = Tensor::<2>::from_data(vectors.map(|row| row.map(|value| value as f32)), &device);
        let same: Vec<f32> = (0..36)
            .map(|at| f32::from(u8::from(at / 6 != at % 6 && labels[at / 6] == labels[at % 6])))
            .collect();
        let same = Tensor::<1>::from_floats(same.as_slice(), &device).reshape([6, 6]);
        let loss = contrastive_loss(tensor, same, 0.1).into_scalar::<f32>();
        let expected = reference(&vectors, &labels, 0.1);
        assert!(
            (f64::from(loss) - expected).abs() < 1e-4,
            "{loss} instead of {expected}"
        );
    }
}
