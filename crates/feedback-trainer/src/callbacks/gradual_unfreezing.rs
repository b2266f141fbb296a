//! Trains the top of a model first, and more of it in each epoch.

use crate::callback::Callback;
use crate::error::{Error, Result};
use crate::model::Trainable;
use crate::parts::Parts;
use crate::state::TrainState;

/// Trains one more group of parameters each epoch: the head first, then the top of the encoder, the embeddings last.
///
/// Epoch 0 trains the first group, epoch 1 the first two, and so on; the epoch after the last group trains
/// everything, including parameters outside all groups. A frozen parameter gets no update and no weight decay, and
/// is excluded from the norm of the gradients. Its gradient is still computed, so freezing saves no time.
///
/// # Examples
///
/// ```
/// use feedback_trainer::{Callback, TrainState, callbacks::GradualUnfreezing};
///
/// let groups = ["classifier".parse()?, "encoder.layer.1".parse()?];
/// let callback = GradualUnfreezing::new(groups)?; // call `check` when you have the model
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
    /// Unfreezes these groups one after another.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if there are no groups, or if a group is empty: an epoch would then train nothing new.
    pub fn new(groups: impl IntoIterator<Item = Parts>) -> Result<Self> {
        let groups: Vec<Parts> = groups.into_iter().collect();
        let number_of_empty = groups.iter().filter(|group| group.is_empty()).count();
        if groups.is_empty() || number_of_empty > 0 {
            return Err(Error::Argument {
                argument: "unfreezing groups",
                expected: "at least one group, each with a part of the model".into(),
                found: format!("{} groups, {number_of_empty} of them empty", groups.len()),
            });
        }
        Ok(Self { groups })
    }

    /// Checks that every part matches a parameter of this model; otherwise an epoch would train less than intended.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPart`] with the names that exist.
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
    fn each_epoch_adds_a_group() {
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
    fn missing_or_empty_groups_are_refused() {
        assert!(GradualUnfreezing::new([]).is_err());
        assert!(GradualUnfreezing::new(["head".parse().unwrap(), Parts::default()]).is_err());
    }
}
