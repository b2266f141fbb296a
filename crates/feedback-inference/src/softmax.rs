//! Probabilities from logits.

/// Returns the softmax of logits / temperature, computed in f64.
pub(crate) fn softmax(logits: &[f32], temperature: f64) -> Vec<f64> {
    let scaled: Vec<f64> = logits
        .iter()
        .map(|&logit| f64::from(logit) / temperature)
        .collect();
    let greatest = scaled.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials: Vec<f64> = scaled.iter().map(|value| (value - greatest).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.into_iter().map(|value| value / sum).collect()
}

/// Returns the class with the highest probability; if several are equal, the one with the lowest id.
pub(crate) fn argmax(probabilities: &[f64]) -> usize {
    let mut best = 0;
    for (class, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[best] {
            best = class;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sums_to_one_and_temperature_flattens_it() {
        let sharp = softmax(&[2.0, 1.0, -1.0], 1.0);
        let flat = softmax(&[2.0, 1.0, -1.0], 4.0);
        assert!((sharp.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((sharp[0] / sharp[1] - 1f64.exp()).abs() < 1e-12);
        assert!(flat[0] < sharp[0]);
    }

    #[test]
    fn softmax_of_huge_logits_is_finite() {
        assert_eq!(softmax(&[1e30, -1e30], 1.0), [1.0, 0.0]);
    }
}
