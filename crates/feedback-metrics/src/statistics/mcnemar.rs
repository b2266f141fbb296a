//! McNemar's exact test for two classifiers on the same rows.

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::Result;

/// How many rows only one of two models predicts correctly, and whether the split may be due to chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct McNemar {
    /// Rows that only the first model predicts correctly.
    pub only_a_right: u64,
    /// Rows that only the second model predicts correctly.
    pub only_b_right: u64,
    /// The two-sided exact p-value, 0 to 1: the probability of a split at least this uneven if both models
    /// are equally good. It is 1 if both counts are 0.
    pub p_value: f64,
}

/// McNemar's exact test: are the rows that only one model predicts correctly split evenly between the two models?
///
/// Let b be the number of rows on which only the first model is right, and c the number on which only the second is
/// right. Then p = min(1, 2 · P(X ≤ min(b, c))), where X has the binomial distribution with b + c trials and
/// probability ½. Rows on which both models are right or both are wrong say nothing about the difference. The test
/// treats rows as independent: if the file has duplicates, use [`super::paired_bootstrap`] with groups instead.
///
/// # Errors
///
/// If there are no rows or the lengths differ.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::mcnemar_exact;
///
/// let labels = [0, 0, 0, 0, 0, 1, 1, 1];
/// let first = [0, 0, 0, 0, 0, 1, 1, 0];
/// let second = [1, 1, 1, 1, 1, 1, 1, 1];
/// let test = mcnemar_exact(&labels, &first, &second)?;
/// assert_eq!((test.only_a_right, test.only_b_right), (5, 1));
/// assert_eq!(test.p_value, 2.0 * (1.0 + 6.0) / 64.0);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// McNemar 1947, "Note on the sampling error of the difference between correlated proportions";
/// Dietterich 1998, "Approximate Statistical Tests for Comparing Supervised Classification Learning
/// Algorithms".
pub fn mcnemar_exact(labels: &[usize], a: &[usize], b: &[usize]) -> Result<McNemar> {
    check::same_length("a", a.len(), "labels", labels.len())?;
    check::same_length("b", b.len(), "labels", labels.len())?;
    check::not_empty("labels", labels.len())?;
    let (mut only_a_right, mut only_b_right) = (0, 0);
    for ((label, a), b) in labels.iter().zip(a).zip(b) {
        only_a_right += u64::from(a == label && b != label);
        only_b_right += u64::from(b == label && a != label);
    }
    Ok(McNemar {
        only_a_right,
        only_b_right,
        p_value: sign_test(only_a_right, only_b_right),
    })
}

/// The two-sided exact p-value of `b` heads and `c` tails in `b + c` tosses of a fair coin.
fn sign_test(b: u64, c: u64) -> f64 {
    let n = b + c;
    let fewer = b.min(c);
    if 2 * fewer + 1 >= n {
        return 1.0;
    }
    (2.0 * probability_of(fewer, n) * tail_ratio(fewer, n)).min(1.0)
}

/// P(X = k) = C(n, k) / 2ⁿ, where X has the binomial distribution with `n` trials and probability ½.
///
/// The n halvings are interleaved with the k factors of C(n, k), so that the product neither overflows nor
/// underflows early.
fn probability_of(k: u64, n: u64) -> f64 {
    let mut probability = 1.0f64;
    let mut halvings = n;
    for i in 1..=k {
        probability *= (n - k + i) as f64 / i as f64;
        while probability > 1.0 && halvings > 0 {
            probability *= 0.5;
            halvings -= 1;
        }
    }
    // The remaining halvings are one power of two, which is 0 if it is below 2^-1074.
    let left = i32::try_from(halvings).unwrap_or(i32::MAX);
    probability * 0.5f64.powi(left)
}

/// P(X ≤ k) / P(X = k), summed from P(X = k) downwards: P(X = i − 1) is P(X = i) times i / (n − i + 1).
fn tail_ratio(k: u64, n: u64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for i in (1..=k).rev() {
        term *= i as f64 / (n - i + 1) as f64;
        sum += term;
        if term < 1e-20 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_splits_by_hand() {
        assert_eq!(sign_test(0, 0), 1.0);
        assert_eq!(sign_test(3, 3), 1.0);
        assert_eq!(sign_test(3, 4), 1.0);
        assert_eq!(sign_test(0, 5), 2.0 / 32.0);
        assert_eq!(sign_test(5, 0), 2.0 / 32.0);
        // 2 · (1 + 10 + 45) / 1024
        assert!((sign_test(2, 8) - 112.0 / 1024.0).abs() < 1e-16);
    }

    #[test]
    fn large_counts_do_not_overflow_and_are_fast() {
        // scipy.stats.binomtest(4800, 10000).pvalue and (499000, 1000000), SciPy 1.17.1.
        assert!((sign_test(4_800, 5_200) - 6.593_515_598_672_343e-5).abs() < 1e-15);
        assert_eq!(sign_test(0, 5_000), 0.0);
        assert!((sign_test(499_000, 501_000) - 0.045_608_299_865_389_6).abs() < 1e-11);
        assert_eq!(sign_test(0, u64::MAX / 4), 0.0);
    }

    #[test]
    fn p_is_1_if_both_models_agree_on_all_rows() {
        let test = mcnemar_exact(&[0, 1, 1], &[0, 0, 1], &[0, 0, 1]).expect("valid");
        assert_eq!((test.only_a_right, test.only_b_right, test.p_value), (0, 0, 1.0));
        assert!(mcnemar_exact(&[0, 1], &[0], &[0, 1]).is_err());
        assert!(mcnemar_exact(&[], &[], &[]).is_err());
    }
}
