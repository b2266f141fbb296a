//! The vector operations that take most of the time of a fit.

/// `sum += factor · terms`, element by element.
pub(crate) fn add_scaled(sum: &mut [f64], factor: f64, terms: &[f64]) {
    for (sum, &term) in sum.iter_mut().zip(terms) {
        *sum += factor * term;
    }
}

/// `sum += Σ factors[i] · terms[i]`, with terms row-major `[factors.len(), sum.len()]`.
///
/// Four terms are added in each pass over `sum`, which halves the memory traffic compared with one term per pass.
pub(crate) fn add_combination(sum: &mut [f64], factors: &[f64], terms: &[f64]) {
    let n = sum.len();
    let (fours, rest) = factors.as_chunks::<4>();
    let (terms_of_fours, terms_of_rest) = terms.split_at(fours.len() * 4 * n);
    for (factors, terms) in fours.iter().zip(terms_of_fours.chunks_exact(4 * n)) {
        let (ab, cd) = terms.split_at(2 * n);
        let ((a, b), (c, d)) = (ab.split_at(n), cd.split_at(n));
        for ((((sum, a), b), c), d) in sum.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *sum += factors[0] * a + factors[1] * b + (factors[2] * c + factors[3] * d);
        }
    }
    for (&factor, terms) in rest.iter().zip(terms_of_rest.chunks_exact(n)) {
        add_scaled(sum, factor, terms);
    }
}

/// Returns the scalar product, summed in eight fixed lanes so that it is fast and its bits are always the same.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_lanes, a_rest) = a.as_chunks::<8>();
    let (b_lanes, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_products_take_every_entry() {
        for n in [0, 1, 7, 8, 9, 31] {
            let a: Vec<f64> = (1..=n).map(|i| i as f64).collect();
            let expected = (n * (n + 1) * (2 * n + 1) / 6) as f64;
            assert_eq!(dot(&a, &a), expected);
        }
    }

    #[test]
    fn combinations_take_every_term() {
        for n_terms in 0..=9 {
            let factors: Vec<f64> = (1..=n_terms).map(f64::from).collect();
            let terms: Vec<f64> = (1..=n_terms).flat_map(|i| [1.0, 0.0, f64::from(i)]).collect();
            let mut sum = [0.0, 7.0, 1.0];
            add_combination(&mut sum, &factors, &terms);
            let triangle = f64::from(n_terms * (n_terms + 1) / 2);
            let squares = f64::from(n_terms * (n_terms + 1) * (2 * n_terms + 1) / 6);
            assert_eq!(sum, [triangle, 7.0, 1.0 + squares]);
        }
    }

    #[test]
    fn scaled_terms_are_added() {
        let mut sum = [1.0, 2.0, 3.0];
        add_scaled(&mut sum, -2.0, &[0.5, 1.0, 4.0]);
        assert_eq!(sum, [0.0, 0.0, -5.0]);
    }
}
