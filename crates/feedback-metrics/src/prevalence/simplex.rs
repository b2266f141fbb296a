//! The nearest probability distribution to a list of numbers.

/// Returns the numbers that are at least 0, add up to 1 and have the smallest squared distance to `values`.
///
/// # References
///
/// Duchi, Shalev-Shwartz, Singer and Chandra 2008, "Efficient projections onto the l1-ball for learning in high
/// dimensions", figure 1.
pub(super) fn nearest_distribution(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let (mut sum, mut offset) = (0.0, 0.0);
    for (rank, value) in sorted.iter().enumerate() {
        sum += value;
        let candidate = (sum - 1.0) / (rank + 1) as f64;
        if value - candidate > 0.0 {
            offset = candidate;
        }
    }
    values.iter().map(|value| (value - offset).max(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest_distribution;

    #[test]
    fn by_hand() {
        assert_eq!(nearest_distribution(&[0.25, 0.75]), [0.25, 0.75]);
        // −0.5 becomes 0, and the other two lose 0.25 each.
        assert_eq!(nearest_distribution(&[0.5, 1.0, -0.5]), [0.25, 0.75, 0.0]);
        assert_eq!(nearest_distribution(&[3.0, 0.0]), [1.0, 0.0]);
        assert_eq!(nearest_distribution(&[0.0, 0.0]), [0.5, 0.5]);
    }
}
