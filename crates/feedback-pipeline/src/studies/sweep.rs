//! A search for the arguments that suit the data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_dataset::{OnBadRow, ReadOptions, atomic_write};
use feedback_inference::Classifier;
use feedback_metrics::statistics::{BootstrapOptions, Interval, bootstrap_interval};
use feedback_metrics::{Average, ConfusionMatrix, ZeroDivision};
use feedback_trainer::{StopReason, TrainingArguments};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::mean::Spread;
use super::parameters::with_parameters;
use super::replicas::check_seeds;
use super::study::{Study, read_json, train_in, write_json};
use super::{Search, StudyNotice, Watch};
use crate::card::{Card, CardProgress};
use crate::evaluate::resampling_groups;
use crate::output::check_output;
use crate::train::{check_settings, test_evaluation};
use crate::{
    DataFiles, Error, Evaluation, Examples, PreparedData, Result, TrainNotice, TrainOptions, prepare_data,
    score,
};

/// One combination of arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialResult {
    /// Its number, from 1.
    pub trial: usize,
    /// What was tried.
    pub parameters: Map<String, Value>,
    /// The value of the metric on validation. With one seed its interval is about the rows (bootstrap, where the metric
    /// is `accuracy`, `macro_f1` or `weighted_f1`); with several it is about the seeds.
    pub score: Option<Spread>,
    /// The value of each seed.
    pub by_seed: BTreeMap<u64, f64>,
    /// All metrics on validation, the mean over the seeds.
    pub validation: BTreeMap<String, f64>,
    /// Why there is no value: the loss was not finite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Wall time.
    pub seconds: f64,
}

/// What a sweep found, in the form that `--format json` prints.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct SweepReport {
    /// The folder of the study.
    pub folder: PathBuf,
    /// The metric that trials were compared by, measured on validation.
    pub metric: String,
    /// Whether more of it is better.
    pub greater_is_better: bool,
    /// The trials, the best first; failed ones last.
    pub trials: Vec<TrialResult>,
    /// The model folder of the best one.
    pub model: PathBuf,
    /// Its figures on test, which were looked at for this model alone, after it was chosen.
    pub test: Option<Evaluation>,
}

/// Trains each combination of `search` with each seed, all on the same rows, and writes the best model to
/// `options.output`.
///
/// The best is the one with the best mean of `metric_for_best_model` on validation; among equals the first. The test
/// rows are put away before the first trial, and read once at the end, for the chosen model. Of a trial that is not the
/// best the model is removed once that is certain; its run with arguments and figures stays.
///
/// # Errors
///
/// A parameter that is none, unusable data, a folder that was begun with another plan, what a training gives, or that no
/// trial came to a result. A loss that is not finite fails its trial only.
pub fn sweep(
    options: &TrainOptions,
    search: &Search,
    seeds: &[u64],
    folder: &Path,
    watch: &mut dyn Watch,
) -> Result<SweepReport> {
    check_seeds(seeds)?;
    check_output(&options.output, Some(folder))?;
    let assignments = search.assignments();
    let tried = assignments
        .iter()
        .map(|parameters| {
            let arguments = with_parameters(&options.arguments, parameters)?;
            // Before the first trial, not when its turn comes.
            let trial = TrainOptions {
                arguments,
                ..options.clone()
            };
            check_settings(&trial)?;
            Ok(trial.arguments)
        })
        .collect::<Result<Vec<_>>>()?;
    let plan = json!({
        "study": "sweep",
        "trials": assignments,
        "seeds": seeds,
        "data_sha256": options.data.files.sha256()?,
        "training": options.for_study()?,
    });
    let study = Study::open(folder, &plan)?;
    watch.notice(StudyNotice::Begin {
        folder,
        n: assignments.len() * seeds.len(),
    });
    let data = prepare_data(&options.data, &study.path("data"))?;
    watch.notice(StudyNotice::Train(TrainNotice::Data(&data)));
    let trial_options = without_test(options, &data, &study.path("data"))?;
    let (device, _) = options.device.open()?;
    let mut ranking = Ranking::new(&study, &options.arguments);
    for (index, (parameters, arguments)) in assignments.iter().zip(tried).enumerate() {
        let trial = Trial {
            number: index + 1,
            parameters,
            options: TrainOptions {
                arguments,
                ..trial_options.clone()
            },
            validation: &data.validation,
            device: &device,
        };
        ranking.take(trial.run(&study, seeds, watch)?)?;
    }
    let (trials, best, seed) = ranking.end()?;
    let mut chosen = options.clone();
    chosen.arguments = with_parameters(&options.arguments, &trials[0].parameters)?;
    chosen.arguments.seed = seed;
    let test = publish(&best, &chosen, &data, &device)?;
    let report = SweepReport {
        folder: folder.to_owned(),
        metric: options.arguments.metric_for_best_model.clone(),
        greater_is_better: options.arguments.is_greater_better(),
        trials,
        model: options.output.clone(),
        test,
    };
    write_json(&folder.join("report.json"), &report)?;
    Ok(report)
}

