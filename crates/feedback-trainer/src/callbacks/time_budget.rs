//! Ends a run when its time is up.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::callback::{Callback, CallbackResult};
use crate::error::BoxError;
use crate::state::{Control, TrainState};

/// Ends training at the first step boundary after a given time. Training returns the best model so far, or the last one with
/// `load_best_model_at_end = false`.
///
/// Time counts from the start of training and includes evaluations, except the final one. A resumed run gets the
/// remaining time.
///
/// # Examples
///
/// ```
/// # use feedback_trainer::callbacks::TimeBudget;
/// let ten_minutes = TimeBudget::new(std::time::Duration::from_secs(600));
/// ```
#[derive(Debug, Clone)]
pub struct TimeBudget {
    budget: Duration,
    /// Time spent before this process resumed the run.
    spent_before: Duration,
    started: Option<Instant>,
}

impl TimeBudget {
    /// Ends training after `budget`.
    pub fn new(budget: Duration) -> Self {
        Self {
            budget,
            spent_before: Duration::ZERO,
            started: None,
        }
    }

    /// Returns the time spent so far.
    pub fn spent(&self) -> Duration {
        self.spent_before + self.started.map_or(Duration::ZERO, |started| started.elapsed())
    }
}

impl Callback for TimeBudget {
    fn name(&self) -> &str {
        "time_budget"
    }

    fn state(&self) -> Option<Value> {
        Some(self.spent().as_secs_f64().into())
    }

    fn load_state(&mut self, state: Value) -> Result<(), BoxError> {
        let seconds = state.as_f64().ok_or("the time spent is not a number")?;
        self.spent_before = Duration::try_from_secs_f64(seconds)?;
        Ok(())
    }

    fn on_train_begin(&mut self, _state: &TrainState) -> CallbackResult {
        self.started = Some(Instant::now());
        Ok(Control::CONTINUE)
    }

    fn on_step_end(&mut self, _state: &TrainState) -> CallbackResult {
        Ok(if self.spent() >= self.budget {
            Control::STOP
        } else {
            Control::CONTINUE
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops_after(budget: Duration) -> bool {
        let mut callback = TimeBudget::new(budget);
        let state = TrainState::default();
        callback.on_train_begin(&state).unwrap();
        callback.on_step_end(&state).unwrap().stop_training
    }

    #[test]
    fn stops_when_the_time_is_up_and_not_before() {
        assert!(stops_after(Duration::ZERO));
        assert!(!stops_after(Duration::from_secs(3600)));
    }

    #[test]
    fn a_resumed_run_gets_the_remaining_time() {
        let mut callback = TimeBudget::new(Duration::from_secs(3600));
        callback.load_state(3599.0.into()).unwrap();
        assert!(callback.state().unwrap().as_f64().unwrap() >= 3599.0);
        let state = TrainState::default();
        assert!(!callback.on_step_end(&state).unwrap().stop_training);
        callback.load_state(3600.0.into()).unwrap();
        assert!(callback.on_step_end(&state).unwrap().stop_training);
        assert!(callback.load_state("long".into()).is_err());
        assert!(callback.load_state((-1.0).into()).is_err());
    }
}
