//! Ends a run that no longer improves.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::{Callback, CallbackResult};
use crate::error::{BoxError, Error, Result};
use crate::model::Metrics;
use crate::state::{Control, TrainState};

/// Counts evaluations without improvement: the state machine behind [`EarlyStopping`].
///
/// It decides like Transformers' `EarlyStoppingCallback`. A value counts as an improvement only if it is better
/// than *every* earlier value by more than the threshold, so small gains also raise the bar. One difference: if
/// the first value is NaN, it does not become the value to beat here, while in Transformers no later value ever
/// beats it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PatienceTracker {
    patience: usize,
    threshold: f64,
    greater_is_better: bool,
    best: Option<f64>,
    without_improvement: usize,
}

impl PatienceTracker {
    /// Stops after `patience` values in a row that are not better than the best earlier value by more than
    /// `threshold`.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if `patience` is 0 or `threshold` is negative or not finite.
    pub fn new(patience: usize, threshold: f64, greater_is_better: bool) -> Result<Self> {
        if patience == 0 {
            return Err(Error::argument("early_stopping_patience", "1 or more", 0));
        }
        if !(threshold.is_finite() && threshold >= 0.0) {
            return Err(Error::argument(
                "early_stopping_threshold",
                "0 or more",
                threshold,
            ));
        }
        Ok(Self {
            patience,
            threshold,
            greater_is_better,
            best: None,
            without_improvement: 0,
        })
    }

    /// Records the next value; returns true if training should stop. NaN is not an improvement.
    pub fn observe(&mut self, value: f64) -> bool {
        let gain = match self.best {
            None if value.is_nan() => f64::NAN,
            None => f64::INFINITY,
            Some(best) if self.greater_is_better => value - best,
            Some(best) => best - value,
        };
        if gain > self.threshold {
            self.without_improvement = 0;
        } else {
            self.without_improvement += 1;
        }
        if gain > 0.0 {
            self.best = Some(value);
        }
        self.without_improvement >= self.patience
    }

    /// Replaces the best value so far after a change of the evaluation data; NaN removes it. The count of values
    /// without improvement does not change.
    pub fn set_best(&mut self, value: f64) {
        self.best = self.best.and(Some(value).filter(|value| !value.is_nan()));
    }
}

/// Ends training when a metric has not improved for a number of evaluations.
#[derive(Debug, Clone)]
pub struct EarlyStopping {
    metric: String,
    min_epochs: f64,
    tracker: PatienceTracker,
}

impl EarlyStopping {
    /// Watches `metric` of each evaluation; see [`PatienceTracker::new`] for the other parameters.
    ///
    /// # Errors
    ///
    /// Those of [`PatienceTracker::new`].
    pub fn new(metric: &str, patience: usize, threshold: f64, greater_is_better: bool) -> Result<Self> {
        Ok(Self {
            metric: metric.to_owned(),
            min_epochs: 0.0,
            tracker: PatienceTracker::new(patience, threshold, greater_is_better)?,
        })
    }

    /// Never stops before `min_epochs` epochs are done; earlier evaluations still count.
    #[must_use]
    pub fn with_min_epochs(mut self, min_epochs: usize) -> Self {
        self.min_epochs = min_epochs as f64;
        self
    }
}

impl Callback for EarlyStopping {
    fn name(&self) -> &str {
        "early_stopping"
    }

    fn state(&self) -> Option<Value> {
        serde_json::to_value(self.tracker).ok()
    }

    fn load_state(&mut self, state: Value) -> std::result::Result<(), BoxError> {
        self.tracker = serde_json::from_value(state)?;
        Ok(())
    }

    fn on_evaluate(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        let value = metrics.get(&self.metric).ok_or_else(|| Error::MissingMetric {
            name: self.metric.clone(),
            available: metrics.keys().cloned().collect(),
        })?;
        let stop = self.tracker.observe(*value) && state.epoch >= self.min_epochs;
        Ok(if stop { Control::STOP } else { Control::CONTINUE })
    }

    fn on_best_reevaluated(&mut self, _state: &TrainState, metrics: &Metrics) -> CallbackResult {
        if let Some(&value) = metrics.get(&self.metric) {
            self.tracker.set_best(value);
        }
        Ok(Control::CONTINUE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decisions(patience: usize, threshold: f64, greater: bool, values: &[f64]) -> Vec<bool> {
        let mut tracker = PatienceTracker::new(patience, threshold, greater).unwrap();
        values.iter().map(|&value| tracker.observe(value)).collect()
    }

    #[test]
    fn stops_after_patience_without_improvement() {
        assert_eq!(
            decisions(2, 0.0, true, &[0.5, 0.4, 0.6, 0.6, 0.5]),
            [false, false, false, false, true]
        );
        assert_eq!(decisions(1, 0.0, false, &[1.0, 0.9, 0.9]), [false, false, true]);
    }

    #[test]
    fn gains_below_the_threshold_do_not_count_but_raise_the_bar() {
        assert_eq!(
            decisions(2, 0.1, true, &[0.5, 0.55, 0.58, 0.7]),
            [false, false, true, false]
        );
        // 0.65 is 0.15 above the first value, but not 0.1 above the second.
        assert_eq!(decisions(2, 0.1, true, &[0.5, 0.58, 0.65]), [false, false, true]);
    }

    #[test]
    fn nan_is_not_an_improvement() {
        assert_eq!(decisions(1, 0.0, true, &[f64::NAN]), [true]);
        assert_eq!(
            decisions(2, 0.0, true, &[0.1, f64::NAN, 0.2]),
            [false, false, false]
        );
    }

    #[test]
    fn a_reevaluated_best_value_is_the_new_bar() {
        let mut stopping = EarlyStopping::new("loss", 2, 0.0, false).unwrap();
        let state = TrainState::default();
        let metrics = |loss: f64| [("loss".to_owned(), loss)].into();
        let mut stops = |again: bool, loss: f64| {
            let metrics = metrics(loss);
            let control = match again {
                true => stopping.on_best_reevaluated(&state, &metrics),
                false => stopping.on_evaluate(&state, &metrics),
            };
            control.unwrap().stop_training
        };
        assert!(!stops(false, 0.5));
        // On the new rows the best model has a higher loss, so the next two values are improvements.
        assert!(!stops(true, 2.0));
        assert!(!stops(false, 1.9) && !stops(false, 1.8));
        assert!(!stops(false, 1.9) && stops(false, 1.9));
    }

    #[test]
    fn invalid_settings_are_refused() {
        assert!(PatienceTracker::new(0, 0.0, true).is_err());
        assert!(PatienceTracker::new(1, -0.1, true).is_err());
    }
}
