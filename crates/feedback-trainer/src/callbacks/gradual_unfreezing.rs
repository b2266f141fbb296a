//! From the head down, a few layers more each epoch.

use crate::{Callback, Parts, TrainState};

/// Holds parts of a model still in the first epochs and lets go of them step by step (Howard and Ruder 2018, section 3.3).
///
/// What is held still depends on the epoch alone, so a run that is taken up again goes on as it would have.
#[derive(Debug, Clone)]
pub struct GradualUnfreezing {
    stages: Vec<Parts>,
}

impl GradualUnfreezing {
    /// `stages[n]` is held still in epoch `n`, counted from 0; after the last stage nothing is.
    pub fn new(stages: Vec<Parts>) -> Self {
        Self { stages }
    }
}

impl Callback for GradualUnfreezing {
    fn name(&self) -> &str {
        "gradual_unfreezing"
    }

    fn frozen_parts(&self, state: &TrainState) -> Option<Parts> {
        Some(self.stages.get(state.epoch as usize).cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_epoch_has_its_stage_and_the_end_has_none() {
        let stages: Vec<Parts> = ["encoder", "encoder.layer.0"]
            .map(|text| text.parse().unwrap())
            .into();
        let callback = GradualUnfreezing::new(stages.clone());
        let at = |epoch| {
            let state = TrainState {
                epoch,
                ..TrainState::default()
            };
            callback.frozen_parts(&state).unwrap()
        };
        assert_eq!([at(0.0), at(0.99)], [stages[0].clone(), stages[0].clone()]);
        assert_eq!(at(1.0), stages[1]);
        assert!(at(2.0).is_empty() && at(17.5).is_empty());
    }
}
