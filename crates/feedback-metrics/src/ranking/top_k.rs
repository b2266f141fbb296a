//! Accuracy within the most probable classes of each row.

use crate::check;
use crate::error::Result;
use crate::probabilities::Probabilities;

/// The share of rows whose true class is among the `k` most probable classes, 0 to 1.
///
/// Of equally probable classes, the one with the *higher* id ranks first, as in scikit-learn's
/// `top_k_accuracy_score`. With ties, `k = 1` can therefore differ from accuracy, which predicts the lower id.
/// If `k` is at least the number of classes, the result is 1.
///
/// # Errors
///
/// If there is not one label for each row, a label is not below the number of classes, or `k` is 0.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{Probabilities, ranking::top_k_accuracy};
///
/// let probabilities = Probabilities::new(vec![0.5, 0.3, 0.2, 0.1, 0.2, 0.7], 3)?;
/// assert_eq!(top_k_accuracy(&probabilities, &[1, 0], 1)?, 0.0);
/// assert_eq!(top_k_accuracy(&probabilities, &[1, 0], 2)?, 0.5);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
pub fn top_k_accuracy(probabilities: &Probabilities, labels: &[usize], k: usize) -> Result<f64> {
    check::labels_of_table(labels, probabilities.n(), probabilities.n_classes())?;
    check::parameter("k", k as f64, k > 0, "a number of 1 or more")?;
    let hits = |(row, label): &(&[f64], &usize)| rank(row, **label) < k;
    let n_hits = probabilities.rows().zip(labels).filter(hits).count();
    Ok(n_hits as f64 / labels.len() as f64)
}

/// The number of classes that rank above `label`.
fn rank(row: &[f64], label: usize) -> usize {
    let score = row[label];
    let before = |&(class, &other): &(usize, &f64)| other > score || (other == score && class > label);
    row.iter().enumerate().filter(before).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_scores_the_higher_id_comes_first() {
        let probabilities = Probabilities::new(vec![0.4, 0.4, 0.2], 3).expect("valid");
        assert_eq!(top_k_accuracy(&probabilities, &[1], 1), Ok(1.0));
        assert_eq!(top_k_accuracy(&probabilities, &[0], 1), Ok(0.0));
        assert_eq!(top_k_accuracy(&probabilities, &[0], 2), Ok(1.0));
        assert_eq!(top_k_accuracy(&probabilities, &[2], 3), Ok(1.0));
        assert!(top_k_accuracy(&probabilities, &[2], 0).is_err());
    }
}
