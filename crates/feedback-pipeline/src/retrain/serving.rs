//! Compares the new model with the serving model on the test rows.

use std::collections::BTreeSet;
use std::path::Path;

use feedback_bert::DeviceChoice;
use feedback_corrections::SameRows;
use feedback_dataset::Dataset;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_inference::Classifier;

use crate::data::{Examples, read_labelled};
use crate::error::Result;
use crate::evaluate::{FileEvaluation, Scored, evaluate, examples_for, leakage, score};

/// Returns the metrics of the serving model on a file, and both models on the rows whose labels both have. The metrics are `None` if the
/// file has a label that the serving model does not have.
pub(super) fn compare(
    new: &Path,
    serving: &Path,
    test: &Path,
    device: DeviceChoice,
) -> Result<(Option<FileEvaluation>, Option<SameRows>)> {
    let (device, _) = device.open()?;
    let classifier = Classifier::load(serving, &device)?;
    let mut dataset = read_labelled(test, &ReadOptions::default(), OnBadRow::Fail)?;
    let lacking = take_unknown(&mut dataset, classifier.labels());
    if dataset.rows.is_empty() {
        return Ok((None, None));
    }
    let (examples, scored) = scored(&classifier, serving, &dataset)?;
    let figures = match lacking.is_empty() {
        true => Some(evaluate(
            &scored,
            &examples,
            classifier.labels(),
            classifier.manifest().temperature,
            leakage(&classifier, &examples),
        )?),
        false => None,
    };
    let of_serving = right(&examples, &scored);
    let classifier = Classifier::load(new, &device)?;
    let (examples, scored) = self::scored(&classifier, new, &dataset)?;
    let same_rows = SameRows::new(&right(&examples, &scored), &of_serving, lacking);
    Ok((figures, same_rows))
}

/// Removes the rows with labels that are not in `known`, and returns these labels.
fn take_unknown(dataset: &mut Dataset, known: &[String]) -> Vec<String> {
    let mut unknown = BTreeSet::new();
    dataset.rows.retain(|row| match row.record.label() {
        Some(label) if !known.iter().any(|one| one == label) => {
            unknown.insert(label.to_owned());
            false
        }
        _ => true,
    });
    unknown.into_iter().collect()
}

fn scored(classifier: &Classifier, model: &Path, dataset: &Dataset) -> Result<(Examples, Scored)> {
    let examples = examples_for(classifier, model, dataset)?;
    let scored = score(classifier, &examples)?;
    Ok((examples, scored))
}

/// For which rows a model is right.
fn right(examples: &Examples, scored: &Scored) -> Vec<bool> {
    let rows = examples.labels.iter().zip(&scored.predictions);
    rows.map(|(label, predicted)| label == predicted).collect()
}
