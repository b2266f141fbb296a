//! Training the top of a model first, and more of it with each epoch.

use crate::callback::Callback;
use crate::error::{Error, Result};
use crate::model::Trainable;
use crate::parts::Parts;
use crate::state::TrainState;

/// Trains one more group of parameters each epoch: the head first, then the top of the encoder, the embeddings last.
///
/// In epoch 0 the first group is trained, in epoch 1 the first two, and so on; in the epoch after the last group
/// everything is. Parameters in no group wait until then. A frozen parameter gets no update and no weight decay, and does
/// not count in the norm of the gradients; its gradient is computed all the same, so that freezing saves no time.
///
/// # Examples
///
/// ```
/// use feedback_trainer::{Callback, TrainState, callbacks::GradualUnfreezing};
///
/// let groups = ["classifier".parse()?, "encoder.layer.1".parse()?];
/// let callback = GradualUnfreezing::new(groups)?; // and `check` where the model is at hand
/// let start = TrainState::default();
/// assert!(!callback.is_frozen(&start, "classifier.weight"));
/// assert!(callback.is_frozen(&start, "encoder.layer.1.output.dense.weight"));
/// # Ok::<(), feedback_trainer::Error>(())
/// ```
///
/// # References
///
/// Howard and Ruder, *Universal Language Model Fine-tuning for Text Classification*, 2018, section 3.3.
#[derive(Debug, Clone)]
pub struct GradualUnfreezing {
    groups: Vec<Parts>,
}

impl GradualUnfreezing {
    /// Unfreezes these groups one after the other.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] where there is no group, or one is empty: nothing would be trained in an epoch of its own.
    pub fn new(groups: impl IntoIterator<Item = Parts>) -> Result<Self> {
        let groups: Vec<Parts> = groups.into_iter().collect();
        let number_of_empty = groups.iter().filter(|group| group.is_empty()).count();
        if groups.is_empty() || number_of_empty > 0 {
            return Err(Error::Argument {
                argument: "unfreezing groups",
                expected: "one group or more, each with a part of the model".into(),
                found: format!("{} groups, {number_of_empty} of them empty", groups.len()),
            });
        }
        Ok(Self { groups })
    }

    /// Makes sure that every part stands for a parameter of this model: one that does not would leave an epoch in which
    /// less is trained than was meant.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPart`] with the names that there are.
    pub fn check<M: Trainable>(&self, model: &M) -> Result<()> {
        self.groups.iter().try_for_each(|group| group.check_in(model))
    }
}

impl Callback for GradualUnfreezing {
    fn name(&self) -> &str {
        "gradual_unfreezing"
    }

    fn is_frozen(&self, state: &TrainState, parameter: &str) -> bool {
        let epoch = state.epoch.floor() as usize;
        let trained = self.groups.get(..=epoch);
        trained.is_some_and(|groups| !groups.iter().any(|group| group.contains(parameter)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_join_epoch_by_epoch() {
        let groups = ["head", "layer.1"].map(|group| group.parse().unwrap());
        let callback = GradualUnfreezing::new(groups).unwrap();
        let trained = |epoch: f64| {
            let state = TrainState {
                epoch,
                ..TrainState::default()
            };
            let all = ["head.bias", "layer.1.weight", "layer.10.weight", "embeddings"];
            all.map(|path| !callback.is_frozen(&state, path))
        };
        assert_eq!(trained(0.0), [true, false, false, false]);
        assert_eq!(trained(0.99), [true, false, false, false]);
        assert_eq!(trained(1.5), [true, true, false, false]);
        assert_eq!(trained(2.0), [true; 4]);
    }

    #[test]
    fn no_groups_or_an_empty_one_are_refused() {
        assert!(GradualUnfreezing::new([]).is_err());
        assert!(GradualUnfreezing::new(["head".parse().unwrap(), Parts::default()]).is_err());
    }
}
