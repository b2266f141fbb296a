//! How many rows of each class a part of a split gets.

/// Returns how many rows of each class are in a draw of `n_draws` rows. By scikit-learn's rule, every class gets its exact
/// share, rounded down; the missing rows go to the classes with the largest remainders.
///
/// The `f64` arithmetic follows `_approximate_mode` in `sklearn/utils/extmath.py` step by step, so that rounding agrees.
/// scikit-learn chooses at random among classes with equal remainders; this function chooses the lowest class ids.
///
/// # References
///
/// scikit-learn 1.7, `sklearn.utils.extmath._approximate_mode`.
pub(crate) fn shares(class_counts: &[usize], n_draws: usize) -> Vec<usize> {
    let (mut shares, remainders) = floors(class_counts, n_draws);
    let missing = n_draws.saturating_sub(shares.iter().sum());
    let mut by_remainder: Vec<usize> = (0..class_counts.len()).collect();
    by_remainder.sort_by(|&a, &b| remainders[b].total_cmp(&remainders[a]).then(a.cmp(&b)));
    for &class in by_remainder.iter().take(missing) {
        shares[class] += 1;
    }
    shares
}

/// Returns the exact share of each class rounded down, and the remainder of each class.
pub(crate) fn floors(class_counts: &[usize], n_draws: usize) -> (Vec<usize>, Vec<f64>) {
    let total: usize = class_counts.iter().sum();
    let exact = class_counts
        .iter()
        .map(|&count| count as f64 / total.max(1) as f64 * n_draws as f64);
    exact
        .map(|share| (share.floor() as usize, share - share.floor()))
        .unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_the_original_data() {
        let counts = [76, 75, 75, 69, 66, 65, 64, 56];
        assert_eq!(shares(&counts, 436), [60, 60, 60, 55, 53, 52, 51, 45]);
    }

    #[test]
    fn among_equal_remainders_the_lowest_ids_are_chosen() {
        assert_eq!(shares(&[5, 5, 5], 4), [2, 1, 1]);
        assert_eq!(shares(&[5, 5, 5], 5), [2, 2, 1]);
        assert_eq!(shares(&[], 0), Vec::<usize>::new());
        assert_eq!(shares(&[4, 0], 0), [0, 0]);
    }
}
