//! Evaluates the serving model on the test rows of the new model.

use std::path::Path;

use feedback_bert::DeviceChoice;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_inference::Classifier;

use crate::data::read_labelled;
use crate::error::{Error, Result};
use crate::evaluate::{FileEvaluation, evaluate, examples_for, leakage, score};

/// Returns the metrics of a model on a file, or `None` if the file has a label that the model does not have.
pub(super) fn evaluate_serving(
    model: &Path,
    test: &Path,
    device: DeviceChoice,
) -> Result<Option<FileEvaluation>> {
    let (device, _) = device.open()?;
    let classifier = Classifier::load(model, &device)?;
    let dataset = read_labelled(test, &ReadOptions::default(), OnBadRow::Fail)?;
    let examples = match examples_for(&classifier, model, &dataset) {
        Ok(examples) => examples,
        Err(Error::LabelUnknownToModel { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let scored = score(&classifier, &examples)?;
    let temperature = classifier.manifest().temperature;
    let seen = leakage(&classifier, &examples);
    let figures = evaluate(&scored, &examples, classifier.labels(), temperature, seen)?;
    Ok(Some(figures))
}
