//! The rows to look at first: wrong, and sure of it.

use serde::Serialize;

use super::ReportInput;
use crate::display_text::shorten;

/// The most errors that a report shows.
pub const MAX_ERRORS: usize = 25;
/// The most characters of a text that a report shows.
const MAX_CHARACTERS: usize = 600;

/// A row that was predicted wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstError {
    /// Its line in the file, where that is known.
    pub line: Option<u64>,
    /// Its text, cut where it is long.
    pub text: String,
    /// The label it has.
    pub label: String,
    /// The label it was given.
    pub predicted_label: String,
    /// How sure of that the model was, 0 to 1.
    pub confidence: f64,
    /// The probability of the label it has.
    pub label_probability: f64,
}

/// The wrong predictions of highest confidence; of equal ones the first rows.
pub(super) fn worst_errors(input: &ReportInput<'_>, predictions: &[usize]) -> Vec<WorstError> {
    let confidences = input.probabilities.confidences();
    let mut wrong: Vec<usize> = (0..predictions.len())
        .filter(|&row| predictions[row] != input.labels[row])
        .collect();
    wrong.sort_by(|&a, &b| confidences[b].total_cmp(&confidences[a])); // stable
    wrong.truncate(MAX_ERRORS);
    let error = |row: usize| WorstError {
        line: input.lines.get(row).copied(),
        text: input
            .texts
            .get(row)
            .map(|text| shorten(text, MAX_CHARACTERS))
            .unwrap_or_default(),
        label: input.names[input.labels[row]].clone(),
        predicted_label: input.names[predictions[row]].clone(),
        confidence: confidences[row],
        label_probability: input
            .probabilities
            .rows()
            .nth(row)
            .map_or(0.0, |row_| row_[input.labels[row]]),
    };
    wrong.into_iter().map(error).collect()
}
