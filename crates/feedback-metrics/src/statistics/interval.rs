//! Confidence intervals, and the Wilson interval of a share.

use serde::{Deserialize, Serialize};

use super::normal::normal_quantile;
use crate::check;
use crate::error::Result;

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The confidence, between 0 and 1, such as 0.95.
    pub confidence: f64,
}

impl Interval {
    /// Returns whether `value` lies in the interval, including its ends.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// The width: `high − low`.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// A score with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The score on the evaluated rows.
    pub value: f64,
    /// The interval of the score; `None` if all rows belong to one group, which cannot be resampled.
    pub interval: Option<Interval>,
}

/// The Wilson score interval of `successes` out of `n` independent trials, within 0 to 1.
///
/// It is also valid for shares near 0 and 1 and for few rows, unlike p ± z·√(p(1−p)/n). Without trials, it is the
/// full range, 0 to 1. There is no continuity correction.
///
/// # Errors
///
/// If there are more successes than trials, or `confidence` is not between 0 and 1.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::wilson_interval;
///
/// let interval = wilson_interval(90, 100, 0.95)?;
/// assert!((interval.low - 0.8256).abs() < 1e-4);
/// assert!((interval.high - 0.9448).abs() < 1e-4);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Wilson 1927, "Probable inference, the law of succession, and statistical inference"; Brown, Cai
/// and DasGupta 2001, "Interval Estimation for a Binomial Proportion", for a comparison with other intervals.
pub fn wilson_interval(successes: u64, n: u64, confidence: f64) -> Result<Interval> {
    check::confidence(confidence)?;
    check::parameter(
        "successes",
        successes as f64,
        successes <= n,
        "at most the number of trials `n`",
    )?;
    if n == 0 {
        return Ok(Interval {
            low: 0.0,
            high: 1.0,
            confidence,
        });
    }
    let z = -normal_quantile((1.0 - confidence) / 2.0);
    let (low, high) = wilson_ends(successes as f64 / n as f64, n as f64, z);
    Ok(Interval {
        low,
        high,
        confidence,
    })
}

/// The ends of the Wilson interval of a share of `n` trials, at `z` standard deviations; `n` need not be a whole
/// number.
pub(crate) fn wilson_ends(share: f64, n: f64, z: f64) -> (f64, f64) {
    let spread = z * (share * (1.0 - share) / n + (z / (2.0 * n)).powi(2)).sqrt();
    let shrink = 1.0 + z * z / n;
    let centre = share + z * z / (2.0 * n);
    // Without successes the lower end is exactly 0, and without failures the upper end is exactly 1; rounding errors
    // could put the ends outside of this range.
    (
        if share == 0.0 {
            0.0
        } else {
            (centre - spread) / shrink
        },
        if share == 1.0 {
            1.0
        } else {
            (centre + spread) / shrink
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_the_roots_of_wilsons_equation() {
        // (p̂ − p)² = z² p (1 − p) / n, solved for p by hand for 1 of 4 at z = 1.959963984540054.
        let interval = wilson_interval(1, 4, 0.95).expect("valid");
        let z2 = 1.959_963_984_540_054f64.powi(2);
        for end in [interval.low, interval.high] {
            let left = (0.25 - end) * (0.25 - end);
            let right = z2 * end * (1.0 - end) / 4.0;
            assert!((left - right).abs() < 1e-15);
        }
        assert!(interval.contains(0.25) && interval.width() > 0.6);
    }

    #[test]
    fn the_edges() {
        let none = wilson_interval(0, 10, 0.95).expect("valid");
        assert!(none.low == 0.0 && none.high > 0.2 && none.high < 0.3);
        let all = wilson_interval(10, 10, 0.95).expect("valid");
        assert!(all.high == 1.0 && (all.low - (1.0 - none.high)).abs() < 1e-15);
        let nothing = wilson_interval(0, 0, 0.9).expect("valid");
        assert_eq!((nothing.low, nothing.high), (0.0, 1.0));
        assert!(wilson_interval(2, 1, 0.95).is_err());
        for confidence in [0.0, 1.0, 95.0, f64::NAN] {
            assert!(wilson_interval(1, 2, confidence).is_err());
        }
    }
}
