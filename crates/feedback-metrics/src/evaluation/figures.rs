//! The figures of an evaluation.

use std::collections::BTreeMap;

use serde::Serialize;

use super::calibration::CalibrationFigures;
use super::input::EvaluationInput;
use super::ranking::RankingScores;
use crate::agreement::KappaWeights;
use crate::averages::{Average, AverageScores, ClassScores, ZeroDivision};
use crate::classification_report::{ClassificationReport, ReportOptions};
use crate::confusion::ConfusionMatrix;
use crate::error::Result;
use crate::ranking::{average_precision_one_vs_rest, roc_auc_one_vs_rest};
use crate::statistics::{Estimate, Interval, Score, score_interval, wilson_interval};

/// The figures of one model on one labelled file. Its serialised form is the JSON form of a report.
///
/// Undefined figures are `None` (`null` in JSON), never NaN; [`Evaluation::notes`] says why they are undefined.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// The number of rows.
    pub n: u64,
    /// The share of rows predicted correctly.
    pub accuracy: f64,
    /// The Wilson interval of the accuracy.
    pub accuracy_interval: Interval,
    /// Precision, recall and F1, averaged over the labels; labels without rows count as 0.
    #[serde(rename = "macro")]
    pub macro_average: AverageScores,
    /// Precision, recall and F1, averaged over the labels, weighted by support.
    pub weighted: AverageScores,
    /// The interval of weighted F1 ([`score_interval`]); `None` if all rows belong to one group.
    pub weighted_f1_interval: Option<Interval>,
    /// The interval of macro F1 ([`score_interval`]); `None` if all rows belong to one group.
    pub macro_f1_interval: Option<Interval>,
    /// The mean recall of the labels that have rows.
    pub balanced_accuracy: f64,
    /// Matthews' correlation coefficient, −1 to 1; `None` if all rows have the same label.
    pub matthews_corrcoef: Option<f64>,
    /// Cohen's kappa without weights: 1 for perfect agreement, 0 for chance agreement; `None` if all rows have the
    /// same label.
    pub cohen_kappa: Option<f64>,
    /// ROC-AUC of each label against the others, averaged over the labels; 0.5 for random scores.
    pub roc_auc: RankingScores,
    /// Average precision of each label against the others, averaged over the labels.
    pub average_precision: RankingScores,
    /// Precision, recall, F1 and support by label name.
    pub labels: BTreeMap<String, ClassScores>,
    /// The label names in class id order, which is also the order of the confusion matrix.
    pub label_order: Vec<String>,
    /// The Wilson interval of each label's recall, in label order; `None` for a label without rows.
    pub recall_intervals: Vec<Option<Interval>>,
    /// Numbers of rows by true label (rows of the matrix) and predicted label (columns).
    pub confusion_matrix: Vec<Vec<u64>>,
    /// How well the confidence matches the accuracy.
    pub calibration: CalibrationFigures,
}

impl Evaluation {
    /// Computes every figure.
    ///
    /// # Errors
    ///
    /// If there are no rows, lengths differ, the number of names is not the number of classes, a label is
    /// not a class id, or the bootstrap options are out of range.
    pub fn measure(input: &EvaluationInput<'_>) -> Result<Self> {
        input.check()?;
        let (labels, probabilities) = (input.labels, input.probabilities);
        let predictions = probabilities.predictions();
        let matrix = ConfusionMatrix::new(labels, &predictions, input.label_names.len())?;
        let groups = input.resampling_groups()?;
        let f1_interval = |score| {
            score_interval(
                &groups,
                labels,
                &predictions,
                matrix.n_classes(),
                score,
                input.bootstrap,
            )
        };
        let confidence = input.bootstrap.confidence;
        // If all rows have one label, Matthews' correlation and kappa would compare the predictions with a constant.
        let has_two_labels = (0..matrix.n_classes()).all(|class| matrix.support(class) < matrix.n());
        let per_class = matrix.per_class(ZeroDivision::Zero);
        Ok(Self {
            n: matrix.n(),
            accuracy: matrix.accuracy(),
            accuracy_interval: wilson_interval(matrix.n_correct(), matrix.n(), confidence)?,
            macro_average: matrix.average(Average::Macro, ZeroDivision::Zero),
            weighted: matrix.average(Average::Weighted, ZeroDivision::Zero),
            weighted_f1_interval: f1_interval(Score::WeightedF1)?,
            macro_f1_interval: f1_interval(Score::MacroF1)?,
            balanced_accuracy: matrix.balanced_accuracy(),
            matthews_corrcoef: has_two_labels.then(|| matrix.matthews_corrcoef()),
            cohen_kappa: has_two_labels.then(|| matrix.cohen_kappa(KappaWeights::Unweighted)),
            roc_auc: RankingScores::new(&roc_auc_one_vs_rest(probabilities, labels)?, &matrix),
            average_precision: RankingScores::new(
                &average_precision_one_vs_rest(probabilities, labels)?,
                &matrix,
            ),
            labels: input.label_names.iter().cloned().zip(per_class).collect(),
            label_order: input.label_names.to_vec(),
            recall_intervals: recall_intervals(&matrix, confidence)?,
            confusion_matrix: matrix.counts(),
            calibration: CalibrationFigures::measure(input)?,
        })
    }

