//! Abstaining: a person decides on rows of low confidence.

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::Result;
use crate::probabilities::Probabilities;

/// One point of a risk-coverage curve: the result if only rows with a confidence of at least `threshold` are answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskCoveragePoint {
    /// The lowest confidence that is answered.
    pub threshold: f64,
    /// The number of rows answered.
    pub n_answered: u64,
    /// The number of wrong answers.
    pub n_wrong: u64,
    /// The share of rows answered, greater than 0 and at most 1.
    pub coverage: f64,
    /// The share of answers that are wrong, 0 to 1.
    pub risk: f64,
}

/// The share of wrong answers against the share of rows answered, most confident rows first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskCoverage {
    /// One point for each distinct confidence, highest first, so coverage grows to 1.
    pub points: Vec<RiskCoveragePoint>,
    /// The area under the curve: the mean risk over coverage, 0 (best) to 1. Between two points, the curve has the risk
    /// of the point with the larger coverage.
    pub area: f64,
}

/// Computes the risk-coverage curve. The confidence of a row is the probability of its predicted class.
///
/// Rows of equal confidence form one point, so the order of rows does not matter.
///
/// # Errors
///
/// If there is not one label for each row, or a label is not below the number of classes.
///
/// # References
///
/// El-Yaniv and Wiener 2010, "On the Foundations of Noise-free Selective Classification".
pub fn risk_coverage(probabilities: &Probabilities, labels: &[usize]) -> Result<RiskCoverage> {
    let mut outcomes = probabilities.outcomes(labels)?;
    outcomes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let n = outcomes.len() as f64;
    let mut points = Vec::new();
    let (mut n_answered, mut n_wrong, mut area) = (0, 0, 0.0);
    for group in outcomes.chunk_by(|a, b| a.0 == b.0) {
        n_answered += group.len() as u64;
        n_wrong += group.iter().filter(|outcome| !outcome.1).count() as u64;
        let risk = n_wrong as f64 / n_answered as f64;
        area += risk * group.len() as f64;
        points.push(RiskCoveragePoint {
            threshold: group[0].0,
            n_answered,
            n_wrong,
            coverage: n_answered as f64 / n,
            risk,
        });
    }
    Ok(RiskCoverage {
        points,
        area: area / n,
    })
}

/// A confidence below which to abstain, and its effect on the rows from which it was computed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AbstainThreshold {
    /// Abstain if the confidence is below this; 0 if every row can be answered.
    pub abstain_below: f64,
    /// The share of the rows that are answered.
    pub coverage: f64,
    /// The share of answers that are wrong.
    pub risk: f64,
}

/// Returns the threshold that answers the most rows while at most a share of `max_risk` of the answers is wrong;
/// `None` if no threshold achieves this.
///
/// The threshold is halfway between the lowest confidence with an answer and the highest confidence without, so that
/// rounding does not change which rows are answered. Compute it on validation rows. On other rows, the risk is only
/// approximately the same; the [`crate::statistics::wilson_interval`] of the share of wrong answers shows how much it
/// may differ.
///
/// # Errors
///
/// The same as for [`risk_coverage`], and if `max_risk` is not between 0 and 1.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{Probabilities, calibration::propose_abstain_threshold};
///
/// let probabilities = Probabilities::new(vec![0.9, 0.1, 0.8, 0.2, 0.6, 0.4, 0.5, 0.5], 2)?;
/// let labels = [0, 0, 1, 0]; // the third row, of confidence 0.6, is wrong
/// let threshold = propose_abstain_threshold(&probabilities, &labels, 0.1)?.unwrap();
/// assert!((threshold.abstain_below - 0.7).abs() < 1e-12);
/// assert_eq!((threshold.coverage, threshold.risk), (0.5, 0.0));
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
pub fn propose_abstain_threshold(
    probabilities: &Probabilities,
    labels: &[usize],
    max_risk: f64,
) -> Result<Option<AbstainThreshold>> {
    let holds = (0.0..=1.0).contains(&max_risk);
    check::parameter("max_risk", max_risk, holds, "a number from 0 to 1")?;
    let points = risk_coverage(probabilities, labels)?.points;
    let last = points.iter().rposition(|point| point.risk <= max_risk);
    Ok(last.map(|last| {
        let point = points[last];
        let next = points.get(last + 1);
        AbstainThreshold {
            abstain_below: next.map_or(0.0, |next| 0.5 * (point.threshold + next.threshold)),
            coverage: point.coverage,
            risk: point.risk,
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four rows: confidence 0.9 (right), 0.8 (wrong), 0.8 (right), 0.6 (right).
    fn table() -> (Probabilities, Vec<usize>) {
        let values = vec![0.9, 0.1, 0.8, 0.2, 0.8, 0.2, 0.6, 0.4];
        (Probabilities::new(values, 2).expect("valid"), vec![0, 1, 0, 0])
    }

    #[test]
    fn the_curve_by_hand() {
        let (probabilities, labels) = table();
        let curve = risk_coverage(&probabilities, &labels).expect("valid");
        let points: Vec<(f64, f64)> = curve.points.iter().map(|p| (p.coverage, p.risk)).collect();
        assert_eq!(points, [(0.25, 0.0), (0.75, 1.0 / 3.0), (1.0, 0.25)]);
        assert!((curve.area - (0.5 / 3.0 + 0.25 * 0.25)).abs() < 1e-15);
    }

    #[test]
    fn the_threshold_answers_as_many_rows_as_allowed() {
        let (probabilities, labels) = table();
        let propose = |risk| propose_abstain_threshold(&probabilities, &labels, risk).expect("valid");
        // With a maximum risk of 25 %, all rows are answered, although the risk is higher at a coverage of 75 %.
        let all = propose(0.25).expect("a threshold");
        assert_eq!((all.abstain_below, all.coverage), (0.0, 1.0));
        let some = propose(0.2).expect("a threshold");
        assert!((some.abstain_below - 0.85).abs() < 1e-15);
        assert_eq!((some.coverage, some.risk), (0.25, 0.0));
        assert!(propose_abstain_threshold(&probabilities, &labels, 1.5).is_err());
    }

    #[test]
    fn there_may_be_no_threshold() {
        let probabilities = Probabilities::new(vec![0.9, 0.1], 2).expect("valid");
        assert_eq!(propose_abstain_threshold(&probabilities, &[1], 0.5), Ok(None));
    }
}
