//! The classification report, in scikit-learn's text and as data.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::averages::{Average, AverageScores, LabelCounts, ZeroDivision, average_scores};
use crate::confusion::ConfusionMatrix;
use crate::error::{Error, Result};
use crate::multilabel::MultiLabel;

/// Which classes a report shows and averages over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportLabels {
    /// Every class of the label set, absent ones included: `labels=range(n_classes)`. The averages
    /// are then those of [`ConfusionMatrix::average`].
    #[default]
    All,
    /// The classes that occur as a label or as a prediction, which is what scikit-learn does where
    /// no `labels` are given. For a multi-label report it is the same as `All`.
    Present,
    /// These classes in this order. Where a class that occurs is missing here, the accuracy line
    /// becomes a `micro avg` line, since micro-averaged precision and recall differ then.
    Only(Vec<usize>),
}

/// How a report is made; the defaults are scikit-learn's, but for [`ReportLabels::All`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportOptions {
    /// The classes shown.
    pub labels: ReportLabels,
    /// The display name of every class of the label set, in label order, also where only some are
    /// shown. Without names a class is shown as its id.
    pub target_names: Option<Vec<String>>,
    /// Digits after the point in the text, 2 by default.
    pub digits: usize,
    /// The value of undefined scores, 0 by default. NaN is printed as `nan`.
    pub zero_division: ZeroDivision,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            labels: ReportLabels::All,
            target_names: None,
            digits: 2,
            zero_division: ZeroDivision::Zero,
        }
    }
}

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
    /// Rows of this class.
    pub support: u64,
}

/// Precision, recall, F1 and support for each class, with their averages.
///
/// [`fmt::Display`] writes the very text of `sklearn.metrics.classification_report`, final newline
/// included, down to its habit of writing supports as `3.0` where not one row is right. Serialising gives `classes` (a list of [`ReportRow`]), `accuracy` or `micro`, `macro`,
/// `weighted`, for multi-label `samples`, and `support`; a NaN becomes `null` in JSON.
///
/// # Examples
///
/// ```
/// use feedback_metrics::{ClassificationReport, ConfusionMatrix, ReportOptions};
///
/// let matrix = ConfusionMatrix::new(&[0, 1, 2, 2, 2], &[0, 0, 2, 2, 1], 3)?;
/// let names = ["bug", "praise", "question"].map(String::from).to_vec();
/// let options = ReportOptions { target_names: Some(names), ..ReportOptions::default() };
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
    digits: usize,
    #[serde(skip)]
    supports_end_in_zero: bool,
}

impl ClassificationReport {
    /// The report of a confusion matrix.
    ///
    /// # Errors
    ///
    /// Where `labels` names no class, one twice, or one that does not exist; where there is not one
    /// name for each class; where the matrix has no row.
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
        let mut report = Self::of_counts(&classes, &counts, matrix.n_classes(), options)?;
        report.supports_end_in_zero = matrix.n_correct() == 0;
        let micro = average_scores(&counts, Average::Micro, options.zero_division);
        if micro_is_accuracy {
            report.accuracy = Some(micro.f1);
        } else {
            report.micro = Some(micro);
        }
        Ok(report)
    }

    /// The report of multi-label predictions; it has the lines `micro avg` and `samples avg`, and no
    /// accuracy.
    ///
    /// # Errors
    ///
    /// Where `labels` names no label, one twice, or one that does not exist, and where there is not
    /// one name for each label.
    pub fn of_multilabel(data: &MultiLabel, options: &ReportOptions) -> Result<Self> {
        let classes = match &options.labels {
            ReportLabels::All | ReportLabels::Present => (0..data.n_labels()).collect(),
            ReportLabels::Only(classes) => classes.clone(),
        };
        let shown = data.only(&classes)?;
        let counts = shown.label_counts();
        let mut report = Self::of_counts(&classes, &counts, data.n_labels(), options)?;
        report.micro = Some(average_scores(&counts, Average::Micro, options.zero_division));
        report.samples = Some(shown.samples_average(options.zero_division));
        Ok(report)
    }

    fn of_counts(
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

    /// The accuracy, where every class that occurs is shown; not for multi-label.
    pub fn accuracy(&self) -> Option<f64> {
        self.accuracy
    }

    /// The micro average, where it is not the accuracy.
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

    /// The average over rows; for multi-label only.
    pub fn samples(&self) -> Option<AverageScores> {
        self.samples
    }

    /// The support of the classes shown, added up.
    pub fn support(&self) -> u64 {
        self.support
    }

    /// The report as scikit-learn's `output_dict=True` has it: an object by display name, with
    /// `f1-score` as key and the supports as fractions; NaN is `null`.
    ///
    /// Where two classes share a name, or one is called like an average, the later entry wins, as it
    /// does there. Serialise the report itself to keep both.
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

    /// The lines below the classes, in their order.
    fn averages(&self) -> Vec<(&'static str, AverageScores)> {
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

const ACCURACY: &str = "accuracy";
const WEIGHTED: &str = "weighted avg";

/// The most digits that are printed; an `f64` has none left after these, and Rust's formatter takes
/// no more than 65,535.
const MAX_DIGITS: usize = 1_100;

impl fmt::Display for ClassificationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.classes.iter().map(|row| row.name.chars().count()).max();
        let width = widest.unwrap_or(0).max(WEIGHTED.len()).max(self.digits);
        let number = |value: f64| number(value, self.digits);
        let line = |f: &mut fmt::Formatter<'_>, name: &str, cells: [String; 3], support: u64| {
            let [precision, recall, f1] = cells;
            let decimals = if self.supports_end_in_zero { ".0" } else { "" };
            let support = format!("{support}{decimals}");
            writeln!(
                f,
                "{name:>width$}  {precision:>9} {recall:>9} {f1:>9} {support:>9}"
            )
        };

        writeln!(
            f,
            "{:>width$}  {:>9} {:>9} {:>9} {:>9}\n",
            "", "precision", "recall", "f1-score", "support"
        )?;
        for row in &self.classes {
            let cells = [row.precision, row.recall, row.f1].map(number);
            line(f, &row.name, cells, row.support)?;
        }
        writeln!(f)?;
        for (heading, scores) in self.averages() {
            let cells = match heading {
                ACCURACY => [String::new(), String::new(), number(scores.f1)],
                _ => [scores.precision, scores.recall, scores.f1].map(number),
            };
            line(f, heading, cells, self.support)?;
        }
        Ok(())
    }
}

