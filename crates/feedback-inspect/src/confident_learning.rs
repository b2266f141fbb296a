//! Finds likely label errors by confident learning.

use feedback_dataset::error::LabelError;

/// How the label of a row is scored from the class probabilities of the row; a low score means a likely error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelScore {
    /// The probability of the given label.
    #[default]
    SelfConfidence,
    /// `(p(given) − m + 1) / 2`, where `m` is the highest probability of any other label.
    NormalizedMargin,
}

/// A row with a likely wrong label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelIssue {
    /// Index of the row.
    pub row: usize,
    /// The class id of its label in the data.
    pub given: usize,
    /// The class id of the label that is more likely correct.
    pub suggested: usize,
    /// From 0 (certainly wrong) to 1 (certainly correct).
    pub score: f64,
}

/// The result of confident learning for the labels of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelReport {
    /// For each class, the mean probability of the class over the rows with this label; infinite for a class without rows. A
    /// row belongs confidently to a class if its probability of the class reaches this threshold.
    pub thresholds: Vec<f64>,
    /// Matrix of row counts: given label (first index) by confident class (second index). The diagonal is at least 1, as in
    /// cleanlab. Rows that do not belong confidently to any class are not counted.
    pub confident_joint: Vec<Vec<usize>>,
    /// The score of every row's label.
    pub scores: Vec<f64>,
    /// Rows that belong confidently to another class than their label says, lowest score first.
    pub issues: Vec<LabelIssue>,
}

impl LabelReport {
    /// Returns all rows, the most likely errors first; rows with equal scores are sorted by index.
    #[must_use]
    pub fn ranking(&self) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.scores.len()).collect();
        rows.sort_by(|&a, &b| self.scores[a].total_cmp(&self.scores[b]).then(a.cmp(&b)));
        rows
    }
}

/// Finds rows whose label is likely wrong.
///
/// `probabilities` must be out-of-fold: the model that predicts a row was not trained on this row. For the folds, use
/// [`stratified_k_fold`](feedback_dataset::folds::stratified_k_fold).
///
/// A row belongs confidently to a class if its probability reaches the threshold of the class, with a tolerance of 1e-6. If
/// it reaches several thresholds, the most probable class counts. The row is an issue if this class is not its label.
/// Thresholds, confident joint, issues and scores are the same as in cleanlab (`compute_confident_joint` without
/// calibration, the filter `confident_learning`).
///
/// # Errors
///
/// [`LabelError::LengthMismatch`] if `labels` and `probabilities` differ in length; [`LabelError::Probabilities`] if a row has
/// a different number of classes than the first row, if a label is not one of these classes, or if a value is outside 0 to 1.
///
/// # Examples
///
/// ```
/// use feedback_inspect::confident_learning::{LabelScore, label_issues};
///
/// let labels = [0, 0, 1, 1, 1];
/// let probabilities = [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.95, 0.05]];
/// let report = label_issues(&labels, &probabilities, LabelScore::SelfConfidence)?;
/// assert_eq!(report.issues.len(), 1);
/// assert_eq!((report.issues[0].row, report.issues[0].suggested), (4, 0));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
///
/// # References
///
/// Northcutt, Jiang and Chuang, *Confident Learning: Estimating Uncertainty in Dataset Labels*,
/// 2021, section 3.1.
pub fn label_issues<P: AsRef<[f64]>>(
    labels: &[usize],
    probabilities: &[P],
    score: LabelScore,
) -> Result<LabelReport, LabelError> {
    let n_classes = check(labels, probabilities)?;
    let thresholds = thresholds(labels, probabilities, n_classes);
    let mut confident_joint = vec![vec![0; n_classes]; n_classes];
    let mut issues = Vec::new();
    let mut scores = Vec::with_capacity(labels.len());
    for (row, (&given, probabilities)) in labels.iter().zip(probabilities).enumerate() {
        let probabilities = probabilities.as_ref();
        let row_score = score_row(given, probabilities, score);
        scores.push(row_score);
        if let Some(suggested) = confident_class(probabilities, &thresholds) {
            confident_joint[given][suggested] += 1;
            if suggested != given {
                issues.push(LabelIssue {
                    row,
                    given,
                    suggested,
                    score: row_score,
                });
            }
        }
    }
    (0..n_classes).for_each(|class| confident_joint[class][class] = confident_joint[class][class].max(1));
    issues.sort_by(|a, b| a.score.total_cmp(&b.score).then(a.row.cmp(&b.row)));
    Ok(LabelReport {
        thresholds,
        confident_joint,
        scores,
        issues,
    })
}

