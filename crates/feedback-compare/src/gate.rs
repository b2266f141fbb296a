//! Gates: requirements on a model, such as `weighted_f1>=0.9`, for continuous integration.

use std::fmt;
use std::str::FromStr;

use feedback_metrics::statistics::{Estimate, Interval, Score};
use serde::Serialize;

use feedback_pipeline::evaluate::FileEvaluation;

/// A requirement: the lower end of a score's 95 % interval must be at least this value.
///
/// A gate checks the lower end rather than the score itself, so that a model does not pass by luck. Few test rows give
/// wide intervals, so a gate needs enough test rows.
///
/// ```
/// use feedback_compare::{Gate, GateMetric};
///
/// let gate: Gate = "weighted_f1 >= 0.9".parse()?;
/// assert_eq!((gate.metric, gate.at_least), (GateMetric::WeightedF1, 0.9));
/// assert!("weighted_f1 > 0.9".parse::<Gate>().is_err());
/// # Ok::<(), feedback_compare::GateError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gate {
    /// The score.
    pub metric: GateMetric,
    /// The minimum, 0 to 1.
    pub at_least: f64,
}

/// The scores that a gate can require.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMetric {
    /// Share of rows that are predicted correctly; Wilson interval.
    Accuracy,
    /// F1 averaged over all labels; bootstrap interval.
    MacroF1,
    /// F1 averaged over all labels, weighted by support; bootstrap interval.
    WeightedF1,
}

/// The error for a text that is not a valid gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` is not a gate: {problem}; expected accuracy, macro_f1 or weighted_f1, then >=, then a number from 0 to 1, \
     such as weighted_f1>=0.9"
)]
pub struct GateError {
    found: String,
    problem: &'static str,
}

impl FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let error = |problem| GateError {
            found: text.to_owned(),
            problem,
        };
        let (name, value) = text.split_once(">=").ok_or_else(|| error("there is no >="))?;
        let metric = match name.trim() {
            "accuracy" => GateMetric::Accuracy,
            "macro_f1" => GateMetric::MacroF1,
            "weighted_f1" => GateMetric::WeightedF1,
            _ => return Err(error("the score is unknown")),
        };
        let at_least: f64 = value
            .trim()
            .parse()
            .map_err(|_| error("expected a number after >="))?;
        if !(0.0..=1.0).contains(&at_least) {
            return Err(error("the number is not between 0 and 1 (0.9 is 90 %)"));
        }
        Ok(Self { metric, at_least })
    }
}

impl GateMetric {
    fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::MacroF1 => "macro_f1",
            Self::WeightedF1 => "weighted_f1",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}>={}", self.metric.name(), self.at_least)
    }
}

/// The result of a gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GateResult {
    /// The requirement.
    pub gate: Gate,
    /// The model that the gate was applied to.
    pub model: String,
    /// The model's score.
    pub value: f64,
    /// The interval of the score. `None` for F1 scores if all rows have the same text; the gate then fails.
    pub interval: Option<Interval>,
    /// Whether the lower end of the interval is at least the minimum.
    pub passed: bool,
}

impl Gate {
    /// Checks the requirement on a model's metrics.
    pub fn check(self, model: &str, evaluation: &FileEvaluation) -> GateResult {
        let score = match self.metric {
            GateMetric::Accuracy => Score::Accuracy,
            GateMetric::MacroF1 => Score::MacroF1,
            GateMetric::WeightedF1 => Score::WeightedF1,
        };
        let Estimate { value, interval } = evaluation.figures.estimate(score);
        let passed = interval.is_some_and(|interval| interval.low >= self.at_least);
        GateResult {
            gate: self,
            model: model.to_owned(),
            value,
            interval,
            passed,
        }
    }
}

impl fmt::Display for GateResult {
    /// Writes one line: the requirement, whether it passed or failed, and the numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            gate,
            model,
            value,
            interval,
            passed,
        } = self;
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let word = if *passed { "passed" } else { "failed" };
        write!(
            f,
            "gate {gate} {word}: {} of `{model}` is {}",
            gate.metric.name(),
            percent(*value)
        )?;
        let Some(interval) = interval else {
            return write!(f, ", without an interval, because all rows have the same text");
        };
        let relation = if *passed { "not below" } else { "below" };
        write!(
            f,
            ", and the lower end of its 95 % interval, {}, is {relation} {}",
            percent(interval.low),
            percent(gate.at_least)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_read_and_written() {
        for text in ["weighted_f1>=0.9", "accuracy>=1", "macro_f1>=0"] {
            assert_eq!(text.parse::<Gate>().unwrap().to_string(), text);
        }
        assert_eq!(" accuracy >= .5 ".parse::<Gate>().unwrap().at_least, 0.5);
    }

    #[test]
    fn errors_explain_what_is_wrong() {
        for (text, problem) in [
            ("weighted_f1", "no >="),
            ("f1>=0.9", "unknown"),
            ("accuracy>=high", "expected a number"),
            ("accuracy>=90", "between 0 and 1"),
            ("accuracy>=nan", "between 0 and 1"),
            ("", "no >="),
        ] {
            let message = text.parse::<Gate>().unwrap_err().to_string();
            assert!(message.contains(problem), "{text}: {message}");
        }
    }
}
