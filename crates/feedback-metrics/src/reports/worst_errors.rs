//! The worst errors: the wrong predictions with the highest confidence.

use serde::Serialize;

use super::input::ReportInput;
use crate::display_text::shorten;

/// The maximum number of errors in a report.
pub const MAX_ERRORS: usize = 25;
/// The maximum length of a text in a report, in characters.
const MAX_CHARACTERS: usize = 600;

/// A row that was predicted incorrectly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstError {
    /// The line number of the row in the file, if known.
    pub line: Option<u64>,
    /// The text of the row, shortened if it is long.
    pub text: String,
    /// The true label.
    pub label: String,
    /// The predicted label.
    pub predicted_label: String,
    /// The confidence in the predicted label, 0 to 1.
    pub confidence: f64,
    /// The probability of the true label.
    pub label_probability: f64,
}

/// Returns the wrong predictions with the highest confidence; ties are in row order.
pub(super) fn worst_errors(
    input: &ReportInput<'_>,
    names: &[String],
    predictions: &[usize],
) -> Vec<WorstError> {
    let confidences = input.probabilities.confidences();
    let mut wrong: Vec<usize> = (0..predictions.len())
        .filter(|&row| predictions[row] != input.labels[row])
        .collect();
    wrong.sort_by(|&a, &b| confidences[b].total_cmp(&confidences[a])); // stable
    wrong.truncate(MAX_ERRORS);
    let probabilities: Vec<&[f64]> = input.probabilities.rows().collect();
    let error = |row: usize| WorstError {
        line: input.lines.get(row).copied(),
        text: input
            .texts
            .get(row)
            .map(|text| shorten(text, MAX_CHARACTERS))
            .unwrap_or_default(),
        label: names[input.labels[row]].clone(),
        predicted_label: names[predictions[row]].clone(),
        confidence: confidences[row],
        label_probability: probabilities[row][input.labels[row]],
    };
    wrong.into_iter().map(error).collect()
}