/// Trials train on the prepared rows; the test rows are not among what they are given.
fn without_test(options: &TrainOptions, data: &PreparedData, folder: &Path) -> Result<TrainOptions> {
    let (train, validation) = (
        folder.join("sweep_train.jsonl"),
        folder.join("sweep_validation.jsonl"),
    );
    write_examples(&train, &data.train, data, &options.data.read)?;
    write_examples(&validation, &data.validation, data, &options.data.read)?;
    let mut trial = options.clone();
    trial.data.files = DataFiles::Separate {
        train,
        validation: Some(validation),
        test: None,
    };
    trial.data.labels = Some(data.labels.names().to_vec());
    trial.data.on_bad_row = OnBadRow::Fail;
    let read = &options.data.read;
    trial.data.read = ReadOptions::with_fields(&read.text_field, &read.label_field);
    Ok(trial)
}

fn write_examples(path: &Path, examples: &Examples, data: &PreparedData, read: &ReadOptions) -> Result<()> {
    atomic_write(path, |writer| {
        for (text, &label) in examples.texts.iter().zip(&examples.labels) {
            let label = data.labels.name(label).unwrap_or_default();
            let row = json!({ read.text_field.as_str(): text, read.label_field.as_str(): label });
            writeln!(writer, "{row}")?;
        }
        Ok(())
    })?;
    Ok(())
}

/// What one seed of a trial gave.
#[derive(Serialize, Deserialize)]
struct SeedResult {
    validation: BTreeMap<String, f64>,
    interval: Option<Interval>,
    failed: Option<String>,
    epochs: f64,
    #[serde(default)]
    model_step: usize,
    seconds: f64,
}

impl SeedResult {
    fn failed(reason: String) -> Self {
        Self {
            validation: BTreeMap::new(),
            interval: None,
            failed: Some(reason),
            epochs: 0.0,
            model_step: 0,
            seconds: 0.0,
        }
    }
}

struct Trial<'a> {
    number: usize,
    parameters: &'a Map<String, Value>,
    options: TrainOptions,
    validation: &'a Examples,
    device: &'a Device,
}

impl Trial<'_> {
    fn run(&self, study: &Study, seeds: &[u64], watch: &mut dyn Watch) -> Result<TrialResult> {
        let what = Value::Object(self.parameters.clone()).to_string();
        let mut by_seed = Vec::new();
        for &seed in seeds {
            let name = member_name(self.number, seed);
            by_seed.push((
                seed,
                study.member(&name, &what, watch, |folder, watch| {
                    self.train(seed, folder, watch)
                })?,
            ));
        }
        Ok(self.result(by_seed))
    }

    fn train(&self, seed: u64, folder: &Path, watch: &mut dyn Watch) -> Result<SeedResult> {
        let mut options = self.options.clone();
        options.arguments.seed = seed;
        let metric = options.arguments.metric_for_best_model.clone();
        let summary = match train_in(folder, options, watch) {
            // What it was at its best does not make arguments good with which training runs away.
            Ok(summary) if summary.stopped_by == StopReason::LossNotFinite.as_str() => {
                fs_err::remove_dir_all(&summary.model)?;
                let failed = format!("the loss was not finite after {:.2} epochs", summary.epochs);
                return Ok(SeedResult {
                    epochs: summary.epochs,
                    seconds: summary.seconds,
                    ..SeedResult::failed(failed)
                });
            }
            Ok(summary) => summary,
            Err(Error::Training(error @ feedback_trainer::Error::LossNotFinite { .. })) => {
                let message = error.to_string();
                return Ok(SeedResult::failed(
                    message.lines().next().unwrap_or_default().to_owned(),
                ));
            }
            Err(error) => return Err(error),
        };
        let classifier = Classifier::load(&summary.model, self.device)?;
        let predictions = score(&classifier, self.validation)?.predictions;
        let n_classes = classifier.labels().len();
        Ok(SeedResult {
            interval: interval(&metric, &predictions, self.validation, n_classes)?,
            validation: summary.validation,
            failed: None,
            epochs: summary.epochs,
            model_step: summary.model_step,
            seconds: summary.seconds,
        })
    }

    fn result(&self, by_seed: Vec<(u64, SeedResult)>) -> TrialResult {
        let metric = &self.options.arguments.metric_for_best_model;
        let values: Option<Vec<f64>> = by_seed
            .iter()
            .map(|(_, result)| result.validation.get(metric).copied())
            .collect();
        let score = values.map(|values| match (&values[..], &by_seed[..]) {
            (&[mean], [(_, only)]) => Spread {
                n: 1,
                mean,
                standard_deviation: 0.0,
                interval: only.interval,
            },
            _ => Spread::of(&values),
        });
        let measured: Vec<_> = by_seed.iter().map(|(_, result)| &result.validation).collect();
        TrialResult {
            trial: self.number,
            parameters: self.parameters.clone(),
            score,
            by_seed: by_seed
                .iter()
                .filter_map(|(seed, result)| Some((*seed, *result.validation.get(metric)?)))
                .collect(),
            validation: super::mean::spreads(&measured, Spread::of)
                .into_iter()
                .map(|(name, spread)| (name, spread.mean))
                .collect(),
            failed: by_seed.iter().find_map(|(_, result)| result.failed.clone()),
            seconds: by_seed.iter().map(|(_, result)| result.seconds).sum(),
        }
    }
}

