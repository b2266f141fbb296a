//! Ending a run that has gone astray.

use crate::{Callback, CallbackResult, Control, Error, Metrics, Result, TrainState};

/// Ends training when it has diverged: at a loss or a metric that is not finite, or a loss far above the lowest.
///
/// The trainer itself never updates with a loss or a gradient that is not finite; this looks further, at evaluations and
/// at losses that are finite but hopeless, and saves the time until the end. The best model so far is what training
/// returns.
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
}

impl NanGuard {
    /// Looks for values that are not finite.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends training too when the loss of an update is more than `factor` times the lowest so far.
    ///
    /// Losses of single batches vary: 10 is a careful choice, 1.5 would end most runs.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] where `factor` is not a finite number above 1.
    pub fn with_loss_limit(self, factor: f64) -> Result<Self> {
        if !(factor.is_finite() && factor > 1.0) {
            return Err(Error::Argument {
                argument: "loss_limit",
                expected: "a number above 1".into(),
                found: format!("`{factor}`"),
            });
        }
        Ok(Self {
            loss_limit: Some(factor),
            ..self
        })
    }

    fn verdict(astray: bool) -> CallbackResult {
        Ok(if astray { Control::STOP } else { Control::CONTINUE })
    }
}

impl Callback for NanGuard {
    fn name(&self) -> &str {
        "nan_guard"
    }

    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        let lowest = self.lowest.map_or(state.loss, |lowest| lowest.min(state.loss));
        self.lowest = Some(lowest);
        let too_high = self.loss_limit.is_some_and(|factor| state.loss > factor * lowest);
        Self::verdict(too_high || !state.loss.is_finite() || !state.grad_norm.is_finite())
    }

    /// Undefined metrics other than the loss are no sign of anything: a class that is absent has no precision.
    fn on_evaluate(&mut self, _state: &TrainState, metrics: &Metrics) -> CallbackResult {
        Self::verdict(metrics.get("loss").is_some_and(|loss| !loss.is_finite()))
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
            stops(&mut guard, &[1.0, 0.5, 1.0, 1.01, f64::NAN]),
            [false, false, false, true, true]
        );
        assert_eq!(
            stops(&mut NanGuard::new(), &[1.0, 100.0, f64::INFINITY]),
            [false, false, true]
        );
    }

    #[test]
    fn an_undefined_score_is_no_reason() {
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
