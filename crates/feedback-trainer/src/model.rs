//! What the trainer requires of a model, its data and its evaluation.

use std::collections::BTreeMap;

use burn::module::{Module, ParamId};
use burn::tensor::{Device, Tensor};

use crate::error::{BoxError, Result};
use crate::parts::{Parts, freeze, parameter_paths};

/// Metrics of one evaluation, by name (`loss`, `accuracy`, `weighted_f1`, …).
pub type Metrics = BTreeMap<String, f64>;

/// A model that can be trained: it computes the loss of a batch.
///
/// Examples are a classifier, a masked language model, and a student with its teacher.
pub trait Trainable: Module {
    /// The input of one forward pass.
    type Batch;

    /// Returns the loss **summed** over the samples of the batch, with shape `[1]`.
    ///
    /// The trainer divides the sum by the total weight of all samples of the update, which is usually their number
    /// ([`TrainData::weight`]). So an update from several passes has exactly the gradient of one large batch.
    fn loss(&self, batch: Self::Batch) -> Tensor<1>;

    /// Returns the name of the parameter at `path` of this module; [`Parts`] are matched against this name. By default the name is
    /// the path.
    fn parameter_name(&self, path: &str) -> String {
        path.to_owned()
    }

    /// Returns the number of layers between the parameter `name` and the output: 0 for the head, 1 for the layer below the head,
    /// and so on. The learning rate of the parameter is multiplied by `layerwise_lr_decay` to the power of this number. By default
    /// it is 0 for all parameters.
    #[expect(unused_variables, reason = "the default ignores what it is given")]
    fn layer_depth(&self, name: &str) -> usize {
        0
    }

    /// Freezes `parts`: their parameters get no gradient and no optimizer state, and training does not change them. Dropout in
    /// these parts stays active, as with `requires_grad = False` in PyTorch.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPart`](crate::Error::UnknownPart) for a part that the model does not have, and
    /// [`Error::AllFrozen`](crate::Error::AllFrozen) if nothing is left to train.
    fn freeze_parts(self, parts: &Parts) -> Result<Self> {
        let names = parameter_names(&self);
        freeze(self, parts, &names)
    }
}

/// Training samples by index.
pub trait TrainData<M: Trainable> {
    /// Returns the number of samples.
    fn len(&self) -> usize;

    /// Returns true if there are no samples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the length of a sample in tokens, for grouping samples of similar length.
    fn length(&self, index: usize) -> usize;

    /// Returns the weight of a sample in the mean loss of an update: 1, unless the model's loss weights samples.
    ///
    /// With class weights it is the weight of the sample's class; in masked language modelling it is the number of
    /// masked tokens. The loss of an update is the sum of the losses of all samples in all its passes, divided by the sum of their
    /// weights. If the weights sum to 0, the loss is 0.
    fn weight(&self, index: usize) -> f64 {
        let _ = index;
        1.0
    }

    /// Called at the start of each epoch, for data that change from epoch to epoch, such as random masks.
    ///
    /// A sample must depend only on its index and the epoch, so that a run can be resumed at any step.
    fn set_epoch(&self, epoch: usize) {
        let _ = epoch;
    }

    /// Returns the order of the samples in an epoch. `None`, the default, means each sample once, shuffled by `seed` and `epoch`.
    ///
    /// An order has exactly [`len`](TrainData::len) indices, which may repeat. It must be the same for the same
    /// `seed` and `epoch`, because a resumed run calls this method again.
    fn order(&self, seed: u64, epoch: usize) -> Option<Vec<usize>> {
        let _ = (seed, epoch);
        None
    }

    /// Returns the samples with these indices as one batch on `device`.
    ///
    /// # Errors
    ///
    /// Any reason why the batch cannot be built; the trainer adds the step.
    fn batch(&self, indices: &[usize], device: &Device) -> std::result::Result<M::Batch, BoxError>;

    /// Applies changes since the last epoch; returns true if samples were added, removed or changed.
    ///
    /// Called with the current epoch, counted from 0, before each epoch and before a run is resumed. The
    /// samples must not change between two calls. Each call with the same epoch must result in the same
    /// samples; otherwise a resumed run would continue with different samples. After a change, the learning
    /// rate schedule and the number of updates are recomputed for the rest of the run, unless `max_steps` is
    /// set. By default nothing changes.
    ///
    /// # Errors
    ///
    /// Any reason why the samples are not available; the trainer adds the step.
    fn refresh(&self, epoch: usize) -> std::result::Result<bool, BoxError> {
        let _ = epoch;
        Ok(false)
    }
}

/// Evaluates a model during training, on data that it is not trained on.
pub trait Evaluate<M> {
    /// Returns the metrics of `model`, which is passed without autodiff and with dropout off.
    ///
    /// # Errors
    ///
    /// Any reason why the metrics cannot be computed; the trainer adds the step.
    fn evaluate(&mut self, model: &M) -> std::result::Result<Metrics, BoxError>;

    /// Applies changes since the last epoch; returns true if the evaluation now uses other samples.
    ///
    /// Called right after [`TrainData::refresh`], with the same epoch and under the same rules. After a change the
    /// best model so far is evaluated again, since metrics on different samples are not comparable.
    ///
    /// # Errors
    ///
    /// Any reason why the samples are not available; the trainer adds the step.
    fn refresh(&mut self, epoch: usize) -> std::result::Result<bool, BoxError> {
        let _ = epoch;
        Ok(false)
    }
}

impl Parts {
    /// Checks that every part exists in this model; for a range, both ends must exist.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPart`](crate::Error::UnknownPart) with the names that exist.
    pub fn check_in<M: Trainable>(&self, model: &M) -> Result<()> {
        self.check_known(&parameter_names(model))
    }
}

/// Returns each parameter's id and name.
pub(crate) fn parameter_names<M: Trainable>(model: &M) -> Vec<(ParamId, String)> {
    let named = |(id, path): (ParamId, String)| (id, model.parameter_name(&path));
    parameter_paths(model).into_iter().map(named).collect()
}

/// Returns whether the loss of an evaluation is NaN. A good model can have undefined scores, but not an undefined loss.
pub(crate) fn has_nan_loss(metrics: &Metrics) -> bool {
    metrics.get("loss").is_some_and(|loss| loss.is_nan())
}
