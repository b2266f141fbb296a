//! Proper scoring rules: their expected value is lowest for the true probabilities.

use crate::check;
use crate::error::Result;
use crate::probabilities::Probabilities;
use crate::sum::mean;

/// The mean over rows of −ln p(true class), 0 (best) upwards, in nats.
///
/// As in scikit-learn, probabilities are first clipped to `[ε, 1 − ε]`, where ε is the machine epsilon of
/// their original precision ([`Probabilities::epsilon`]). The loss of a wrong prediction with probability 1 is
/// therefore not infinite, but 36.04 in `f64` and 15.94 in `f32`. Rows are not rescaled to a sum of 1.
///
/// # Errors
///
/// If there is not one label for each row, or a label is not below the number of classes.
pub fn log_loss(probabilities: &Probabilities, labels: &[usize]) -> Result<f64> {
    let epsilon = probabilities.epsilon();
    per_row(probabilities, labels, |row, label| {
        -row[label].clamp(epsilon, 1.0 - epsilon).ln()
    })
}

/// The mean over rows of the squared distance between the probabilities and the truth, which is 1 for the true class
/// and 0 for all other classes.
///
/// The squared distance is Σ over classes of (1[true] − p)², 0 (best) to 2. For two classes it is halved, which gives
/// the usual binary form (1[true] − p)² of one column, 0 to 1, as scikit-learn does with `scale_by_half="auto"`.
///
/// # Errors
///
/// If there is not one label for each row, or a label is not below the number of classes.
///
/// # References
///
/// Brier 1950, "Verification of forecasts expressed in terms of probability".
pub fn brier_score(probabilities: &Probabilities, labels: &[usize]) -> Result<f64> {
    let score = per_row(probabilities, labels, |row, label| {
        let term = |(class, p): (usize, &f64)| (f64::from(class == label) - p).powi(2);
        row.iter().enumerate().map(term).sum()
    })?;
    let scale = if probabilities.n_classes() < 3 { 0.5 } else { 1.0 };
    Ok(scale * score)
}

fn per_row(
    probabilities: &Probabilities,
    labels: &[usize],
    loss: impl Fn(&[f64], usize) -> f64,
) -> Result<f64> {
    check::labels_of_table(labels, probabilities.n(), probabilities.n_classes())?;
    let rows = probabilities.rows().zip(labels);
    let losses: Vec<f64> = rows.map(|(row, &label)| loss(row, label)).collect();
    Ok(mean(&losses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let three = Probabilities::new(vec![0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.2, 0.2, 0.6], 3);
        let three = three.expect("valid");
        // scikit-learn's own example of the multi-class Brier score.
        let brier = brier_score(&three, &[0, 1, 2]).expect("valid");
        assert!((brier - (0.06 + 0.14 + 0.24) / 3.0).abs() < 1e-15);
        let loss = log_loss(&three, &[0, 1, 2]).expect("valid");
        assert!((loss + (0.8f64 * 0.7 * 0.6).ln() / 3.0).abs() < 1e-15);

        let two = Probabilities::new(vec![0.9, 0.1, 0.2, 0.8], 2).expect("valid");
        let brier = brier_score(&two, &[0, 0]).expect("valid");
        assert!((brier - (0.01 + 0.64) / 2.0).abs() < 1e-15);
    }

    #[test]
    fn the_maximum_loss_depends_on_the_precision_of_the_input() {
        let double = Probabilities::new(vec![1.0, 0.0], 2).expect("valid");
        let single = Probabilities::from_f32(&[1.0, 0.0], 2).expect("valid");
        let cost = |p: &Probabilities| log_loss(p, &[1]).expect("valid");
        assert!((cost(&double) - 36.043_653_389_117_15).abs() < 1e-12);
        assert!((cost(&single) - 15.942_385_152_878_742).abs() < 1e-9);
        assert!(log_loss(&double, &[2]).is_err());
        assert!(brier_score(&double, &[]).is_err());
    }
}
