//! The comparison, step by step.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use feedback_dataset::error::LabelError;
use feedback_dataset::leaks::leaks;
use feedback_dataset::{Dataset, LabelSet};
use feedback_inference::Classifier;

use crate::contenders::{Answers, frozen_entry, majority_entry, tfidf_entry, untrained, with_answers};
use crate::gate::GateResult;
use crate::options::CompareOptions;
use crate::report::{ComparisonReport, Contender};
use crate::verdicts::verdicts;
use feedback_pipeline::data::{
    Examples, LeakPolicy, clean_texts, leak_error, read_labelled, require_two_labels,
};
use feedback_pipeline::evaluate::{Scored, examples_for};
use feedback_pipeline::{DataError, Error, Result};

/// Compares models and baselines on the same rows.
///
/// The baselines are the majority class, TF-IDF with logistic regression, a frozen encoder with logistic regression, and
/// the first model's encoder with a head that was never trained.
///
/// # Errors
///
/// A file or model cannot be used, a model does not know a label of the test file, or there are leaks and the policy neither
/// allows nor drops them.
pub fn compare(options: &CompareOptions, device: &Device) -> Result<ComparisonReport> {
    let mut train_set = read_labelled(&options.train, &options.read, options.on_bad_row)?;
    let mut test_set = read_labelled(&options.test, &options.read, options.on_bad_row)?;
    let cleaned =
        clean_texts(&mut train_set, options.cleaning) + clean_texts(&mut test_set, options.cleaning);
    let known = LabelSet::from_dataset(&train_set)?;
    require_two_labels(&known, &options.train)?;
    let mut train = Examples::new(&train_set, &known)?;
    let test = Examples::new(&test_set, &known).map_err(|error| name_training_file(error, &options.train))?;
    let (leaked, dropped) = apply_leak_policy(&mut train, &test, &known, options.leak_policy)?;

    let models = score_models(&options.models, &test_set, &test, device)?;
    let labels = with_answers(&known, &models)?;
    let mut entries = models
        .into_iter()
        .map(|model| model.entry(&test, &labels))
        .collect::<Result<Vec<_>>>()?;
    let labels = [&known, &labels];
    let frozen = frozen_encoder(options);
    if let Some((folder, name)) = frozen {
        entries.push(frozen_entry(name, folder, &train, &test, labels, device)?);
    }
    entries.push(majority_entry(&train, &test, labels)?);
    entries.push(tfidf_entry(&train, &test, labels)?);
    let gates = gate_results(&entries, options);
    let weighted_f1 = |entry: &(Contender, Scored)| entry.0.evaluation.figures.weighted.f1;
    entries.sort_by(|a, b| weighted_f1(b).total_cmp(&weighted_f1(a)));
    Ok(ComparisonReport {
        n: test.len(),
        leaked,
        dropped,
        cleaned,
        set_aside: train_set.set_aside.len() + test_set.set_aside.len(),
        verdicts: verdicts(&entries, &test, labels[1].len())?,
        encoder: frozen.map(|(folder, _)| folder.clone()),
        gates,
        contenders: entries.into_iter().map(|(contender, _)| contender).collect(),
    })
}

/// Returns the predictions of each model, and the predictions of the first model's encoder with an untrained head.
fn score_models(
    folders: &[PathBuf],
    test_set: &Dataset,
    test: &Examples,
    device: &Device,
) -> Result<Vec<Answers>> {
    let mut models = Vec::new();
    for path in folders {
        let classifier = Classifier::load(path, device)?;
        examples_for(&classifier, path, test_set)?; // fails if the model does not know a label of the file
        models.push(Answers::new(
            path.display().to_string(),
            "model",
            &classifier,
            test,
        )?);
        if models.len() == 1 {
            models.push(untrained(path, test, device)?);
        }
    }
    Ok(models)
}

/// Returns the folder of the frozen encoder and the name of its baseline, if there is one. The name shows whether the encoder is
/// from the first model, because such an encoder was already trained on the labels.
fn frozen_encoder(options: &CompareOptions) -> Option<(&PathBuf, &'static str)> {
    match (&options.encoder, options.models.first()) {
        (Some(folder), _) => Some((folder, "frozen encoder + logistic regression")),
        (None, Some(folder)) => Some((folder, "first model's encoder + logistic regression")),
        (None, None) => None,
    }
}

/// Checks the gates on the first model only.
fn gate_results(entries: &[(Contender, Scored)], options: &CompareOptions) -> Vec<GateResult> {
    let first = entries
        .iter()
        .map(|(contender, _)| contender)
        .find(|contender| contender.kind == "model");
    let check = |model: &Contender| -> Vec<GateResult> {
        let gates = options.gates.iter();
        gates
            .map(|gate| gate.check(&model.name, &model.evaluation))
            .collect()
    };
    first.map(check).unwrap_or_default()
}

/// Replaces the error about an unknown label. The hint of the original error suggests a setting that `compare` does not
/// have.
fn name_training_file(error: Error, train: &Path) -> Error {
    match error {
        Error::Data(feedback_dataset::Error::Label(LabelError::Unknown {
            path, line, label, ..
        })) => DataError::LabelNotInTraining {
            test: path,
            line,
            label,
            train: train.to_owned(),
        }
        .into(),
        other => other,
    }
}

/// Returns the number of leaked test rows that stay, and the number of training rows that were dropped.
fn apply_leak_policy(
    train: &mut Examples,
    test: &Examples,
    labels: &LabelSet,
    policy: LeakPolicy,
) -> Result<(usize, usize)> {
    let report = leaks(&train.texts(), &test.texts());
    if report.is_empty() {
        return Ok((0, 0));
    }
    match policy {
        LeakPolicy::Refuse => Err(leak_error(train, test, &report)),
        LeakPolicy::Allow => Ok((report.len(), 0)),
        LeakPolicy::Drop => {
            *train = train.drop_leaked(&report.train_rows, labels)?;
            Ok((0, report.train_rows.len()))
        }
    }
}
