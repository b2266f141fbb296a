//! What the trainer asks of a model, its data and its evaluation.

use std::collections::BTreeMap;

use burn::module::{Module, ParamId};
use burn::tensor::{Device, Tensor};

use crate::error::{BoxError, Result};
use crate::parts::{Parts, freeze, parameter_paths};

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
    fn freeze_parts(self, parts: &Parts) -> Result<Self> {
        let names = parameter_names(&self);
        freeze(self, parts, &names)
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
    fn batch(&self, indices: &[usize], device: &Device) -> std::result::Result<M::Batch, BoxError>;

    /// Takes in what has changed since the last epoch; true where samples came, went or became others.
    ///
    /// Called before each epoch, counted from 0, and before a run that is taken up again, with the epoch that it was in;
    /// between two calls the samples stay as they are. The same epoch must find the same samples each time, or a run that
    /// is taken up again would go on with others. Learning rate and number of updates are spread anew over what is left,
    /// unless `max_steps` is set. Nothing ever changes by default.
    ///
    /// # Errors
    ///
    /// Whatever keeps the samples from being had; the trainer adds the step.
    fn refresh(&self, epoch: usize) -> std::result::Result<bool, BoxError> {
        let _ = epoch;
        Ok(false)
    }
}

/// Measures a model during training, on data that is not trained on.
pub trait Evaluate<M> {
    /// The metrics of `model`, which comes without autodiff and with dropout off.
    ///
    /// # Errors
    ///
    /// Whatever keeps the metrics from being computed; the trainer adds the step.
    fn evaluate(&mut self, model: &M) -> std::result::Result<Metrics, BoxError>;

    /// Takes in what has changed since the last epoch; true where the model would now be measured on other samples.
    ///
    /// Called right after [`TrainData::refresh`], with the same epoch and under the same rule. Where something changed,
    /// the best model so far is measured again, since figures on other samples cannot be compared.
    ///
    /// # Errors
    ///
    /// Whatever keeps the samples from being had; the trainer adds the step.
    fn refresh(&mut self, epoch: usize) -> std::result::Result<bool, BoxError> {
        let _ = epoch;
        Ok(false)
    }
}

impl Parts {
    /// Makes sure that every part is one of this model, to both ends of a range.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPart`](crate::Error::UnknownPart) with the names that there are.
    pub fn check_in<M: Trainable>(&self, model: &M) -> Result<()> {
        self.check_known(&parameter_names(model))
    }
}

/// Each parameter's id and name.
pub(crate) fn parameter_names<M: Trainable>(model: &M) -> Vec<(ParamId, String)> {
    let named = |(id, path): (ParamId, String)| (id, model.parameter_name(&path));
    parameter_paths(model).into_iter().map(named).collect()
}

/// Whether the loss of an evaluation is NaN. Scores may be undefined for a sound model, a loss may not.
pub(crate) fn has_nan_loss(metrics: &Metrics) -> bool {
    metrics.get("loss").is_some_and(|loss| loss.is_nan())
}
