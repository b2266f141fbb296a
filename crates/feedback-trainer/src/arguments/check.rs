//! Checks that training arguments are within their ranges.

use std::ops::Range;

use serde::Serialize;

use super::choices::LrSchedulerType;
use super::values::TrainingArguments;
use crate::error::{Error, Result};

/// Validated arguments, as returned by [`TrainingArguments::check`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CheckedArguments(TrainingArguments);

impl std::ops::Deref for CheckedArguments {
    type Target = TrainingArguments;

    fn deref(&self) -> &TrainingArguments {
        &self.0
    }
}

impl TrainingArguments {
    /// Checks each value against its range.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] naming the first value out of range.
    pub fn check(self) -> Result<CheckedArguments> {
        self.check_counts()?;
        self.check_numbers()?;
        self.check_schedule()?;
        if self.bf16 {
            let expected = "`false`, because the trainer computes in 32 bits on every device";
            return Err(Error::argument("bf16", expected, true));
        }
        Ok(CheckedArguments(self))
    }

    /// Returns whether a higher value of `metric_for_best_model` is better: `greater_is_better` if set;
    /// otherwise true unless the metric's name ends with `loss`.
    pub fn is_greater_better(&self) -> bool {
        let by_name = || !self.metric_for_best_model.ends_with("loss");
        self.greater_is_better.unwrap_or_else(by_name)
    }

    fn check_counts(&self) -> Result<()> {
        let counts = [
            ("num_train_epochs", Some(self.num_train_epochs)),
            ("max_steps", self.max_steps),
            (
                "per_device_train_batch_size",
                Some(self.per_device_train_batch_size),
            ),
            (
                "per_device_eval_batch_size",
                Some(self.per_device_eval_batch_size),
            ),
            (
                "gradient_accumulation_steps",
                Some(self.gradient_accumulation_steps),
            ),
            ("eval_steps", Some(self.eval_steps)),
            ("save_steps", Some(self.save_steps)),
            ("save_total_limit", self.save_total_limit),
            ("logging_steps", Some(self.logging_steps)),
        ];
        for (argument, value) in counts {
            let max = u32::MAX as usize; // a higher value is a typing error and could overflow a product
            if value.is_some_and(|value| value == 0 || value > max) {
                let found = value.unwrap_or_default() as f64;
                return Err(Error::argument(
                    argument,
                    "a whole number from 1 to 4294967295",
                    found,
                ));
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<()> {
        let any = 0.0..f64::INFINITY;
        let (above, or_more) = ("above 0", "0 or more");
        let below_1 = "from 0 to below 1";
        let (fraction, to_1) = (0.0..1.0, 0.0..1.0 + f64::EPSILON);
        let budget = self.max_train_seconds.unwrap_or(1.0);
        check_ranges([
            ("learning_rate", self.learning_rate, any.clone(), above),
            (
                "layerwise_lr_decay",
                self.layerwise_lr_decay,
                to_1.clone(),
                "above 0, at most 1",
            ),
            ("weight_decay", self.weight_decay, any.clone(), or_more),
            ("adam_beta1", self.adam_beta1, fraction.clone(), below_1),
            ("adam_beta2", self.adam_beta2, fraction.clone(), below_1),
            ("adam_epsilon", self.adam_epsilon, any.clone(), above),
            (
                "max_grad_norm",
                self.max_grad_norm,
                any.clone(),
                "0 (off) or more",
            ),
            ("warmup_ratio", self.warmup_ratio, to_1, "from 0 to 1"),
            (
                "label_smoothing_factor",
                self.label_smoothing_factor,
                fraction,
                below_1,
            ),
            ("max_train_seconds", budget, any, above),
        ])
    }

    fn check_schedule(&self) -> Result<()> {
        let kwargs = &self.lr_scheduler_kwargs;
        let polynomial = self.lr_scheduler_type == LrSchedulerType::Polynomial;
        let highest_end = if polynomial {
            self.learning_rate
        } else {
            f64::INFINITY
        };
        let any = 0.0..f64::INFINITY;
        let (above, or_more) = ("above 0", "0 or more");
        let below_rate = "from 0 to below `learning_rate`";
        check_ranges([
            ("num_cycles", kwargs.num_cycles, any.clone(), above),
            ("lr_end", kwargs.lr_end, 0.0..highest_end, below_rate),
            ("power", kwargs.power, any.clone(), above),
            ("factor", kwargs.factor, 0.0..1.0, "above 0 and below 1"),
            ("threshold", kwargs.threshold, any.clone(), or_more),
            ("min_lr", kwargs.min_lr, any, or_more),
        ])
    }
}

/// Name, value, accepted range, and a description of the range.
type RangeCheck = (&'static str, f64, Range<f64>, &'static str);

fn check_ranges<const N: usize>(checks: [RangeCheck; N]) -> Result<()> {
    for (argument, value, range, expected) in checks {
        if !range.contains(&value) || (value == 0.0 && expected.starts_with("above 0")) {
            return Err(Error::argument(argument, format!("a number {expected}"), value));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_pass() {
        TrainingArguments::default().check().unwrap();
    }

    #[test]
    fn each_value_out_of_range_is_named() {
        let good = TrainingArguments::default;
        let cases = [
            (
                "learning_rate",
                TrainingArguments {
                    learning_rate: 0.0,
                    ..good()
                },
            ),
            (
                "learning_rate",
                TrainingArguments {
                    learning_rate: f64::NAN,
                    ..good()
                },
            ),
            (
                "adam_beta2",
                TrainingArguments {
                    adam_beta2: 1.0,
                    ..good()
                },
            ),
            (
                "warmup_ratio",
                TrainingArguments {
                    warmup_ratio: 1.5,
                    ..good()
                },
            ),
            (
                "max_steps",
                TrainingArguments {
                    max_steps: Some(0),
                    ..good()
                },
            ),
            (
                "num_train_epochs",
                TrainingArguments {
                    num_train_epochs: 0,
                    ..good()
                },
            ),
        ];
        for (name, arguments) in cases {
            let message = arguments.check().unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        let error = serde_json::from_str::<TrainingArguments>(r#"{"learning_rat": 1e-4}"#).unwrap_err();
        assert!(error.to_string().contains("learning_rat"));
    }
}
