//! Sums in NumPy's order of addition.
//!
//! A report rounds scores to two decimals. An average such as 0.375 lies exactly between two rounded values, so the
//! last bit of the sum decides which of them is printed. Adding in NumPy's order gives the same last bit as
//! scikit-learn.

/// NumPy splits a sum of more values than this (`PW_BLOCKSIZE` in its `loops_utils.h.src`).
const BLOCK: usize = 128;

/// The sum of `values` by NumPy's pairwise summation.
pub(crate) fn pairwise_sum(values: &[f64]) -> f64 {
    let n = values.len();
    if n < 8 {
        return values.iter().fold(0.0, |sum, value| sum + value);
    }
    if n > BLOCK {
        let half = n / 2 - (n / 2) % 8;
        return pairwise_sum(&values[..half]) + pairwise_sum(&values[half..]);
    }
    let mut lanes = [0.0; 8];
    let blocks = values.chunks_exact(8);
    let rest = blocks.remainder();
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += value;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    rest.iter().fold(sum, |sum, value| sum + value)
}

/// The mean of `values`; NaN if there are none.
pub(crate) fn mean(values: &[f64]) -> f64 {
    pairwise_sum(values) / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::{mean, pairwise_sum};

    #[test]
    fn whole_numbers_are_added_exactly_at_every_length() {
        for n in [0, 1, 7, 8, 9, 15, 16, 127, 128, 129, 136, 1000, 4097] {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            let expected = f64::from(n) * (f64::from(n) + 1.0) / 2.0;
            assert_eq!(pairwise_sum(&values), expected, "n = {n}");
        }
    }

    #[test]
    fn sums_are_the_same_as_in_numpy() {
        // np.sum([1.0, 1e100, 1.0, -1e100] * 2) is 0.0: each 1.0 is lost when it is added to 1e100 or −1e100.
        let values = [1.0, 1e100, 1.0, -1e100, 1.0, 1e100, 1.0, -1e100];
        assert_eq!(pairwise_sum(&values), 0.0);
        // np.sum([0.1] * 10) is 1.0; adding the values one after the other gives 0.9999999999999999.
        assert_eq!(pairwise_sum(&[0.1; 10]), 1.0);
    }

    #[test]
    fn the_mean_of_nothing_is_nan() {
        assert!(mean(&[]).is_nan());
        assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
    }
}
