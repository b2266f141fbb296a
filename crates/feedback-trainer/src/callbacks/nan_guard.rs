//! Skips a few updates with a loss or gradient that is not finite, and ends a run that has diverged.

use serde_json::{Value, json};

use crate::callback::{Callback, CallbackResult};
use crate::error::{BoxError, Error, Result};
use crate::model::Metrics;
use crate::state::{Control, TrainState};

/// Skips a few updates with a loss or gradient that is not finite, and ends training once it has diverged.
///
/// Without this callback the trainer ends at the first update whose loss or gradient is not finite, and at an
/// evaluation with a NaN loss. This callback can skip a limited number of such updates
/// ([`skipping`](Self::skipping)). It also ends training at an infinite evaluation loss and, on request, at a
/// training loss far above the lowest so far ([`with_loss_limit`](Self::with_loss_limit)). Training then
/// returns the best model so far.
///
/// # Examples
///
/// ```
/// use feedback_trainer::{Callback, Control, TrainState, callbacks::NanGuard};
///
/// let mut guard = NanGuard::new().with_loss_limit(10.0)?;
/// let metrics = [("loss".to_string(), f64::NAN)].into();
/// assert_eq!(guard.on_evaluate(&TrainState::default(), &metrics).unwrap(), Control::STOP);
/// # Ok::<(), feedback_trainer::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct NanGuard {
    loss_limit: Option<f64>,
    lowest: Option<f64>,
    skips_left: usize,
}

impl NanGuard {
    /// Creates a guard that skips no updates and has no loss limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Skips up to `updates` updates with a loss or gradient that is not finite, counted over the whole run.
    #[must_use]
    pub fn skipping(self, updates: usize) -> Self {
        Self {
            skips_left: updates,
            ..self
        }
    }

    /// Also ends training if the loss of an update is more than `factor` times the lowest loss so far.
    ///
    /// Losses of single batches vary: 10 is a cautious choice, 1.5 would end most runs.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if `factor` is not a finite number above 1.
    pub fn with_loss_limit(self, factor: f64) -> Result<Self> {
        if !(factor.is_finite() && factor > 1.0) {
            return Err(Error::argument("loss_limit", "a number above 1", factor));
        }
        Ok(Self {
            loss_limit: Some(factor),
            ..self
        })
    }

    fn stop_if(diverged: bool) -> CallbackResult {
        Ok(if diverged {
            Control::STOP
        } else {
            Control::CONTINUE
        })
    }
}

impl Callback for NanGuard {
    fn name(&self) -> &str {
        "nan_guard"
    }

    fn state(&self) -> Option<Value> {
        Some(json!({"lowest": self.lowest, "skips_left": self.skips_left}))
    }

    fn load_state(&mut self, state: Value) -> std::result::Result<(), BoxError> {
        (self.lowest, self.skips_left) = (
            serde_json::from_value(state["lowest"].clone())?,
            serde_json::from_value(state["skips_left"].clone())?,
        );
        Ok(())
    }

    fn on_not_finite(&mut self, _state: &TrainState) -> CallbackResult {
        let Some(left) = self.skips_left.checked_sub(1) else {
            return Ok(Control::CONTINUE); // the trainer then ends the run
        };
        self.skips_left = left;
        Ok(Control::SKIP_UPDATE)
    }

    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        let lowest = self.lowest.map_or(state.loss, |lowest| lowest.min(state.loss));
        self.lowest = Some(lowest);
        let too_high = self.loss_limit.is_some_and(|factor| state.loss > factor * lowest);
        Self::stop_if(too_high)
    }

    /// Metrics other than the loss may be NaN in a good run: the precision of a class without predictions is
    /// undefined.
    fn on_evaluate(&mut self, _state: &TrainState, metrics: &Metrics) -> CallbackResult {
        Self::stop_if(metrics.get("loss").is_some_and(|loss| !loss.is_finite()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(guard: &mut NanGuard, losses: &[f64]) -> Vec<bool> {
        let mut decide = |loss| {
            let state = TrainState {
                loss,
                ..TrainState::default()
            };
            guard.on_step_end(&state).unwrap().stop_training
        };
        losses.iter().map(|&loss| decide(loss)).collect()
    }

    #[test]
    fn a_loss_far_above_the_lowest_ends_training() {
        let mut guard = NanGuard::new().with_loss_limit(2.0).unwrap();
        assert_eq!(
            stops(&mut guard, &[1.0, 0.5, 1.0, 1.01]),
            [false, false, false, true]
        );
        assert_eq!(stops(&mut NanGuard::new(), &[1.0, 100.0]), [false, false]);
    }

    #[test]
    fn the_number_of_skipped_updates_survives_a_resume() {
        let mut guard = NanGuard::new().skipping(2).with_loss_limit(3.0).unwrap();
        stops(&mut guard, &[0.5]);
        let skips = |guard: &mut NanGuard| {
            let control = guard.on_not_finite(&TrainState::default()).unwrap();
            control.skip_update
        };
        assert!(skips(&mut guard));
        let mut again = NanGuard::new().skipping(2).with_loss_limit(3.0).unwrap();
        again.load_state(guard.state().unwrap()).unwrap();
        assert!(skips(&mut again) && !skips(&mut again));
        assert_eq!(
            stops(&mut again, &[1.4, 1.6]),
            [false, true],
            "the lowest was 0.5"
        );
    }

    #[test]
    fn an_undefined_score_does_not_end_training() {
        let metrics = [("macro_f1".to_owned(), f64::NAN), ("loss".to_owned(), 0.1)].into();
        let control = NanGuard::new().on_evaluate(&TrainState::default(), &metrics);
        assert_eq!(control.unwrap(), Control::CONTINUE);
    }

    #[test]
    fn limits_at_or_below_one_are_refused() {
        for factor in [1.0, 0.0, f64::NAN, f64::INFINITY] {
            assert!(NanGuard::new().with_loss_limit(factor).is_err());
        }
    }
}
