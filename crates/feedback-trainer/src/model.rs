//! What the trainer asks of a model, its data and its evaluation.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, activation::log_softmax};

use crate::{BoxError, Parts};

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
    /// The trainer divides by the number of samples of the whole update, so that an update accumulated from
    /// several passes has exactly the gradient of one large batch.
    fn loss(&self, batch: Self::Batch) -> Tensor<1>;

    /// The name by which [`Parts`] know the parameter at `path` of this module; by default the path itself.
    fn parameter_name(&self, path: &str) -> String {
        path.to_owned()
    }

    /// How many layers lie between the parameter of this name and the output: 0 for the head, 1 for the layer below it,
    /// and so on. It gets the learning rate × `layerwise_lr_decay` to this power. By default 0 for all.
    #[expect(unused_variables, reason = "the default ignores what it is given")]
    fn layer_depth(&self, name: &str) -> usize {
        0
    }

    /// The same model with `parts` held still: their parameters get no gradient and no optimizer state, and have the same
    /// bits after training as before. Dropout in them stays active, as with `requires_grad = False` in PyTorch.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPart`](crate::Error::UnknownPart) for a part the model has not, and
    /// [`Error::AllFrozen`](crate::Error::AllFrozen) if nothing is left to train.
    fn freeze_parts(self, parts: &Parts) -> crate::Result<Self> {
        crate::parts::freeze(self, parts)
    }
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

/// Cross-entropy of class ids, summed over the samples: −Σ log softmax(logits)\[label\].
///
/// # Shapes
///
/// - `logits`: `[samples, classes]`, `labels`: `[samples]`, output: `[1]`
pub fn cross_entropy_sum(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let [samples, _] = logits.dims();
    let log_probabilities = log_softmax(logits, 1); // [samples, classes]
    log_probabilities
        .gather(1, labels.reshape([samples, 1]))
        .sum()
        .neg()
}