/// A number as Python prints it: `nan` in small letters.
fn number(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    format!("{value:.digits$}")
}

fn dict_entry([precision, recall, f1]: [f64; 3], support: u64) -> Value {
    json!({
        "precision": precision,
        "recall": recall,
        "f1-score": f1,
        "support": support as f64,
    })
}

/// The name of a class: its display name, or its id where there are no names.
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

    fn report(options: ReportOptions) -> Result<ClassificationReport> {
        let matrix = ConfusionMatrix::new(&[1, 1, 1], &[1, 1, 0], 4).expect("valid");
        ClassificationReport::new(&matrix, &options)
    }

    /// The second example of scikit-learn's own page of `classification_report`.
    #[test]
    fn a_subset_has_a_micro_line() {
        let labels = ReportLabels::Only(vec![1, 2, 3]);
        let report = report(ReportOptions {
            labels,
            ..ReportOptions::default()
        });
        assert_eq!(
            report.expect("valid").to_string(),
            "              precision    recall  f1-score   support\n\
             \n\
             \x20          1       1.00      0.67      0.80         3\n\
             \x20          2       0.00      0.00      0.00         0\n\
             \x20          3       0.00      0.00      0.00         0\n\
             \n\
             \x20  micro avg       1.00      0.67      0.80         3\n\
             \x20  macro avg       0.33      0.22      0.27         3\n\
             weighted avg       1.00      0.67      0.80         3\n"
        );
    }

    #[test]
    fn present_classes_only_keep_the_accuracy_line() {
        let report = report(ReportOptions {
            labels: ReportLabels::Present,
            zero_division: ZeroDivision::Nan,
            ..ReportOptions::default()
        })
        .expect("valid");
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
    fn digits_widen_the_name_column_as_they_do_in_scikit_learn() {
        let report = report(ReportOptions {
            digits: 15,
            ..ReportOptions::default()
        });
        let text = report.expect("valid").to_string();
        assert!(
            text.contains(
                "              1  1.000000000000000 0.666666666666667 0.800000000000000         3\n"
            )
        );
    }

    /// scikit-learn counts in floats there: `classification_report([0, 0, 1], [1, 1, 0])`.
    #[test]
    fn supports_end_in_zero_where_no_row_is_right() {
        let matrix = ConfusionMatrix::new(&[0, 0, 1], &[1, 1, 0], 2).expect("valid");
        let report = ClassificationReport::new(&matrix, &ReportOptions::default());
        let text = report.expect("valid").to_string();
        assert!(
            text.contains("           0       0.00      0.00      0.00       2.0\n"),
            "{text}"
        );
        assert!(
            text.ends_with("weighted avg       0.00      0.00      0.00       3.0\n"),
            "{text}"
        );
    }

    #[test]
    fn dict_and_data_form() {
        let report = report(ReportOptions {
            labels: ReportLabels::Present,
            target_names: Some(["a", "b", "c", "d"].map(String::from).to_vec()),
            zero_division: ZeroDivision::Nan,
            ..ReportOptions::default()
        })
        .expect("valid");
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
        let error = report(ReportOptions {
            target_names: Some(vec!["a".to_owned()]),
            ..ReportOptions::default()
        });
        assert!(matches!(
            error,
            Err(Error::NameCount {
                found: 1,
                expected: 4
            })
        ));
        let error = report(ReportOptions {
            labels: ReportLabels::Only(vec![]),
            ..ReportOptions::default()
        });
        assert!(matches!(error, Err(Error::Empty { what: "labels" })));
    }
}
