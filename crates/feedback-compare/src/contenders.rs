//! Models and baselines with their predictions for the test rows.

use std::path::Path;
use std::time::Instant;

use burn::tensor::Device;
use feedback_baselines::{MajorityClass, TfidfLogisticRegression};
use feedback_bert::ModelFolder;
use feedback_bert::model::ParameterInit;
use feedback_dataset::LabelSet;
use feedback_inference::{Classifier, UnreadTexts};
use feedback_metrics::Probabilities;

use crate::frozen_encoder::FrozenEncoder;
use crate::report::Contender;
use feedback_pipeline::Result;
use feedback_pipeline::data::Examples;
use feedback_pipeline::evaluate::{Leakage, Scored, evaluate, leakage, score};

/// Seed of the head that is never trained.
///
/// It must differ from 42, the default training seed. During training, the encoder adapts to its head, and the head hardly
/// changes. The initial head with seed 42 would therefore score as well as the trained head.
const UNTRAINED_SEED: u64 = 1_000_003;

/// The predictions of a model for the test rows, with the class ids of the model.
pub(crate) struct Answers {
    name: String,
    kind: &'static str,
    labels: Vec<String>,
    scored: Scored,
    temperature: f64,
    leakage: Leakage,
    seconds: f64,
}

impl Answers {
    pub(crate) fn new(
        name: String,
        kind: &'static str,
        classifier: &Classifier,
        test: &Examples,
    ) -> Result<Self> {
        let start = Instant::now();
        let scored = score(classifier, test)?;
        Ok(Self {
            name,
            kind,
            labels: classifier.labels().to_vec(),
            scored,
            temperature: classifier.manifest().temperature,
            leakage: leakage(classifier, test),
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    pub(crate) fn entry(self, test: &Examples, labels: &LabelSet) -> Result<(Contender, Scored)> {
        let scored = reorder(&self.scored, &self.labels, labels)?;
        let evaluation = evaluate(&scored, test, labels.names(), self.temperature, self.leakage)?;
        let contender = Contender {
            name: self.name,
            kind: self.kind,
            evaluation,
            fit_seconds: 0.0,
            predict_seconds: self.seconds,
            unread: self.scored.unread,
        };
        Ok((contender, scored))
    }
}

/// Returns the labels of the training file, followed by other labels that a model predicts for a test row. Such a prediction
/// is wrong, and must not be replaced by the most likely label of the training file, which may be correct.
pub(crate) fn with_answers(known: &LabelSet, models: &[Answers]) -> Result<LabelSet> {
    let mut names = known.names().to_vec();
    for model in models {
        for &class in &model.scored.predictions {
            let label = &model.labels[class];
            if !names.contains(label) {
                names.push(label.clone());
            }
        }
    }
    Ok(LabelSet::new(names)?)
}

/// Converts probabilities to the class ids of the label set `to`. Labels that are not in `to` are left out, and the other
/// probabilities are scaled to a sum of 1. `to` must contain all predicted labels.
fn reorder(scored: &Scored, from: &[String], to: &LabelSet) -> Result<Scored> {
    if from == to.names() {
        return Ok(scored.clone());
    }
    let columns: Vec<Option<usize>> = to
        .names()
        .iter()
        .map(|name| from.iter().position(|label| label == name))
        .collect();
    let mut values = Vec::with_capacity(scored.predictions.len() * to.len());
    for row in scored.probabilities.rows() {
        let kept: Vec<f64> = columns
            .iter()
            .map(|column| column.map_or(0.0, |column| row[column]))
            .collect();
        let sum: f64 = kept.iter().sum();
        let uniform = 1.0 / to.len() as f64; // the model gives probability 0 to all labels in `to`
        values.extend(
            kept.iter()
                .map(|value| if sum > 0.0 { value / sum } else { uniform }),
        );
    }
    Ok(Scored::new(Probabilities::new(values, to.len())?))
}

pub(crate) fn untrained(path: &Path, test: &Examples, device: &Device) -> Result<Answers> {
    let mut folder = ModelFolder::load(path, device)?;
    let mut init = ParameterInit::normal(UNTRAINED_SEED, folder.config.initializer_range, device)?;
    folder.model = folder.model.with_new_head(&folder.config, &mut init);
    // The weights of token n-grams were trained, too.
    folder.ngrams = None;
    folder.manifest.temperature = 1.0;
    let classifier = Classifier::new(folder, device)?;
    Answers::new("untrained head".into(), "baseline", &classifier, test)
}

pub(crate) fn frozen_entry(
    name: &str,
    folder: &Path,
    train: &Examples,
    test: &Examples,
    labels: [&LabelSet; 2],
    device: &Device,
) -> Result<(Contender, Scored)> {
    let start = Instant::now();
    let encoder = FrozenEncoder::load(folder, device)?;
    let model = encoder.fit(&train.texts, &train.labels, labels[0].len())?;
    let fit_seconds = start.elapsed().as_secs_f64();
    baseline_entry(name, fit_seconds, test, labels, || {
        model.predict_probabilities(&test.texts)
    })
}

pub(crate) fn majority_entry(
    train: &Examples,
    test: &Examples,
    labels: [&LabelSet; 2],
) -> Result<(Contender, Scored)> {
    let start = Instant::now();
    let majority = MajorityClass::fit(&train.labels, labels[0].len())?;
    let fit_seconds = start.elapsed().as_secs_f64();
    baseline_entry("majority class", fit_seconds, test, labels, || {
        Ok(majority.predict_probabilities(test.len()))
    })
}

pub(crate) fn tfidf_entry(
    train: &Examples,
    test: &Examples,
    labels: [&LabelSet; 2],
) -> Result<(Contender, Scored)> {
    let start = Instant::now();
    let model = TfidfLogisticRegression::fit(&train.texts, &train.labels, labels[0].len())?;
    let fit_seconds = start.elapsed().as_secs_f64();
    let name = "TF-IDF + logistic regression";
    baseline_entry(name, fit_seconds, test, labels, || {
        Ok(model.predict_probabilities(&test.texts))
    })
}

/// Evaluates a baseline on the test rows. The baseline was fitted with the labels `known`; the evaluation uses the class ids of
/// `labels`.
fn baseline_entry(
    name: &str,
    fit_seconds: f64,
    test: &Examples,
    [known, labels]: [&LabelSet; 2],
    predict: impl FnOnce() -> Result<Vec<f64>>,
) -> Result<(Contender, Scored)> {
    let start = Instant::now();
    let scored = Scored::new(Probabilities::new(predict()?, known.len())?);
    let scored = reorder(&scored, known.names(), labels)?;
    let predict_seconds = start.elapsed().as_secs_f64();
    let unknown = Leakage {
        known: false,
        in_train: 0,
        in_validation: 0,
    };
    let evaluation = evaluate(&scored, test, labels.names(), 1.0, unknown)?;
    let contender = Contender {
        name: name.to_owned(),
        kind: "baseline",
        evaluation,
        fit_seconds,
        predict_seconds,
        unread: UnreadTexts::default(),
    };
    Ok((contender, scored))
}

#[cfg(test)]
mod tests {
    use feedback_metrics::Logits;

    use super::*;

    #[test]
    fn probabilities_follow_the_label_order_of_the_data() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let logits = Logits::new(vec![0.0, 1.0, 3.0], 3).unwrap();
        let scored = Scored::new(logits.softmax(1.0).unwrap());
        let to = LabelSet::new(names(&["c", "a"])).unwrap();
        let reordered = reorder(&scored, &names(&["a", "b", "c"]), &to).unwrap();
        let row: Vec<f64> = reordered.probabilities.rows().next().unwrap().to_vec();
        assert!((row[0] / row[1] - 3f64.exp()).abs() < 1e-9);
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(reordered.predictions, [0]);
    }

    /// A prediction of a label that the file does not have is wrong; it is not replaced by the most likely label of the file.
    #[test]
    fn predictions_of_labels_outside_the_file_are_kept() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let logits = Logits::new(vec![2.0, 3.0, 0.0, 0.0, 1.0, 0.0], 3).unwrap();
        let model = Answers {
            name: "model".into(),
            kind: "model",
            labels: names(&["a", "b", "c"]),
            scored: Scored::new(logits.softmax(1.0).unwrap()),
            temperature: 1.0,
            leakage: Leakage {
                known: false,
                in_train: 0,
                in_validation: 0,
            },
            seconds: 0.0,
        };
        let known = LabelSet::new(names(&["c", "a"])).unwrap();
        let labels = with_answers(&known, std::slice::from_ref(&model)).unwrap();
        assert_eq!(labels.names(), ["c", "a", "b"]);
        let scored = reorder(&model.scored, &model.labels, &labels).unwrap();
        assert_eq!(scored.predictions, [2, 2]);
    }
}
