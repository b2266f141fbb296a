//! The input of a report.

use super::curves::LearningCurves;
use super::slice_keys::SliceKeys;
use crate::check;
use crate::document::Fact;
use crate::error::Result;
use crate::evaluation::Evaluation;
use crate::probabilities::Probabilities;

/// The rows of a report and the other information that it shows. [`ReportInput::new`] takes the required values; set
/// the other fields as needed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReportInput<'a> {
    /// The model's name.
    pub model: &'a str,
    /// The true class id of each row.
    pub labels: &'a [usize],
    /// The probabilities of each row, computed with the temperature.
    pub probabilities: &'a Probabilities,
    /// The duplicate group of each row, as in [`crate::evaluation::EvaluationInput::groups`].
    pub groups: &'a [usize],
    /// The text of each row, shown for the worst errors; may be empty.
    pub texts: &'a [String],
    /// The line number of each row in its file; may be empty.
    pub lines: &'a [u64],
    /// The ways to divide the rows into slices, besides by label.
    pub slices: &'a [SliceKeys],
    /// The confidence below which the model abstains; `None` if it never abstains.
    pub abstain_below: Option<f64>,
    /// The learning curves of the training run; may be empty.
    pub learning_curves: LearningCurves,
    /// What is known about leakage between this file and the training data.
    pub leakage: Vec<Fact>,
    /// What is known about the data and the model.
    pub data: Vec<Fact>,
}

impl<'a> ReportInput<'a> {
    /// Creates an input with only labels and probabilities.
    pub fn new(model: &'a str, labels: &'a [usize], probabilities: &'a Probabilities) -> Self {
        Self {
            model,
            labels,
            probabilities,
            groups: &[],
            texts: &[],
            lines: &[],
            slices: &[],
            abstain_below: None,
            learning_curves: LearningCurves::default(),
            leakage: Vec::new(),
            data: Vec::new(),
        }
    }

    /// Checks that all lists have as many entries as the evaluation has rows and classes.
    pub(super) fn check(&self, evaluation: &Evaluation) -> Result<()> {
        let n = evaluation.n as usize;
        check::same_length("labels", self.labels.len(), "evaluation", n)?;
        check::labels_of_table(self.labels, self.probabilities.n(), evaluation.label_order.len())?;
        check::same_length(
            "probabilities of a row",
            self.probabilities.n_classes(),
            "label names",
            evaluation.label_order.len(),
        )?;
        let optional = [
            ("groups", self.groups.len()),
            ("texts", self.texts.len()),
            ("lines", self.lines.len()),
        ];
        for (what, found) in optional.into_iter().filter(|(_, found)| *found > 0) {
            check::same_length(what, found, "labels", n)?;
        }
        for slices in self.slices {
            check::same_length("slices", slices.keys.len(), "labels", n)?;
        }
        Ok(())
    }
}
