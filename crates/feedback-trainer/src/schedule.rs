//! The learning rate of each update.

use crate::{CheckedArguments, LrSchedulerType};

/// The learning rate as a function of the updates already done.
///
/// Values are those of `transformers.optimization.get_*_schedule_with_warmup`: the first update of a warm-up has
/// rate 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    kind: LrSchedulerType,
    peak: f64,
    warmup_steps: usize,
    max_steps: usize,
}

impl Schedule {
    /// The schedule for a run of `max_steps` updates.
    pub fn new(arguments: &CheckedArguments, max_steps: usize) -> Self {
        let by_ratio = (max_steps as f64 * arguments.warmup_ratio).ceil() as usize;
        Self {
            kind: arguments.lr_scheduler_type,
            peak: arguments.learning_rate,
            warmup_steps: arguments.warmup_steps.unwrap_or(by_ratio),
            max_steps,
        }
    }

    /// The learning rate of the update after `done` others.
    pub fn learning_rate(&self, done: usize) -> f64 {
        self.peak * self.factor(done)
    }

    fn factor(&self, done: usize) -> f64 {
        let warming = self.kind != LrSchedulerType::Constant && done < self.warmup_steps;
        if warming {
            return done as f64 / self.warmup_steps as f64;
        }
        let after = done.saturating_sub(self.warmup_steps) as f64;
        let length = self.max_steps.saturating_sub(self.warmup_steps).max(1) as f64;
        let progress = (after / length).min(1.0);
        match self.kind {
            LrSchedulerType::Linear => 1.0 - progress,
            LrSchedulerType::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()),
            LrSchedulerType::Constant | LrSchedulerType::ConstantWithWarmup => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrainingArguments;

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
    fn linear_goes_up_then_down_to_zero() {
        assert_eq!(
            rates(LrSchedulerType::Linear, 2),
            [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0]
        );
        assert_eq!(rates(LrSchedulerType::Linear, 0)[0], 1.0);
    }

    #[test]
    fn cosine_is_half_way_in_the_middle() {
        let rates = rates(LrSchedulerType::Cosine, 2);
        assert!((rates[4] - 0.5).abs() < 1e-12 && rates[6].abs() < 1e-12);
    }

    #[test]
    fn constant_ignores_warm_up_unless_asked() {
        assert_eq!(rates(LrSchedulerType::Constant, 2), [1.0; 7]);
        assert_eq!(
            rates(LrSchedulerType::ConstantWithWarmup, 2)[..3],
            [0.0, 0.5, 1.0]
        );
    }
}
