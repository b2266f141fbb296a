//! The recipe behind `compare`: models and baselines on the same rows, with paired statistics.

use std::path::PathBuf;
use std::time::Instant;

use burn::tensor::Device;
use feedback_bert::{ModelFolder, ParameterInit};
use feedback_dataset::error::LabelError;
use feedback_dataset::{LabelSet, OnBadRow, ReadOptions, leaks};
use feedback_inference::Classifier;
use feedback_metrics::Probabilities;
use feedback_metrics::statistics::{
    BootstrapOptions, Comparison, Interval, Outcome, PairedStatistic, holm, mcnemar_exact, paired_bootstrap,
    verdict,
};
use serde::Serialize;

use crate::baselines::{MajorityClass, TfidfLogisticRegression};
use crate::data::require_two_labels;
use crate::evaluate::resampling_groups;
use crate::{
    Error, Evaluation, Examples, FrozenEncoder, Gate, GateResult, LeakPolicy, Leakage, Result, Scored,
    evaluate, examples_for, leakage, read_labelled, score,
};

/// Seed of the head that is never trained.
///
/// Not 42, the default seed of training: an encoder adapts to the head it is trained with so well, and a head moves so
/// little, that the head as it was *before* training does as well as after it.
pub const UNTRAINED_SEED: u64 = 1_000_003;

/// What to compare on what.
#[derive(Debug, Clone)]
pub struct CompareOptions {
    /// Baselines learn from this file.
    pub train: PathBuf,
    /// Everything is scored on this file.
    pub test: PathBuf,
    /// The models; the first also lends its encoder to the untrained head, and gates are about it.
    pub models: Vec<PathBuf>,
    /// The folder of the frozen encoder; the first model's own where absent, which knows the labels already.
    pub encoder: Option<PathBuf>,
    /// What the first model must reach.
    pub gates: Vec<Gate>,
    /// How files are read.
    pub read: ReadOptions,
    /// What to do about rows that cannot be used.
    pub on_bad_row: OnBadRow,
    /// What to do about training texts that stand in the test file.
    pub leak_policy: LeakPolicy,
}

/// One model or baseline on the test rows.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Contender {
    /// The model folder, or the baseline's name.
    pub name: String,
    /// `model` or `baseline`.
    pub kind: &'static str,
    /// Its figures.
    pub evaluation: Evaluation,
    /// Seconds to fit it, for baselines that learn.
    pub fit_seconds: f64,
    /// Seconds to predict the test rows.
    pub predict_seconds: f64,
}

/// One pair in numbers and words.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// The first, which is the best model by weighted F1.
    pub a: String,
    /// The second.
    pub b: String,
    /// Weighted F1 of the first minus that of the second.
    pub difference: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// Corrected for the number of pairs (Holm 1979).
    pub p_value: f64,
    /// Exact McNemar test of accuracy, not corrected.
    pub mcnemar_p_value: f64,
    /// Which is better.
    pub outcome: Outcome,
    /// One sentence with the numbers in it.
    pub sentence: String,
}

/// The result of `compare`, in the form that `--format json` prints.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ComparisonReport {
    /// Test rows.
    pub n: usize,
    /// Test rows whose text also stands in the training file.
    pub leaked: usize,
    /// Training rows that were dropped because of that.
    pub dropped: usize,
    /// Rows of both files that could not be used.
    pub set_aside: usize,
    /// Best first by weighted F1.
    pub contenders: Vec<Contender>,
    /// The best model against each other contender.
    pub verdicts: Vec<Verdict>,
    /// The folder of the frozen encoder.
    pub encoder: Option<PathBuf>,
    /// What became of the gates, in the order given.
    pub gates: Vec<GateResult>,
}

