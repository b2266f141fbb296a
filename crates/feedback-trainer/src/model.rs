//! What the trainer asks of a model, its data and its evaluation.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::BoxError;

/// Metrics of one evaluation, by name (`loss`, `accuracy`, `weighted_f1`, …).
pub type Metrics = BTreeMap<String, f64>;

/// A model that can be trained: given a batch it tells its loss.
///
/// A classifier, a masked language model and a pair of teacher and student all fit.
pub trait Trainable: Module {
    /// What one forward pass takes.
    type Batch;

    /// The loss **summed** over the samples of the batch, `[1]`.
    ///
    /// The trainer divides by the weight of all samples of the whole update ([`TrainData::weight`], usually their
    /// number), so that an update accumulated from several passes has exactly the gradient of one large batch.
    fn loss(&self, batch: Self::Batch) -> Tensor<1>;
}

/// Samples by index.
pub trait TrainData<M: Trainable> {
    /// Number of samples.
    fn len(&self) -> usize;

    /// True where there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Length of a sample in tokens, for grouping samples of like length.
    fn length(&self, index: usize) -> usize;

    /// What a sample counts in the mean of an update: 1 unless the model's loss weighs samples differently.
    ///
    /// With class weights it is the weight of the sample's class, in masked language modelling the number of tokens to
    /// guess. The loss of an update is the sum of all its samples' losses over the sum of these, over all passes;
    /// where that sum is 0, the update has a loss of 0.
    fn weight(&self, index: usize) -> f64 {
        let _ = index;
        1.0
    }

    /// Told at the beginning of each epoch, for data that change from epoch to epoch, such as random masks.
    ///
    /// What a sample becomes may depend on the epoch and the sample alone, so that a run can be taken up again anywhere.
    fn set_epoch(&self, epoch: usize) {
        let _ = epoch;
    }

    /// The samples of an epoch in the order in which they are drawn; `None`, the default, is each sample once, shuffled
    /// by `seed` and `epoch`.
    ///
    /// A sampler of its own gives exactly [`len`](TrainData::len) indices, some of them perhaps more than once, and the
    /// same ones for the same `seed` and `epoch`: a run that is taken up again asks anew.
    fn order(&self, seed: u64, epoch: usize) -> Option<Vec<usize>> {
        let _ = (seed, epoch);
        None
    }

    /// The samples with these indices as one batch on `device`.
    ///
    /// # Errors
    ///
    /// Whatever keeps the batch from being made; the trainer adds the step.
    fn batch(&self, indices: &[usize], device: &Device) -> Result<M::Batch, BoxError>;
}

/// Measures a model during training, on data that is not trained on.
pub trait Evaluate<M> {
    /// The metrics of `model`, which comes without autodiff and with dropout off.
    ///
    /// # Errors
    ///
    /// Whatever keeps the metrics from being computed; the trainer adds the step.
    fn evaluate(&mut self, model: &M) -> Result<Metrics, BoxError>;
}
