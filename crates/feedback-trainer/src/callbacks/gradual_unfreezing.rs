//! Training the top of a model first, and more of it with each epoch.

use crate::{Callback, Error, Result, TrainState};

/// Trains one more group of parameters each epoch: the head first, then the top of the encoder, the embeddings last.
///
/// A group is a list of prefixes of parameter paths, which are those of the model's modules, such as `classifier` or
/// `model.bert.encoder.layer.5`. In epoch 0 the first group is trained, in epoch 1 the first two, and so on; in the epoch
/// after the last group everything is. Parameters in no group wait until then. A frozen parameter gets no update and no
/// weight decay, and does not count in the norm of the gradients; its gradient is computed all the same, so that
/// freezing saves no time.
///
/// # Examples
///
/// ```
/// use feedback_trainer::{Callback, TrainState, callbacks::GradualUnfreezing};
///
/// let callback = GradualUnfreezing::new([vec!["classifier"], vec!["bert.encoder.layer.1"]])?;
/// let start = TrainState::default();
/// assert!(!callback.is_frozen(&start, "classifier.weight"));
/// assert!(callback.is_frozen(&start, "bert.encoder.layer.1.output.dense.weight"));
/// # Ok::<(), feedback_trainer::Error>(())
/// ```
///
/// # References
///
/// Howard and Ruder, *Universal Language Model Fine-tuning for Text Classification*, 2018, section 3.3.
#[derive(Debug, Clone)]
pub struct GradualUnfreezing {
    groups: Vec<Vec<String>>,
}

impl GradualUnfreezing {
    /// Unfreezes these groups one after the other.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] where there is no group, or one is empty: nothing would be trained in an epoch of its own.
    pub fn new<G, P>(groups: impl IntoIterator<Item = G>) -> Result<Self>
    where
        G: IntoIterator<Item = P>,
        P: Into<String>,
    {
        let groups: Vec<Vec<String>> = groups
            .into_iter()
            .map(|group| group.into_iter().map(Into::into).collect())
            .collect();
        let number_of_empty = groups.iter().filter(|group| group.is_empty()).count();
        if groups.is_empty() || number_of_empty > 0 {
            return Err(Error::Argument {
                argument: "unfreezing groups",
                expected: "one group or more, each with a prefix of a parameter's path".into(),
                found: format!("{} groups, {number_of_empty} of them empty", groups.len()),
            });
        }
        Ok(Self { groups })
    }
}

impl Callback for GradualUnfreezing {
    fn name(&self) -> &str {
        "gradual_unfreezing"
    }

    fn is_frozen(&self, state: &TrainState, parameter: &str) -> bool {
        let epoch = state.epoch.floor() as usize;
        if epoch >= self.groups.len() {
            return false;
        }
        let mut prefixes = self.groups[..=epoch].iter().flatten();
        !prefixes.any(|prefix| is_below(parameter, prefix))
    }
}

/// Whether a path is the prefix or below it: `layer.1` is not above `layer.10.weight`.
fn is_below(path: &str, prefix: &str) -> bool {
    let rest = path.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_join_epoch_by_epoch() {
        let callback = GradualUnfreezing::new([["head"], ["layer.1"]]).unwrap();
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
        assert!(GradualUnfreezing::new(Vec::<Vec<String>>::new()).is_err());
        assert!(GradualUnfreezing::new([vec!["head"], vec![]]).is_err());
    }
}
