//! The number of rows that a part gets of each class.

/// Shares of classes in a draw by scikit-learn's rule: every class gets its exact share, rounded down, and the
/// missing rows go to the classes with the largest remainders.
///
/// The arithmetic is that of `_approximate_mode` in `sklearn/utils/extmath.py`, step by step in `f64`, so that
/// rounding agrees. That function chooses at random among equal remainders; here the lowest class ids are chosen.
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

/// The exact shares of the classes as integers, rounded down, and remainders.
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
