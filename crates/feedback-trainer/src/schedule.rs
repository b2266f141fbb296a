//! The learning rate of each update.

use serde::{Deserialize, Serialize};

use crate::arguments::{CheckedArguments, LrSchedulerKwargs, LrSchedulerType};

/// [`LrSchedulerType::ReduceLrOnPlateau`] skips a reduction by this amount or less, as in PyTorch.
const MIN_REDUCTION: f64 = 1e-8;

/// The learning rate as a function of the updates done and, for `reduce_lr_on_plateau`, of the evaluations.
///
/// The values are the same as in `transformers.get_scheduler`: the first update of a warm-up has rate 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    kind: LrSchedulerType,
    kwargs: LrSchedulerKwargs,
    peak: f64,
    warmup_steps: usize,
    max_steps: usize,
    plateau: Plateau,
}

impl Schedule {
    /// Creates the schedule for a run of `max_steps` updates.
    pub fn new(arguments: &CheckedArguments, max_steps: usize) -> Self {
        let by_ratio = (max_steps as f64 * arguments.warmup_ratio).ceil() as usize;
        Self {
            kind: arguments.lr_scheduler_type,
            kwargs: arguments.lr_scheduler_kwargs,
            peak: arguments.learning_rate,
            warmup_steps: arguments.warmup_steps.unwrap_or(by_ratio),
            max_steps,
            plateau: Plateau {
                learning_rate: arguments.learning_rate,
                greater_is_better: arguments.is_greater_better(),
                best: None,
                bad: 0,
                cooling: 0,
            },
        }
    }

    /// Returns the learning rate of the next update after `done` updates.
    pub fn learning_rate(&self, done: usize) -> f64 {
        let Self { peak, kwargs, .. } = self;
        let warming = match self.kind {
            LrSchedulerType::Constant | LrSchedulerType::ReduceLrOnPlateau => false,
            _ => done < self.warmup_steps,
        };
        if warming {
            return peak * (done as f64 / self.warmup_steps as f64);
        }
        let progress = self.progress(done);
        match self.kind {
            LrSchedulerType::Linear => peak * (1.0 - progress).max(0.0),
            LrSchedulerType::Cosine => {
                let angle = std::f64::consts::TAU * kwargs.num_cycles * progress;
                peak * (0.5 * (1.0 + angle.cos())).max(0.0)
            }
            LrSchedulerType::Polynomial => {
                kwargs.lr_end + (peak - kwargs.lr_end) * (1.0 - progress.min(1.0)).powf(kwargs.power)
            }
            LrSchedulerType::Constant | LrSchedulerType::ConstantWithWarmup => *peak,
            LrSchedulerType::ReduceLrOnPlateau => self.plateau.learning_rate,
        }
    }

    /// Changes the total number of updates; the length of the warm-up stays the same.
    pub(crate) fn set_max_steps(&mut self, max_steps: usize) {
        self.max_steps = max_steps;
    }

    /// Records the metric of an evaluation; only [`LrSchedulerType::ReduceLrOnPlateau`] uses it.
    pub fn observe(&mut self, metric: f64) {
        if self.kind == LrSchedulerType::ReduceLrOnPlateau {
            self.plateau.observe(metric, &self.kwargs);
        }
    }

    /// Replaces the best metric so far, if [`LrSchedulerType::ReduceLrOnPlateau`] has seen one.
    pub(crate) fn set_best(&mut self, metric: Option<f64>) {
        self.plateau.best = self.plateau.best.and(metric.filter(|metric| !metric.is_nan()));
    }

    /// Returns the fraction of the updates after the warm-up that are done; may exceed 1.
    fn progress(&self, done: usize) -> f64 {
        let after = done.saturating_sub(self.warmup_steps) as f64;
        after / self.max_steps.saturating_sub(self.warmup_steps).max(1) as f64
    }
}

/// `torch.optim.lr_scheduler.ReduceLROnPlateau` with a relative threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Plateau {
    learning_rate: f64,
    greater_is_better: bool,
    best: Option<f64>,
    bad: usize,
    cooling: usize,
}

impl Plateau {
    fn observe(&mut self, metric: f64, kwargs: &LrSchedulerKwargs) {
        let better = match self.best {
            None => !metric.is_nan(),
            Some(best) if self.greater_is_better => metric > best * (1.0 + kwargs.threshold),
            Some(best) => metric < best * (1.0 - kwargs.threshold),
        };
        if better {
            self.best = Some(metric);
            self.bad = 0;
        } else {
            self.bad += 1;
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.bad = 0;
        }
        if self.bad > kwargs.patience {
            let reduced = (self.learning_rate * kwargs.factor).max(kwargs.min_lr);
            if self.learning_rate - reduced > MIN_REDUCTION {
                self.learning_rate = reduced;
            }
            self.cooling = kwargs.cooldown;
            self.bad = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::TrainingArguments;

    fn rates(kind: LrSchedulerType, warmup_steps: usize) -> Vec<f64> {
        let arguments = TrainingArguments {
            learning_rate: 1.0,
            lr_scheduler_type: kind,
            warmup_steps: Some(warmup_steps),
            ..Default::default()
        };
        let schedule = Schedule::new(&arguments.check().unwrap(), 6);
        (0..=6).map(|done| schedule.learning_rate(done)).collect()
    }

    #[test]
    fn linear_rises_then_falls_to_zero() {
        assert_eq!(
            rates(LrSchedulerType::Linear, 2),
            [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0]
        );
        assert_eq!(rates(LrSchedulerType::Linear, 0)[0], 1.0);
    }

    #[test]
    fn cosine_is_half_in_the_middle() {
        let rates = rates(LrSchedulerType::Cosine, 2);
        assert!((rates[4] - 0.5).abs() < 1e-12 && rates[6].abs() < 1e-12);
    }

    #[test]
    fn constant_has_no_warm_up() {
        assert_eq!(rates(LrSchedulerType::Constant, 2), [1.0; 7]);
        assert_eq!(
            rates(LrSchedulerType::ConstantWithWarmup, 2)[..3],
            [0.0, 0.5, 1.0]
        );
    }
}