    /// Returns the value of `score` and its interval.
    pub fn estimate(&self, score: Score) -> Estimate {
        let (value, interval) = match score {
            Score::Accuracy => (self.accuracy, Some(self.accuracy_interval)),
            Score::WeightedF1 => (self.weighted.f1, self.weighted_f1_interval),
            Score::MacroF1 => (self.macro_average.f1, self.macro_f1_interval),
        };
        Estimate { value, interval }
    }

    /// Builds scikit-learn's `classification_report` from the confusion matrix.
    ///
    /// # Errors
    ///
    /// If fields of this struct were changed and are now inconsistent.
    pub fn classification_report(&self) -> Result<ClassificationReport> {
        let matrix = ConfusionMatrix::from_counts(&self.confusion_matrix)?;
        let options = ReportOptions::default().with_target_names(self.label_order.clone());
        ClassificationReport::new(&matrix, &options)
    }

    /// The names of the labels that have no rows.
    pub fn absent_labels(&self) -> Vec<&str> {
        self.names_where(|support| support == 0)
    }

    /// Remarks on missing labels and undefined figures: one sentence each, without a full stop. Empty if there is
    /// nothing to remark.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let absent = self.absent_labels();
        if !absent.is_empty() {
            notes.push(format!(
                "{} of {} labels have no row here ({}); macro F1 counts each as 0",
                absent.len(),
                self.label_order.len(),
                absent.join(", ")
            ));
        }
        if let [only] = self.names_where(|support| support == self.n)[..] {
            notes.push(format!(
                "All rows have the label {only}, so Matthews' correlation, Cohen's kappa, ROC-AUC and average precision \
                 are undefined"
            ));
        } else if !absent.is_empty() {
            notes.push(
                "The macro averages of ROC-AUC and average precision are undefined, because a label without rows has \
                 neither"
                    .to_owned(),
            );
        }
        notes
    }

    fn names_where(&self, holds: impl Fn(u64) -> bool) -> Vec<&str> {
        let supports = self.confusion_matrix.iter().map(|row| row.iter().sum::<u64>());
        let names = self.label_order.iter().zip(supports);
        names
            .filter(|(_, support)| holds(*support))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

fn recall_intervals(matrix: &ConfusionMatrix, confidence: f64) -> Result<Vec<Option<Interval>>> {
    let interval = |class: usize| match matrix.support(class) {
        0 => Ok(None),
        support => wilson_interval(matrix.count(class, class), support, confidence).map(Some),
    };
    (0..matrix.n_classes()).map(interval).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::probabilities::Probabilities;

    fn names(n: usize) -> Vec<String> {
        ["bug", "praise", "absent"][..n]
            .iter()
            .map(|&name| name.to_owned())
            .collect()
    }

    /// A table of two classes from the probability of the first class in each row.
    fn two_classes(first: &[f64]) -> Probabilities {
        let values = first.iter().flat_map(|p| [*p, 1.0 - p]).collect();
        Probabilities::new(values, 2).expect("valid")
    }

    #[test]
    fn figures_by_hand() {
        let names = names(2);
        // Rows of class 0: 0.9, 0.8, 0.4 (wrong); of class 1: 0.3, 0.6 (wrong).
        let probabilities = two_classes(&[0.9, 0.8, 0.4, 0.3, 0.6]);
        let input = EvaluationInput::new(&names, &[0, 0, 0, 1, 1], &probabilities);
        let found = Evaluation::measure(&input).expect("valid");
        assert_eq!((found.n, found.accuracy), (5, 0.6));
        assert_eq!(found.confusion_matrix, [[2, 1], [1, 1]]);
        assert!((found.balanced_accuracy - (2.0 / 3.0 + 0.5) / 2.0).abs() < 1e-15);
        // (2·1 − 1·1) / √(3·3·2·2)
        assert!((found.matthews_corrcoef.expect("two labels") - 1.0 / 6.0).abs() < 1e-15);
        // Observed agreement 0.6, expected (3·3 + 2·2) / 25 = 0.52.
        assert!((found.cohen_kappa.expect("two labels") - 0.08 / 0.48).abs() < 1e-12);
        // Of 6 pairs, only (0.4, 0.6) is in the wrong order.
        assert!((found.roc_auc.macro_average.expect("two labels") - 5.0 / 6.0).abs() < 1e-15);
        // Class 0 by its score: right, right, wrong (0.6), right. Class 1: right (0.7), wrong (0.6), right (0.4).
        let expected = [(1.0 + 1.0 + 0.75) / 3.0, (1.0 + 2.0 / 3.0) / 2.0];
        let mean = (expected[0] + expected[1]) / 2.0;
        assert!((found.average_precision.macro_average.expect("two labels") - mean).abs() < 1e-15);
        // Confidences 0.9, 0.8, 0.6, 0.7 and 0.6; accuracy 0.6.
        assert!((found.calibration.calibration_gap - (3.6 / 5.0 - 0.6)).abs() < 1e-15);
        assert!(found.notes().is_empty());
    }

    #[test]
    fn the_interval_is_not_empty_if_all_rows_are_right_or_all_wrong() {
        let names = names(2);
        let probabilities = two_classes(&[0.9, 0.8, 0.2, 0.1]);
        let measure = |labels: [usize; 4]| {
            Evaluation::measure(&EvaluationInput::new(&names, &labels, &probabilities)).expect("valid")
        };
        let (right, wrong) = (measure([0, 0, 1, 1]), measure([1, 1, 0, 0]));
        for score in [Score::Accuracy, Score::WeightedF1, Score::MacroF1] {
            let expected = wilson_interval(4, 4, 0.95).expect("valid");
            assert_eq!(right.estimate(score).interval, Some(expected), "{score:?}");
            let expected = wilson_interval(0, 4, 0.95).expect("valid");
            assert_eq!(wrong.estimate(score).interval, Some(expected), "{score:?}");
        }
    }

    #[test]
    fn undefined_figures_are_null_and_explained_in_notes() {
        let names = names(3);
        let values = vec![0.8, 0.2, 0.0, 0.3, 0.7, 0.0, 0.6, 0.4, 0.0];
        let probabilities = Probabilities::new(values, 3).expect("valid");
        let measure = |labels: [usize; 3]| {
            let input = EvaluationInput::new(&names, &labels, &probabilities);
            Evaluation::measure(&input).expect("valid")
        };
        let two_of_three = measure([0, 1, 1]);
        let json = serde_json::to_value(&two_of_three).expect("serialisable");
        assert_eq!(json["roc_auc"], json!({ "macro": null, "weighted": 1.0 }));
        assert_eq!(
            json["average_precision"],
            json!({ "macro": null, "weighted": 1.0 })
        );
        assert!(json["cohen_kappa"].is_f64() && json["matthews_corrcoef"].is_f64());
        let notes = two_of_three.notes();
        assert_eq!(notes.len(), 2);
        assert!(
            notes[0].starts_with("1 of 3 labels have no row here (absent)"),
            "{notes:?}"
        );
        assert!(notes[1].starts_with("The macro averages"), "{notes:?}");

        let one_label = measure([1, 1, 1]);
        let json = serde_json::to_value(&one_label).expect("serialisable");
        for name in ["matthews_corrcoef", "cohen_kappa"] {
            assert_eq!(json[name], Value::Null, "{name}");
        }
        for name in ["roc_auc", "average_precision"] {
            assert_eq!(json[name], json!({ "macro": null, "weighted": null }), "{name}");
        }
        assert_eq!(json["balanced_accuracy"], json["accuracy"]);
        assert!(one_label.notes()[1].starts_with("All rows have the label praise"));
    }

    #[test]
    fn bad_input_is_named() {
        let names = names(3);
        let probabilities = two_classes(&[0.9, 0.2]);
        let message =
            |input: &EvaluationInput<'_>| Evaluation::measure(input).expect_err("an error").to_string();
        let input = EvaluationInput::new(&names, &[0, 1], &probabilities);
        assert!(message(&input).starts_with("`target_names` has 3 names, expected 2"));
        let mut input = EvaluationInput::new(&names[..2], &[0, 1], &probabilities);
        input.groups = &[0];
        assert!(message(&input).starts_with("`groups` has 1 rows, expected 2"));
        let input = EvaluationInput::new(&names[..2], &[], &probabilities);
        assert!(Evaluation::measure(&input).is_err());
    }
}
