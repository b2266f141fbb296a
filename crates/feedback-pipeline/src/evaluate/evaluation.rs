//! The recipe behind `evaluate`: the metrics of a model on labelled rows, and how many of these rows the model saw in
//! training.

use std::collections::HashSet;
use std::path::Path;

use feedback_bert::folder::{BASE_FINGERPRINTS, FeedbackManifest};
use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_inference::{Classifier, UnreadTexts};
use feedback_metrics::evaluation::{Evaluation, EvaluationInput};
use feedback_metrics::{Logits, Probabilities};
use serde::{Deserialize, Serialize};

use super::answers::QuestionFigures;
use crate::data::{Examples, fingerprint_hex};
use crate::error::{Error, Result};

/// A model's metrics on one file, and how many of the file's rows the model saw in training. Serialised as the JSON output
/// of `evaluate`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileEvaluation {
    /// The metrics.
    #[serde(flatten)]
    pub figures: Evaluation,
    /// How many rows of the file the model saw in training.
    pub leakage: Leakage,
    /// How well the model answers further questions; see [`evaluate_answers`](super::evaluate_answers).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<QuestionFigures>,
}

/// How many rows of a file also occur in a model's training and validation data. Texts are compared after normalising.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leakage {
    /// False if the model folder has no fingerprints. The counts are then 0 and mean nothing.
    pub known: bool,
    /// Number of rows that occur in the training data.
    pub in_train: usize,
    /// Number of rows that occur in the validation data.
    pub in_validation: usize,
}

/// Predictions for one file.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Probabilities by row and class id.
    pub probabilities: Probabilities,
    /// The most likely class of each row.
    pub predictions: Vec<usize>,
    /// What of the texts the model cannot read.
    pub unread: UnreadTexts,
}

impl Scored {
    /// Predicts the most likely class of each row.
    pub fn new(probabilities: Probabilities) -> Self {
        Self {
            predictions: probabilities.predictions(),
            probabilities,
            unread: UnreadTexts::default(),
        }
    }
}

/// Predicts every row with a classifier.
///
/// # Errors
///
/// The device fails, or the model has no labels.
pub fn score(classifier: &Classifier, examples: &Examples) -> Result<Scored> {
    let (logits, unread) = classifier.logits_and_unread(&examples.texts)?;
    let logits = Logits::from_f32(&logits, classifier.labels().len())?;
    Ok(Scored {
        unread,
        ..Scored::new(logits.softmax(classifier.manifest().temperature)?)
    })
}

/// Computes the metrics of predictions, given the true labels in `examples`.
///
/// # Errors
///
/// [`crate::Error::Metrics`] if there are no rows.
pub fn evaluate(
    scored: &Scored,
    examples: &Examples,
    labels: &[String],
    temperature: f64,
    leakage: Leakage,
) -> Result<FileEvaluation> {
    let groups = resampling_groups(examples);
    let mut input = EvaluationInput::new(labels, &examples.labels, &scored.probabilities);
    input.groups = &groups;
    input.temperature = temperature;
    Ok(FileEvaluation {
        figures: Evaluation::measure(&input)?,
        leakage,
        answers: Vec::new(),
    })
}

/// Returns the duplicate group of each row, so that resampling draws equal texts together.
#[must_use]
pub fn resampling_groups(examples: &Examples) -> Vec<usize> {
    duplicate_groups(examples.texts(), DuplicateKind::Normalised)
}

/// Counts the texts that occur in a model's training and validation data, by the fingerprints in its folder.
pub fn leakage(classifier: &Classifier, examples: &Examples) -> Leakage {
    leakage_of(classifier.manifest(), &examples.texts)
}

/// Like [`leakage`], for the manifest of a model of any kind.
pub fn leakage_of(manifest: &FeedbackManifest, texts: &[String]) -> Leakage {
    let fingerprints = &manifest.fingerprints;
    let set = |name: &str| -> HashSet<&str> {
        fingerprints
            .get(name)
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    };
    let (mut train, validation) = (set("train"), set("validation"));
    train.extend(set(BASE_FINGERPRINTS)); // the base model has learnt them
    let hashes: Vec<String> = texts.iter().map(|text| fingerprint_hex(text)).collect();
    let count = |seen: &HashSet<&str>| hashes.iter().filter(|hash| seen.contains(hash.as_str())).count();
    Leakage {
        known: !fingerprints.is_empty(),
        in_train: count(&train),
        in_validation: count(&validation),
    }
}

/// Converts a labelled file to examples with the class ids of a model, whose texts are cleaned as the model needs them.
///
/// # Errors
///
/// [`Error::LabelUnknownToModel`] with the line of the first label that the model does not have, or an error about a row
/// without a label.
pub fn examples_for(
    classifier: &Classifier,
    model: &Path,
    dataset: &feedback_dataset::Dataset,
) -> Result<Examples> {
    let labels = feedback_dataset::LabelSet::new(classifier.labels().to_vec())?;
    let unknown = dataset.rows.iter().find_map(|row| {
        let label = row.record.label()?;
        labels.id(label).is_none().then(|| (row.line, label.to_owned()))
    });
    match unknown {
        Some((line, label)) => Err(Error::LabelUnknownToModel {
            data: dataset.path.clone(),
            line,
            label,
            model: model.to_owned(),
            known: classifier.labels().to_vec(),
        }),
        None => {
            let mut examples = Examples::new(dataset, &labels)?;
            classifier.cleaning().clean_all(&mut examples.texts);
            Ok(examples)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leakage_is_counted_with_the_metrics() {
        let examples = Examples {
            path: std::path::PathBuf::new(),
            texts: ["crash", "freeze", "thanks", "thanks!"]
                .map(String::from)
                .to_vec(),
            labels: vec![0, 0, 1, 1],
            lines: vec![1, 2, 3, 4],
        };
        let labels = ["bug", "praise"].map(String::from);
        let values = vec![0.9, 0.1, 0.8, 0.2, 0.2, 0.8, 0.2, 0.8];
        let scored = Scored::new(Probabilities::new(values, 2).unwrap());
        let leakage = Leakage {
            known: true,
            in_train: 1,
            in_validation: 0,
        };
        let found = evaluate(&scored, &examples, &labels, 1.5, leakage).unwrap();
        // All predictions are correct, but the last two texts are equal: expect Wilson's interval for 3 of 3 texts.
        let interval = found.figures.weighted_f1_interval.unwrap();
        assert!((interval.low - 0.4385).abs() < 1e-4, "{interval:?}");
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!(json["leakage"]["in_train"], 1);
        assert_eq!(
            (&json["n"], &json["calibration"]["temperature"]),
            (&4.into(), &1.5.into())
        );
        assert_eq!(json["roc_auc"]["macro"], 1.0);
    }
}
