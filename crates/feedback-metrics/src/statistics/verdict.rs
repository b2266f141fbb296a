//! The result of a comparison in one sentence.

use serde::Serialize;

use super::mcnemar::McNemar;
use super::paired::PairedBootstrap;
use super::score::Score;

/// A comparison of two models on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The name of the first model.
    pub name_a: String,
    /// The name of the second model.
    pub name_b: String,
    /// The number of rows on which both models were scored.
    pub n: usize,
    /// The score by which the models are compared.
    pub score: Score,
    /// The difference between the models, from [`super::paired_bootstrap`].
    pub bootstrap: PairedBootstrap,
    /// McNemar's test on the same rows.
    pub mcnemar: McNemar,
    /// The correction for several comparisons; `None` if this is the only comparison.
    pub correction: Option<HolmCorrection>,
}

/// A p-value corrected for several comparisons by [`super::holm`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HolmCorrection {
    /// The corrected p-value.
    pub p_value: f64,
    /// The number of comparisons.
    pub n_comparisons: usize,
}

/// The result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The first model is better.
    FirstBetter,
    /// The second model is better.
    SecondBetter,
    /// The rows do not show which is better.
    Unclear,
}

impl Comparison {
    /// The p-value before any correction: for accuracy the p-value of McNemar's test, which is exact, and for all
    /// other scores the p-value of the bootstrap.
    pub fn p_value(&self) -> f64 {
        match self.score {
            Score::Accuracy => self.mcnemar.p_value,
            Score::WeightedF1 | Score::MacroF1 => self.bootstrap.p_value,
        }
    }

    /// Returns which model is better. A model counts as better only if the interval of the difference excludes 0 *and*
    /// the (corrected) p-value is below 1 − confidence.
    ///
    /// Both are required, because McNemar's test ignores duplicate rows and the bootstrap is only
    /// approximate for few rows.
    pub fn outcome(&self) -> Outcome {
        let interval = self.bootstrap.interval;
        let p_value = self
            .correction
            .map_or(self.p_value(), |correction| correction.p_value);
        let significant = p_value < 1.0 - interval.confidence;
        if significant && interval.low > 0.0 {
            Outcome::FirstBetter
        } else if significant && interval.high < 0.0 {
            Outcome::SecondBetter
        } else {
            Outcome::Unclear
        }
    }
}

/// Returns one sentence that says which model is better, by how much, and how certain this is.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::{
///     BootstrapOptions, Comparison, Score, mcnemar_exact, paired_bootstrap, verdict,
/// };
///
/// let labels: Vec<usize> = (0..200).map(|row| row % 2).collect();
/// let good: Vec<usize> = (0..200).map(|row| if row < 10 { 0 } else { row % 2 }).collect();
/// let poor: Vec<usize> = (0..200).map(|row| if row < 80 { 0 } else { row % 2 }).collect();
/// let groups: Vec<usize> = (0..200).collect();
/// let score = Score::Accuracy;
/// let options = BootstrapOptions::default();
/// let comparison = Comparison {
///     name_a: "tuned".to_owned(),
///     name_b: "majority".to_owned(),
///     n: labels.len(),
///     score,
///     bootstrap: paired_bootstrap(&groups, &labels, &good, &poor, 2, score, options)?,
///     mcnemar: mcnemar_exact(&labels, &good, &poor)?,
///     correction: None,
/// };
/// assert_eq!(
///     verdict(&comparison),
///     "`tuned` is better than `majority`: its accuracy on the same 200 rows is 97.5 % against \
///      80.0 %, a difference of 17.5 points (95 % interval 12.5 to 23.0, p < 0.001)"
/// );
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
pub fn verdict(comparison: &Comparison) -> String {
    let Comparison {
        name_a,
        name_b,
        n,
        score,
        bootstrap,
        ..
    } = comparison;
    let evidence = evidence(comparison);
    let score = score.name();
    let rows = if *n == 1 { "row" } else { "rows" };
    let (a, b) = (percent(bootstrap.a), percent(bootstrap.b));
    let points = percent(bootstrap.difference.abs());
    let better = |winner, loser, high, low| {
        format!(
            "`{winner}` is better than `{loser}`: its {score} on the same {n} {rows} is \
             {high} % against {low} %, a difference of {points} points ({evidence})"
        )
    };
    match comparison.outcome() {
        Outcome::FirstBetter => better(name_a, name_b, &a, &b),
        Outcome::SecondBetter => better(name_b, name_a, &b, &a),
        Outcome::Unclear => format!(
            "`{name_a}` and `{name_b}` cannot be told apart on these {n} {rows}: {score} is \
             {a} % against {b} %, and a difference of {points} points may be chance ({evidence})"
        ),
    }
}

