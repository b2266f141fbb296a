//! Finds likely label errors by confident learning.

use feedback_dataset::{Dataset, LabelSet};

use crate::confident_learning::{LabelScore, label_issues};
use crate::error::{Error, Result};
use crate::findings::{LabelErrorFinding, LabelErrorRow};
use crate::labels::Labelled;
use crate::options::{InspectOptions, LabelErrors};
use crate::out_of_fold::{OutOfFold, out_of_fold_probabilities};
use crate::probabilities;

/// Finds likely wrong labels. Returns the findings and the indices of their rows; `None` and no rows if the options skip this
/// search.
///
/// `groups` are the groups of equal texts, which stay together in folds.
pub(crate) fn label_errors(
    dataset: &Dataset,
    labelled: &Labelled,
    groups: &[usize],
    options: &InspectOptions,
) -> Result<(Option<LabelErrorFinding>, Vec<usize>)> {
    if options.label_errors == LabelErrors::Skip {
        return Ok((None, Vec::new()));
    }
    let labels = require_two_labels(labelled, dataset)?;
    let classes = labelled.classes(dataset, labels);
    let (probabilities, source) = match &options.label_errors {
        LabelErrors::Skip => return Ok((None, Vec::new())),
        LabelErrors::Probabilities(path) => {
            let found = probabilities::read(path, dataset, &labelled.rows, labels)?;
            (found, format!("probabilities in `{}`", path.display()))
        }
        &LabelErrors::Baseline { folds, seed } => {
            let rows = labelled.rows.iter();
            let texts: Vec<&str> = rows.map(|&row| dataset.rows[row].record.text()).collect();
            let groups: Vec<usize> = labelled.rows.iter().map(|&row| groups[row]).collect();
            let found = out_of_fold_probabilities(&texts, &classes, &groups, labels.len(), folds, seed)?;
            (found, format!("TF-IDF + logistic regression, {folds} folds"))
        }
    };
    if let Some(path) = &options.write_probabilities {
        probabilities::write(path, dataset, &labelled.rows, labels, &probabilities)?;
    }
    let scored = Scored::new(&probabilities, &classes);
    let (finding, rows) = scored.find(dataset, &labelled.rows, labels, source)?;
    Ok((Some(finding), rows))
}

fn require_two_labels<'a>(labelled: &'a Labelled, dataset: &Dataset) -> Result<&'a LabelSet> {
    match &labelled.labels {
        Some(labels) if labels.len() > 1 => Ok(labels),
        found => Err(Error::TooFewLabels {
            path: dataset.path.clone(),
            labels: found.as_ref().map_or(0, LabelSet::len),
        }),
    }
}

/// The labelled rows that have probabilities.
struct Scored<'a> {
    /// Positions among the labelled rows.
    places: Vec<usize>,
    probabilities: Vec<&'a Vec<f64>>,
    /// Class ids of the labels in the file.
    given: Vec<usize>,
    not_scored: usize,
}

impl<'a> Scored<'a> {
    fn new(probabilities: &'a OutOfFold, classes: &[usize]) -> Self {
        let rows = probabilities.iter().enumerate();
        let scored = rows.filter_map(|(place, row)| row.as_ref().map(|row| (place, row)));
        let (places, scored): (Vec<usize>, Vec<&Vec<f64>>) = scored.unzip();
        Self {
            given: places.iter().map(|&place| classes[place]).collect(),
            not_scored: probabilities.len() - places.len(),
            places,
            probabilities: scored,
        }
    }

    /// Finds likely wrong labels by confident learning. `rows` are the indices of the labelled rows.
    fn find(
        &self,
        dataset: &Dataset,
        rows: &[usize],
        labels: &LabelSet,
        source: String,
    ) -> Result<(LabelErrorFinding, Vec<usize>)> {
        let found = label_issues(&self.given, &self.probabilities, LabelScore::SelfConfidence)?;
        let name = |class: usize| labels.name(class).unwrap_or_default().to_owned();
        let row_of = |issue: usize| rows[self.places[issue]];
        let issues = found.issues.iter().map(|issue| {
            let row = &dataset.rows[row_of(issue.row)];
            LabelErrorRow {
                line: row.line,
                given: name(issue.given),
                suggested: name(issue.suggested),
                score: issue.score,
                text: row.record.text().to_owned(),
            }
        });
        let finding = LabelErrorFinding {
            source,
            scored: self.places.len(),
            not_scored: self.not_scored,
            issues: issues.collect(),
        };
        let rows = found.issues.iter().map(|issue| row_of(issue.row)).collect();
        Ok((finding, rows))
    }
}
