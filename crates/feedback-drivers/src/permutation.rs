//! Permutation tests of whether a ratio differs between the periods.

use feedback_metrics::statistics::{Draws, normal_tail};

/// A test stops when this many permutations reach the observed difference: its p-value is then known well enough.
const ENOUGH: usize = 20;

/// With more units, the normal distribution replaces permutations.
const MAX_UNITS: usize = 10_000;

/// What one unit (a row or a group of rows) adds to the numerator and the denominator of a ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Part {
    pub(crate) after: bool,
    pub(crate) numerator: f64,
    pub(crate) denominator: f64,
}

/// The two-sided p-value of the difference between the ratios of the two periods; 1 if a period has no units.
///
/// The units are divided between the periods at random, up to `permutations` times; each period keeps its number of units. If k of n
/// divisions have a difference at least as large as the observed one, the p-value is (k + 1) / (n + 1). When k reaches 20, the test ends
/// early, and the p-value is k / n. With more than 10,000 units, a score test replaces the random divisions. Denominators must be above 0.
///
/// # References
///
/// Phipson and Smyth 2010, "Permutation p-values should never be zero"; Besag and Clifford 1991, "Sequential Monte Carlo
/// p-values".
pub(crate) fn ratio_p_value(parts: &[Part], permutations: usize, seed: u64) -> f64 {
    let n_after = parts.iter().filter(|part| part.after).count();
    let n_smaller = n_after.min(parts.len() - n_after);
    if n_smaller == 0 {
        return 1.0;
    }
    if parts.len() > MAX_UNITS {
        return score_p_value(parts);
    }
    let total = sums(parts.iter());
    let difference = |part: [f64; 2]| (part[0] / part[1] - (total[0] - part[0]) / (total[1] - part[1])).abs();
    let smaller_is_after = n_after == n_smaller;
    let observed = difference(sums(parts.iter().filter(|part| part.after == smaller_is_after)));
    // Divisions with the same difference must not be missed because of rounding.
    let limit = observed * (1.0 - 1e-9);
    let mut draws = Draws::new(parts.len(), seed);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let mut reached = 0;
    for permutation in 1..=permutations {
        for place in 0..n_smaller {
            let other = place + draws.below((parts.len() - place) as u64);
            order.swap(place, other);
        }
        let drawn = sums(order[..n_smaller].iter().map(|&unit| &parts[unit]));
        reached += usize::from(difference(drawn) >= limit);
        if reached == ENOUGH {
            return ENOUGH as f64 / permutation as f64;
        }
    }
    (reached + 1) as f64 / (permutations + 1) as f64
}

/// Returns the p-value of the score test. The difference is compared with a normal distribution, whose variance follows from the
/// deviations of the units from the common ratio.
fn score_p_value(parts: &[Part]) -> f64 {
    let total = sums(parts.iter());
    let common = total[0] / total[1];
    let of_period = |after: bool| {
        let parts = || parts.iter().filter(|part| part.after == after);
        let [numerator, denominator] = sums(parts());
        let squares: f64 = parts()
            .map(|part| (part.numerator - common * part.denominator).powi(2))
            .sum();
        (numerator / denominator, squares / denominator.powi(2))
    };
    let ((before, variance_before), (after, variance_after)) = (of_period(false), of_period(true));
    let variance = variance_before + variance_after;
    if variance == 0.0 {
        return 1.0;
    }
    (2.0 * normal_tail((after - before).abs() / variance.sqrt())).min(1.0)
}

fn sums<'a>(parts: impl Iterator<Item = &'a Part>) -> [f64; 2] {
    parts.fold([0.0, 0.0], |[numerator, denominator], part| {
        [numerator + part.numerator, denominator + part.denominator]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hits` of `n` units before and after.
    fn parts([before, after]: [(usize, usize); 2]) -> Vec<Part> {
        let period = |(hits, n): (usize, usize), after| {
            (0..n).map(move |unit| Part {
                after,
                numerator: f64::from(u8::from(unit < hits)),
                denominator: 1.0,
            })
        };
        period(before, false).chain(period(after, true)).collect()
    }

    #[test]
    fn small_counts_are_not_overrated() {
        // All 3 hits in the 20 units after: C(20, 3) / C(220, 3) = 1140 / 1750540. A normal test gives 4e-8.
        let found = ratio_p_value(&parts([(0, 200), (3, 20)]), 20_000, 1);
        let exact = 1140.0 / 1_750_540.0;
        assert!(
            (found / exact - 1.0).abs() < 0.8 && found > 1e-4,
            "{found} {exact}"
        );
    }

    #[test]
    fn without_a_difference_p_is_1() {
        assert_eq!(ratio_p_value(&parts([(10, 40), (5, 20)]), 1_000, 1), 1.0);
        assert_eq!(ratio_p_value(&parts([(10, 40), (0, 0)]), 1_000, 1), 1.0);
        assert_eq!(ratio_p_value(&parts([(0, 4_000), (0, 8_000)]), 1_000, 1), 1.0);
    }

    #[test]
    fn both_forms_agree_on_large_counts() {
        // z = 0.04 / √(0.22 · 0.78 · (1/900 + 1/900)) = 2.048, p = 0.0405.
        let few = ratio_p_value(&parts([(180, 900), (216, 900)]), 20_000, 3);
        let many = score_p_value(&parts([(180, 900), (216, 900)]));
        assert!((many - 0.0405).abs() < 2e-3, "{many}");
        assert!((few / many - 1.0).abs() < 0.6, "{few} {many}");
    }
}
