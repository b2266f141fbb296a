//! The classification report as data.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::options::{ReportLabels, ReportOptions};
use crate::averages::{Average, AverageScores, LabelCounts, average_scores};
use crate::confusion::ConfusionMatrix;
use crate::error::{Error, Result};
use crate::multilabel::MultiLabel;

pub(super) const ACCURACY: &str = "accuracy";
pub(super) const WEIGHTED: &str = "weighted avg";

/// The maximum number of decimals printed. An `f64` never has more, and Rust's formatter accepts at most 65,535.
const MAX_DIGITS: usize = 1_100;

/// One line of a report: a class and its scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportRow {
    /// The class id.
    pub class: usize,
    /// The display name.
    pub name: String,
    /// Precision, 0 to 1.
    pub precision: f64,
    /// Recall, 0 to 1.
    pub recall: f64,
    /// F1, 0 to 1.
    pub f1: f64,
    /// The number of rows of this class.
    pub support: u64,
}

/// Precision, recall, F1 and support for each class, with their averages.
///
/// [`std::fmt::Display`] writes the exact text of `sklearn.metrics.classification_report`, including the
/// final newline; if no row is predicted correctly, supports are printed as `3.0`, as in scikit-learn. The serialised
/// form has `classes` (a list of
/// [`ReportRow`]), `accuracy` or `micro`, `macro`, `weighted`, `samples` for multi-label reports, and
/// `support`; NaN becomes `null` in JSON.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{ClassificationReport, ConfusionMatrix, ReportOptions};
///
/// let matrix = ConfusionMatrix::new(&[0, 1, 2, 2, 2], &[0, 0, 2, 2, 1], 3)?;
/// let names = ["bug", "praise", "question"].map(String::from).to_vec();
/// let options = ReportOptions::default().with_target_names(names);
/// let report = ClassificationReport::new(&matrix, &options)?;
/// assert_eq!(report.to_string(), "              \
/// precision    recall  f1-score   support
///
///          bug       0.50      1.00      0.67         1
///       praise       0.00      0.00      0.00         1
///     question       1.00      0.67      0.80         3
///
///     accuracy                           0.60         5
///    macro avg       0.50      0.56      0.49         5
/// weighted avg       0.70      0.60      0.61         5
/// ");
/// assert_eq!(report.accuracy(), Some(0.6));
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// scikit-learn 1.9.1: `sklearn/metrics/_classification.py`, `classification_report`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassificationReport {
    classes: Vec<ReportRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    micro: Option<AverageScores>,
    #[serde(rename = "macro")]
    macro_average: AverageScores,
    weighted: AverageScores,
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<AverageScores>,
    support: u64,
    #[serde(skip)]
    pub(super) digits: usize,
    #[serde(skip)]
    pub(super) supports_end_in_zero: bool,
}

impl ClassificationReport {
    /// Creates the report of a confusion matrix.
    ///
    /// # Errors
    ///
    /// If `labels` is empty, names a class twice or names a class that does not exist; if there is not one name for
    /// each class; if the matrix has no rows.
    pub fn new(matrix: &ConfusionMatrix, options: &ReportOptions) -> Result<Self> {
        crate::check::not_empty("confusion matrix", usize::from(matrix.n() > 0))?;
        let classes = match &options.labels {
            ReportLabels::All => (0..matrix.n_classes()).collect(),
            ReportLabels::Present => matrix.present_classes(),
            ReportLabels::Only(classes) => classes.clone(),
        };
        let counts = matrix.label_counts_of(&classes)?;
        let shown = |class: &usize| classes.contains(class);
        let micro_is_accuracy = matrix.present_classes().iter().all(shown);
        let mut report = Self::from_counts(&classes, &counts, matrix.n_classes(), options)?;
        report.supports_end_in_zero = matrix.n_correct() == 0;
        let micro = average_scores(&counts, Average::Micro, options.zero_division);
        if micro_is_accuracy {
            report.accuracy = Some(micro.f1);
        } else {
            report.micro = Some(micro);
        }
        Ok(report)
    }

    /// Creates the report of multi-label predictions, with the lines `micro avg` and `samples avg` instead of
    /// accuracy.
    ///
    /// # Errors
    ///
    /// If `labels` is empty, names a label twice or names a label that does not exist; if there is not one name for
    /// each label.
    pub fn from_multilabel(data: &MultiLabel, options: &ReportOptions) -> Result<Self> {
        let classes = match &options.labels {
            ReportLabels::All | ReportLabels::Present => (0..data.n_labels()).collect(),
            ReportLabels::Only(classes) => classes.clone(),
        };
        let shown = data.only(&classes)?;
        let counts = shown.label_counts();
        let mut report = Self::from_counts(&classes, &counts, data.n_labels(), options)?;
        report.micro = Some(average_scores(&counts, Average::Micro, options.zero_division));
        report.samples = Some(shown.samples_average(options.zero_division));
        Ok(report)
    }

    fn from_counts(
        classes: &[usize],
        counts: &[LabelCounts],
        n_classes: usize,
        options: &ReportOptions,
    ) -> Result<Self> {
        let zero_division = options.zero_division;
        let names = names(options.target_names.as_deref(), n_classes)?;
        let row = |(&class, counts): (&usize, &LabelCounts)| {
            let scores = counts.scores(zero_division);
            ReportRow {
                class,
                name: names(class),
                precision: scores.precision,
                recall: scores.recall,
                f1: scores.f1,
                support: scores.support,
            }
        };
        Ok(Self {
            classes: classes.iter().zip(counts).map(row).collect(),
            accuracy: None,
            micro: None,
            macro_average: average_scores(counts, Average::Macro, zero_division),
            weighted: average_scores(counts, Average::Weighted, zero_division),
            samples: None,
            support: counts.iter().map(|class| class.support).sum(),
            digits: options.digits.min(MAX_DIGITS),
            supports_end_in_zero: false,
        })
    }

