//! Compares the new model with the serving model on the test rows.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use feedback_bert::DeviceChoice;
use feedback_bert::folder::trained_on;
use feedback_corrections::SameRows;
use feedback_dataset::Dataset;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_inference::Classifier;

use crate::data::{Examples, read_labelled};
use crate::error::Result;
use crate::evaluate::{FileEvaluation, Scored, evaluate, examples_for, leakage, score};

/// Returns the metrics of the serving model on a file, and both models on the rows whose labels both have and that none was trained on. The metrics are `None` if the
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
    let known = Seen::new(&[new, serving]);
    let unseen = known.unseen(&examples.fingerprints());
    let keep = |right: Vec<bool>| {
        right
            .into_iter()
            .zip(&unseen)
            .filter(|(_, unseen)| **unseen)
            .map(|(right, _)| right)
    };
    let of_new: Vec<bool> = keep(right(&examples, &scored)).collect();
    let of_serving: Vec<bool> = keep(of_serving).collect();
    let seen = (unseen.len() - of_new.len()) as u64;
    let same_rows = SameRows::new(&of_new, &of_serving, lacking);
    Ok((figures, same_rows.map(|same| same.without_seen(seen))))
}

/// The texts that models were trained on.
pub struct Seen(HashSet<String>);

impl Seen {
    /// Reads the fingerprints in the folders of the models.
    #[must_use]
    pub fn new(models: &[&Path]) -> Self {
        Self(models.iter().flat_map(|model| trained_on(model)).collect())
    }

    /// Returns for each fingerprint whether none of the models was trained on the text.
    #[must_use]
    pub fn unseen(&self, fingerprints: &[String]) -> Vec<bool> {
        fingerprints.iter().map(|text| !self.0.contains(text)).collect()
    }
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