/// Returns the interval and the p-value as text. The interval is for the better score minus the worse score.
fn evidence(comparison: &Comparison) -> String {
    let interval = comparison.bootstrap.interval;
    let (low, high) = if comparison.bootstrap.difference < 0.0 {
        (-interval.high, -interval.low)
    } else {
        (interval.low, interval.high)
    };
    let confidence = percent_short(interval.confidence);
    let range = format!("{confidence} % interval {} to {}", percent(low), percent(high));
    match comparison.correction {
        None => format!("{range}, {}", p_value(comparison.p_value())),
        Some(correction) => format!(
            "{range}, {} after Holm's correction for {} comparisons",
            p_value(correction.p_value),
            correction.n_comparisons
        ),
    }
}

/// A share in percent with one decimal, without the percent sign. The minus sign is U+2212; −0.0 becomes 0.0.
fn percent(share: f64) -> String {
    let text = format!("{:.1}", 100.0 * share);
    match text.strip_prefix('-') {
        Some("0.0") => "0.0".to_owned(),
        Some(digits) => format!("\u{2212}{digits}"),
        None => text,
    }
}

/// A confidence in percent without trailing zeros, such as 95 or 99.9.
fn percent_short(confidence: f64) -> String {
    let text = format!("{:.2}", 100.0 * confidence);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn p_value(p: f64) -> String {
    if p < 0.001 {
        return "p < 0.001".to_owned();
    }
    let digits = if p < 0.1 { 3 } else { 2 };
    format!("p = {p:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::super::interval::Interval;
    use super::*;

    fn comparison(a: f64, b: f64, low: f64, high: f64, p: f64) -> Comparison {
        Comparison {
            name_a: "one".to_owned(),
            name_b: "two".to_owned(),
            n: 600,
            score: Score::Accuracy,
            bootstrap: PairedBootstrap {
                a,
                b,
                difference: a - b,
                interval: Interval {
                    low,
                    high,
                    confidence: 0.95,
                },
                standard_error: 0.01,
                p_value: 0.5,
                n_groups: 600,
            },
            mcnemar: McNemar {
                only_a_right: 10,
                only_b_right: 20,
                p_value: p,
            },
            correction: None,
        }
    }

    #[test]
    fn the_better_model_is_named_first() {
        let second = comparison(0.88, 0.91, -0.055, -0.005, 0.0199);
        assert_eq!(second.outcome(), Outcome::SecondBetter);
        assert_eq!(
            verdict(&second),
            "`two` is better than `one`: its accuracy on the same 600 rows is 91.0 % against \
             88.0 %, a difference of 3.0 points (95 % interval 0.5 to 5.5, p = 0.020)"
        );
    }

    #[test]
    fn an_unclear_outcome_says_that_it_may_be_chance() {
        let unclear = comparison(0.913, 0.909, -0.012, 0.02, 0.62);
        assert_eq!(
            verdict(&unclear),
            "`one` and `two` cannot be told apart on these 600 rows: accuracy is 91.3 % against \
             90.9 %, and a difference of 0.4 points may be chance (95 % interval −1.2 to 2.0, p = 0.62)"
        );
    }

    #[test]
    fn the_interval_and_the_p_value_must_agree() {
        assert_eq!(comparison(0.9, 0.8, 0.01, 0.2, 0.06).outcome(), Outcome::Unclear);
        assert_eq!(comparison(0.9, 0.8, -0.01, 0.2, 0.04).outcome(), Outcome::Unclear);
        assert_eq!(
            comparison(0.9, 0.8, 0.01, 0.2, 0.04).outcome(),
            Outcome::FirstBetter
        );
        let mut corrected = comparison(0.9, 0.8, 0.01, 0.2, 0.04);
        corrected.correction = Some(HolmCorrection {
            p_value: 0.12,
            n_comparisons: 3,
        });
        assert_eq!(corrected.outcome(), Outcome::Unclear);
        let text = verdict(&corrected);
        assert!(
            text.ends_with("p = 0.12 after Holm's correction for 3 comparisons)"),
            "{text}"
        );
        // For weighted F1, the bootstrap's p-value is used, which is 0.5 in this test.
        let mut weighted = comparison(0.9, 0.8, 0.01, 0.2, 0.04);
        weighted.score = Score::WeightedF1;
        assert_eq!(weighted.outcome(), Outcome::Unclear);
    }
}