    /// The classes shown, in order.
    pub fn classes(&self) -> &[ReportRow] {
        &self.classes
    }

    /// The accuracy; `None` for multi-label reports, and if a class that occurs in the rows is not shown.
    pub fn accuracy(&self) -> Option<f64> {
        self.accuracy
    }

    /// The micro average; `None` if it equals the accuracy, which the report shows instead.
    pub fn micro(&self) -> Option<AverageScores> {
        self.micro
    }

    /// The macro average over the classes shown.
    pub fn macro_average(&self) -> AverageScores {
        self.macro_average
    }

    /// The weighted average over the classes shown.
    pub fn weighted(&self) -> AverageScores {
        self.weighted
    }

    /// The average over rows, for multi-label reports only.
    pub fn samples(&self) -> Option<AverageScores> {
        self.samples
    }

    /// The total support of the classes shown.
    pub fn support(&self) -> u64 {
        self.support
    }

    /// The report in the form of scikit-learn's `output_dict=True`: an object whose keys are the display names of
    /// the classes and the names of the averages. F1 has the key `f1-score`, supports are floating-point numbers, and
    /// NaN is `null`.
    ///
    /// If two classes have the same name, or a class has the name of an average, the later entry replaces the earlier
    /// one, as in scikit-learn. To keep both entries, serialise the report itself.
    pub fn to_dict(&self) -> Value {
        let mut dict = Map::new();
        for row in &self.classes {
            let scores = [row.precision, row.recall, row.f1];
            dict.insert(row.name.clone(), dict_entry(scores, row.support));
        }
        for (heading, scores) in self.averages() {
            let scores = [scores.precision, scores.recall, scores.f1];
            let entry = match heading {
                ACCURACY => json!(scores[2]),
                _ => dict_entry(scores, self.support),
            };
            dict.insert(heading.to_owned(), entry);
        }
        Value::Object(dict)
    }

    /// The lines below the classes, in the order in which they are printed.
    pub(super) fn averages(&self) -> Vec<(&'static str, AverageScores)> {
        let accuracy = self.accuracy.map(|accuracy| AverageScores {
            precision: accuracy,
            recall: accuracy,
            f1: accuracy,
        });
        let lines = [
            (ACCURACY, accuracy),
            ("micro avg", self.micro),
            ("macro avg", Some(self.macro_average)),
            (WEIGHTED, Some(self.weighted)),
            ("samples avg", self.samples),
        ];
        let present = lines
            .into_iter()
            .filter_map(|(heading, scores)| Some((heading, scores?)));
        present.collect()
    }
}

fn dict_entry([precision, recall, f1]: [f64; 3], support: u64) -> Value {
    json!({
        "precision": precision,
        "recall": recall,
        "f1-score": f1,
        "support": support as f64,
    })
}

/// Returns a function that gives the display name of a class, or its id if there are no names; an error if the number
/// of names is wrong.
fn names(target_names: Option<&[String]>, n_classes: usize) -> Result<impl Fn(usize) -> String + '_> {
    if let Some(names) = target_names
        && names.len() != n_classes
    {
        return Err(Error::NameCount {
            found: names.len(),
            expected: n_classes,
        });
    }
    let by_id = move |class: usize| target_names.and_then(|names| names.get(class)).cloned();
    Ok(move |class| by_id(class).unwrap_or_else(|| class.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::averages::ZeroDivision;

    fn report(options: &ReportOptions) -> Result<ClassificationReport> {
        let matrix = ConfusionMatrix::new(&[1, 1, 1], &[1, 1, 0], 4).expect("valid");
        ClassificationReport::new(&matrix, options)
    }

    #[test]
    fn present_classes_only_keep_the_accuracy_line() {
        let options = ReportOptions::default().with_labels(ReportLabels::Present);
        let report = report(&options.with_zero_division(ZeroDivision::Nan)).expect("valid");
        let shown: Vec<usize> = report.classes().iter().map(|row| row.class).collect();
        assert_eq!(shown, [0, 1]);
        assert_eq!(report.accuracy(), Some(2.0 / 3.0));
        assert_eq!(report.micro(), None);
        assert!(
            report
                .to_string()
                .contains("           0       0.00       nan      0.00         0\n")
        );
    }

    #[test]
    fn dict_and_data_form() {
        let options = ReportOptions::default()
            .with_labels(ReportLabels::Present)
            .with_target_names(["a", "b", "c", "d"].map(String::from).to_vec())
            .with_zero_division(ZeroDivision::Nan);
        let report = report(&options).expect("valid");
        let dict = report.to_dict();
        assert_eq!(dict["b"]["f1-score"], json!(0.8));
        assert_eq!(dict["b"]["support"], json!(3.0));
        assert_eq!(dict["a"]["recall"], Value::Null);
        assert_eq!(dict["accuracy"], json!(2.0 / 3.0));
        let data = serde_json::to_value(&report).expect("serialisable");
        assert_eq!(data["classes"][1]["name"], json!("b"));
        assert_eq!(data["macro"]["f1"], json!(0.4));
        assert_eq!(data["support"], json!(3));
        assert!(data.get("micro").is_none());
    }

    #[test]
    fn names_must_cover_the_label_set() {
        let error = report(&ReportOptions::default().with_target_names(vec!["a".to_owned()]));
        assert!(matches!(
            error,
            Err(Error::NameCount {
                found: 1,
                expected: 4
            })
        ));
        let error = report(&ReportOptions::default().with_labels(ReportLabels::Only(vec![])));
        assert!(matches!(error, Err(Error::Empty { what: "labels" })));
    }
}
