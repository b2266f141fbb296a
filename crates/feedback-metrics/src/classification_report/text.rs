//! The classification report as text, as scikit-learn prints it.

use std::fmt;

use super::report::{ACCURACY, ClassificationReport, WEIGHTED};

impl fmt::Display for ClassificationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.classes().iter().map(|row| row.name.chars().count()).max();
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
        for row in self.classes() {
            let cells = [row.precision, row.recall, row.f1].map(number);
            line(f, &row.name, cells, row.support)?;
        }
        writeln!(f)?;
        for (heading, scores) in self.averages() {
            let cells = match heading {
                ACCURACY => [String::new(), String::new(), number(scores.f1)],
                _ => [scores.precision, scores.recall, scores.f1].map(number),
            };
            line(f, heading, cells, self.support())?;
        }
        Ok(())
    }
}

/// A number as Python prints it: `nan` in lower case.
fn number(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classification_report::options::{ReportLabels, ReportOptions};
    use crate::confusion::ConfusionMatrix;
    use crate::error::Result;

    fn report(options: &ReportOptions) -> Result<ClassificationReport> {
        let matrix = ConfusionMatrix::new(&[1, 1, 1], &[1, 1, 0], 4).expect("valid");
        ClassificationReport::new(&matrix, options)
    }

    /// The second example in scikit-learn's documentation of `classification_report`.
    #[test]
    fn a_subset_has_a_micro_line() {
        let labels = ReportLabels::Only(vec![1, 2, 3]);
        let report = report(&ReportOptions::default().with_labels(labels));
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
    fn digits_widen_the_name_column_as_they_do_in_scikit_learn() {
        let report = report(&ReportOptions::default().with_digits(15));
        let text = report.expect("valid").to_string();
        assert!(
            text.contains(
                "              1  1.000000000000000 0.666666666666667 0.800000000000000         3\n"
            )
        );
    }

    /// scikit-learn prints supports as floats in this case: `classification_report([0, 0, 1], [1, 1, 0])`.
    #[test]
    fn supports_end_in_zero_if_no_row_is_right() {
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
}