/// Compares models and baselines on the same rows.
///
/// Baselines: the majority class, TF-IDF with logistic regression, a frozen encoder with logistic regression, and the
/// first model's encoder with a head that was never trained.
///
/// # Errors
///
/// Unusable files or models, leaks unless the policy says otherwise, a label that a model does not know.
pub fn compare(options: &CompareOptions, device: &Device) -> Result<ComparisonReport> {
    let train_set = read_labelled(&options.train, &options.read, options.on_bad_row)?;
    let test_set = read_labelled(&options.test, &options.read, options.on_bad_row)?;
    let labels = LabelSet::from_dataset(&train_set)?;
    require_two_labels(&labels, &options.train)?;
    let mut train = Examples::new(&train_set, &labels)?;
    let test =
        Examples::new(&test_set, &labels).map_err(|error| name_training_file(error, &options.train))?;
    let (leaked, dropped) = apply_leak_policy(&mut train, &test, &labels, options.leak_policy)?;

    let mut models = Vec::new();
    for path in &options.models {
        let classifier = Classifier::load(path, device)?;
        examples_for(&classifier, path, &test_set)?; // every label of the file is known to the model
        models.push(Answers::of(
            path.display().to_string(),
            "model",
            &classifier,
            &test,
        )?);
        if models.len() == 1 {
            models.push(untrained(path, &test, device)?);
        }
    }
    let known = labels; // of the training file
    let labels = with_answers(&known, &models)?;
    let mut entries: Vec<(Contender, Scored)> = Vec::new();
    for model in models {
        entries.push(model.entry(&test, &labels)?);
    }
    // A model's own encoder has learnt the labels already, so it must not pass for one that has not.
    let frozen = match (&options.encoder, options.models.first()) {
        (Some(folder), _) => Some((folder, "frozen encoder + logistic regression")),
        (None, Some(folder)) => Some((folder, "first model's encoder + logistic regression")),
        (None, None) => None,
    };
    if let Some((folder, name)) = frozen {
        entries.push(frozen_entry(
            name,
            folder,
            &train,
            &test,
            [&known, &labels],
            device,
        )?);
    }
    entries.push(majority_entry(&train, &test, [&known, &labels])?);
    entries.push(tfidf_entry(&train, &test, [&known, &labels])?);
    let gates = gate_results(&entries, options);
    entries.sort_by(|a, b| b.0.evaluation.weighted.f1.total_cmp(&a.0.evaluation.weighted.f1));
    Ok(ComparisonReport {
        n: test.len(),
        leaked,
        dropped,
        set_aside: train_set.set_aside.len() + test_set.set_aside.len(),
        verdicts: verdicts(&entries, &test, labels.len())?,
        encoder: frozen.map(|(folder, _)| folder.clone()),
        gates,
        contenders: entries.into_iter().map(|(contender, _)| contender).collect(),
    })
}

/// Gates are about the first model; the others are there to be compared with.
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

/// The reader of data knows `labels` as a remedy, which `compare` does not have.
fn name_training_file(error: Error, train: &std::path::Path) -> Error {
    match error {
        Error::Data(feedback_dataset::Error::Label(LabelError::Unknown {
            path, line, label, ..
        })) => Error::Files {
            reason: format!(
                "`{}`, line {line}: no row of the training file `{}` has the label `{label}`",
                path.display(),
                train.display()
            ),
            hint: "correct the label, leave the row out, or add rows with this label to the training file"
                .into(),
        },
        other => other,
    }
}

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
        LeakPolicy::Refuse => Err(crate::data::leak_error(train, test, &report)),
        LeakPolicy::Allow => Ok((report.len(), 0)),
        LeakPolicy::Drop => {
            *train = train.drop_leaked(&report.train_rows, labels)?;
            Ok((0, report.train_rows.len()))
        }
    }
}

/// What a model says about the test rows, in its own labels.
struct Answers {
    name: String,
    kind: &'static str,
    labels: Vec<String>,
    scored: Scored,
    temperature: f64,
    leakage: Leakage,
    seconds: f64,
}

impl Answers {
    fn of(name: String, kind: &'static str, classifier: &Classifier, test: &Examples) -> Result<Self> {
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

    fn entry(self, test: &Examples, labels: &LabelSet) -> Result<(Contender, Scored)> {
        let scored = reorder(&self.scored, &self.labels, labels)?;
        let evaluation = evaluate(&scored, test, labels.names(), self.temperature, self.leakage)?;
        let contender = Contender {
            name: self.name,
            kind: self.kind,
            evaluation,
            fit_seconds: 0.0,
            predict_seconds: self.seconds,
        };
        Ok((contender, scored))
    }
}

/// The labels of the training file, and after them those that some model gives to a test row: such a row is wrong, and
/// must not pass for what the model would say if it knew fewer labels.
fn with_answers(known: &LabelSet, models: &[Answers]) -> Result<LabelSet> {
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

/// Probabilities in the class ids of another label set. Labels that it does not have are left out and the rest scaled up
/// to 1; the most probable one is never among them.
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
        let uniform = 1.0 / to.len() as f64; // a model that gives these labels nothing at all
        values.extend(
            kept.iter()
                .map(|value| if sum > 0.0 { value / sum } else { uniform }),
        );
    }
    Ok(Scored::new(Probabilities::new(values, to.len())?))
}