/// Checks the input and returns the number of classes.
fn check<P: AsRef<[f64]>>(labels: &[usize], probabilities: &[P]) -> Result<usize, LabelError> {
    if probabilities.len() != labels.len() {
        return Err(LabelError::LengthMismatch {
            what: "probabilities",
            found: probabilities.len(),
            expected: labels.len(),
        });
    }
    let n_classes = probabilities.first().map_or(0, |first| first.as_ref().len());
    for (row, (&label, values)) in labels.iter().zip(probabilities).enumerate() {
        let values = values.as_ref();
        let reason = if values.len() != n_classes {
            format!(
                "expected {n_classes} values as in the first row, found {}",
                values.len()
            )
        } else if label >= n_classes {
            format!("the label is {label}, but there are {n_classes} classes")
        } else if let Some(value) = values.iter().find(|value| !(0.0..=1.0).contains(*value)) {
            format!("{value} is not between 0 and 1")
        } else {
            continue;
        };
        return Err(LabelError::Probabilities { row, reason });
    }
    Ok(n_classes)
}

fn thresholds<P: AsRef<[f64]>>(labels: &[usize], probabilities: &[P], n_classes: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0_usize); n_classes];
    for (&label, values) in labels.iter().zip(probabilities) {
        sums[label].0 += values.as_ref()[label];
        sums[label].1 += 1;
    }
    let mean = |(sum, rows): (f64, usize)| {
        if rows == 0 {
            f64::INFINITY
        } else {
            (sum / rows as f64).max(MIN_THRESHOLD)
        }
    };
    sums.into_iter().map(mean).collect()
}

/// Lower bound of a threshold, as in cleanlab. Without it, the threshold of a class would be 0 if all rows with this label have
/// probability 0 of it, and every row would reach this threshold.
const MIN_THRESHOLD: f64 = 2e-6;

/// Returns the class whose threshold the row reaches; if there are several, the most probable class. `None` if there is none.
fn confident_class(probabilities: &[f64], thresholds: &[f64]) -> Option<usize> {
    let reaches = |class: &usize| probabilities[*class] >= thresholds[*class] - 1e-6;
    let mut confident = (0..probabilities.len()).filter(reaches);
    let first = confident.next()?;
    match confident.next() {
        None => Some(first),
        Some(_) => (0..probabilities.len()).reduce(|best, class| {
            if probabilities[class] > probabilities[best] {
                class
            } else {
                best
            }
        }),
    }
}

fn score_row(given: usize, probabilities: &[f64], score: LabelScore) -> f64 {
    match score {
        LabelScore::SelfConfidence => probabilities[given],
        LabelScore::NormalizedMargin => {
            let others = probabilities
                .iter()
                .enumerate()
                .filter(|(class, _)| *class != given)
                .map(|(_, value)| *value);
            (probabilities[given] - others.fold(0.0, f64::max) + 1.0) / 2.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_probabilities_are_errors() {
        let score = LabelScore::SelfConfidence;
        assert!(matches!(
            label_issues(&[0], &[[0.5], [0.5]], score),
            Err(LabelError::LengthMismatch { .. })
        ));
        for (labels, probabilities) in [
            ([0, 0], [vec![1.0], vec![0.5, 0.5]]),
            ([0, 2], [vec![0.5, 0.5], vec![0.5, 0.5]]),
            ([0, 1], [vec![0.5, 0.5], vec![f64::NAN, 0.5]]),
        ] {
            assert!(matches!(
                label_issues(&labels, &probabilities, score),
                Err(LabelError::Probabilities { row: 1, .. })
            ));
        }
        assert!(
            label_issues::<Vec<f64>>(&[], &[], score)
                .unwrap()
                .issues
                .is_empty()
        );
    }

    #[test]
    fn a_class_without_rows_is_never_suggested() {
        let report = label_issues(&[0, 0], &[[0.2, 0.8], [0.6, 0.4]], LabelScore::NormalizedMargin).unwrap();
        assert_eq!(report.thresholds, [0.4, f64::INFINITY]);
        assert!(report.issues.is_empty());
        assert_eq!(report.ranking(), [0, 1]);
    }
}