fn member_name(trial: usize, seed: u64) -> String {
    format!("trial-{trial:03}/seed-{seed}")
}

/// The bootstrap interval of a metric on the rows, duplicates drawn together; `None` for a metric that is no function of
/// the confusion matrix, and where all rows are one text.
fn interval(
    metric: &str,
    predictions: &[usize],
    examples: &Examples,
    n_classes: usize,
) -> Result<Option<Interval>> {
    let f1 = |average| move |matrix: &ConfusionMatrix| matrix.average(average, ZeroDivision::Zero).f1;
    let statistic: Box<dyn Fn(&ConfusionMatrix) -> f64> = match metric {
        "accuracy" => Box::new(ConfusionMatrix::accuracy),
        "macro_f1" => Box::new(f1(Average::Macro)),
        "weighted_f1" => Box::new(f1(Average::Weighted)),
        _ => return Ok(None),
    };
    let groups = resampling_groups(examples);
    if groups.iter().all(|group| *group == groups[0]) {
        return Ok(None);
    }
    let options = BootstrapOptions::default();
    let found = bootstrap_interval(
        &groups,
        &examples.labels,
        predictions,
        n_classes,
        statistic,
        options,
    )?;
    Ok(Some(found.interval))
}

/// The trials so far, the best first, and the only models that are kept.
struct Ranking<'a> {
    study: &'a Study,
    greater_is_better: bool,
    trials: Vec<TrialResult>,
}

impl<'a> Ranking<'a> {
    fn new(study: &'a Study, arguments: &TrainingArguments) -> Self {
        Self {
            study,
            greater_is_better: arguments.is_greater_better(),
            trials: Vec::new(),
        }
    }

    fn take(&mut self, trial: TrialResult) -> Result<()> {
        self.trials.push(trial);
        let key = |trial: &TrialResult| {
            let value = trial
                .score
                .map(|score| score.mean)
                .filter(|mean| mean.is_finite());
            value.map_or(
                f64::INFINITY,
                |mean| if self.greater_is_better { -mean } else { mean },
            )
        };
        self.trials
            .sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.trial.cmp(&b.trial)));
        for trial in self.trials.iter().skip(1) {
            for &seed in trial.by_seed.keys() {
                let model = self.model(trial.trial, seed);
                if model.exists() {
                    fs_err::remove_dir_all(model)?;
                }
            }
        }
        Ok(())
    }

    fn model(&self, trial: usize, seed: u64) -> PathBuf {
        self.study.path(&member_name(trial, seed)).join("model")
    }

    /// All trials, and the folder of the best seed of the best one, and that seed.
    fn end(self) -> Result<(Vec<TrialResult>, PathBuf, u64)> {
        let best = self.trials.first().filter(|trial| trial.score.is_some());
        let sign = if self.greater_is_better { -1.0 } else { 1.0 };
        let seed = best.and_then(|trial| {
            let seeds = trial.by_seed.iter();
            seeds
                .min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)))
                .map(|(&seed, _)| (trial.trial, seed))
        });
        let Some((trial, seed)) = seed else {
            return Err(Error::Files {
                reason: "no trial of the sweep came to a result".into(),
                hint: "lower the learning rates".into(),
            });
        };
        let folder = self.study.path(&member_name(trial, seed));
        Ok((self.trials, folder, seed))
    }
}

/// Measures the chosen model on test, and puts it where the caller wants it.
fn publish(
    chosen: &Path,
    options: &TrainOptions,
    data: &PreparedData,
    device: &Device,
) -> Result<Option<Evaluation>> {
    let mut folder = ModelFolder::load(&chosen.join("model"), device)?;
    folder.manifest.data = data.description.clone();
    let test = test_evaluation(&mut folder, options, None, data, device)?;
    let state: Value = read_json(&chosen.join("run").join("trainer_state.json"))?;
    let result: SeedResult = read_json(&chosen.join("result.json"))?;
    let card = Card {
        options,
        data,
        manifest: &folder.manifest,
        progress: CardProgress {
            global_step: state["global_step"].as_u64().unwrap_or(0) as usize,
            epoch: result.epochs,
            model_step: result.model_step,
        },
        validation: &result.validation,
        test: test.as_ref(),
        corrections: None,
    };
    let card = card.text();
    folder.save_with_card(&options.output, &card)?;
    Ok(test)
}