fn untrained(path: &std::path::Path, test: &Examples, device: &Device) -> Result<Answers> {
    let mut folder = ModelFolder::load(path, device)?;
    let mut init = ParameterInit::normal(UNTRAINED_SEED, folder.config.initializer_range, device)?;
    folder.model = folder.model.with_new_head(&folder.config, &mut init);
    folder.manifest.temperature = 1.0;
    let classifier = Classifier::new(folder, device)?;
    Answers::of("untrained head".into(), "baseline", &classifier, test)
}

fn frozen_entry(
    name: &str,
    folder: &std::path::Path,
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

fn majority_entry(train: &Examples, test: &Examples, labels: [&LabelSet; 2]) -> Result<(Contender, Scored)> {
    let start = Instant::now();
    let majority = MajorityClass::fit(&train.labels, labels[0].len())?;
    let fit_seconds = start.elapsed().as_secs_f64();
    baseline_entry("majority class", fit_seconds, test, labels, || {
        Ok(majority.predict_probabilities(test.len()))
    })
}

fn tfidf_entry(train: &Examples, test: &Examples, labels: [&LabelSet; 2]) -> Result<(Contender, Scored)> {
    let start = Instant::now();
    let model = TfidfLogisticRegression::fit(&train.texts, &train.labels, labels[0].len())?;
    let fit_seconds = start.elapsed().as_secs_f64();
    let name = "TF-IDF + logistic regression";
    baseline_entry(name, fit_seconds, test, labels, || {
        Ok(model.predict_probabilities(&test.texts))
    })
}

/// A baseline knows the first of the label sets, and is measured with the second.
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
    };
    Ok((contender, scored))
}

/// The best model (or, where no model was given, the best baseline) against everything else.
fn verdicts(entries: &[(Contender, Scored)], test: &Examples, n_classes: usize) -> Result<Vec<Verdict>> {
    let best = entries
        .iter()
        .position(|(contender, _)| contender.kind == "model")
        .unwrap_or(0);
    let groups = resampling_groups(test);
    if groups.iter().all(|group| *group == groups[0]) {
        return Ok(Vec::new()); // one text only: there is nothing to resample
    }
    let (first, first_scored) = &entries[best];
    let mut comparisons = Vec::new();
    for (other, scored) in entries
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != best)
        .map(|(_, entry)| entry)
    {
        let (a, b) = (&first_scored.predictions, &scored.predictions);
        let statistic = PairedStatistic::WeightedF1;
        let options = BootstrapOptions::default();
        comparisons.push(Comparison {
            name_a: first.name.clone(),
            name_b: other.name.clone(),
            n: test.len(),
            statistic,
            bootstrap: paired_bootstrap(&groups, &test.labels, a, b, n_classes, statistic, options)?,
            mcnemar: mcnemar_exact(&test.labels, a, b)?,
            corrected: None,
        });
    }
    let p_values: Vec<f64> = comparisons.iter().map(Comparison::p_value).collect();
    let corrected = holm(&p_values)?;
    let pairs = comparisons.len();
    Ok(comparisons
        .into_iter()
        .zip(corrected)
        .map(|(mut comparison, p_value)| {
            if pairs > 1 {
                comparison.corrected = Some((p_value, pairs));
            }
            Verdict {
                difference: comparison.bootstrap.difference,
                interval: comparison.bootstrap.interval,
                p_value,
                mcnemar_p_value: comparison.mcnemar.p_value,
                outcome: comparison.outcome(),
                sentence: verdict(&comparison),
                a: comparison.name_a,
                b: comparison.name_b,
            }
        })
        .collect())
}

impl Error {
    /// True where the caller asked for something impossible rather than gave unusable data.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Training(
                feedback_trainer::Error::Argument { .. }
                    | feedback_trainer::Error::UnknownPart { .. }
                    | feedback_trainer::Error::AllFrozen { .. }
            ) | Self::Tuning { .. }
                | Self::Labels(_)
                | Self::Model(
                    feedback_bert::Error::Device { .. }
                        | feedback_bert::Error::Config {
                            field: "max_length"
                                | "scratch preset"
                                | "mlm_probability"
                                | "lora_rank"
                                | "lora_alpha"
                                | "lora_targets",
                            ..
                        }
                )
        )
    }
}

#[cfg(test)]
mod tests {
    use feedback_metrics::Logits;

    use super::*;

    #[test]
    fn probabilities_follow_the_order_of_the_data() {
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

    /// What a model says beyond the file's labels is wrong there, and not the next best of them.
    #[test]
    fn an_answer_outside_of_the_file_stays_what_it_is() {
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
