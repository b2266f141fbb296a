//! One combination of arguments, trained with each seed.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use feedback_inference::Classifier;
use feedback_metrics::statistics::{BootstrapOptions, Interval, Score, Spread, score_interval, spreads};
use feedback_trainer::StopReason;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::plan::{Study, Training, train_in};
use crate::watch::Watch;
use feedback_pipeline::Error as PipelineError;
use feedback_pipeline::data::Examples;
use feedback_pipeline::evaluate::{resampling_groups, score};
use feedback_pipeline::train::TrainOptions;

/// The result of one combination of arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialResult {
    /// The number of the trial, from 1.
    pub trial: usize,
    /// The arguments that the sweep varies, with their values in this trial.
    pub parameters: Map<String, Value>,
    /// The metric on validation. With one seed, the interval shows the uncertainty due to the validation rows. Only `accuracy`,
    /// `macro_f1` and `weighted_f1` have one: a bootstrap interval, or Wilson's if the model gets all rows right or all wrong.
    /// With several seeds, it shows the variation between seeds.
    pub score: Option<Spread>,
    /// The value of the metric for each seed.
    pub by_seed: BTreeMap<u64, f64>,
    /// All metrics on validation, averaged over the seeds.
    pub validation: BTreeMap<String, f64>,
    /// Why the trial failed: the message about the loss that was not finite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Wall time in seconds.
    pub seconds: f64,
}

/// The result of one seed of a trial.
#[derive(Serialize, Deserialize)]
pub(crate) struct SeedResult {
    pub(crate) validation: BTreeMap<String, f64>,
    interval: Option<Interval>,
    failed: Option<String>,
    pub(crate) epochs: f64,
    #[serde(default)]
    pub(crate) model_step: usize,
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

/// A combination of arguments.
pub(crate) struct Trial<'a> {
    pub(crate) number: usize,
    pub(crate) parameters: &'a Map<String, Value>,
    pub(crate) options: TrainOptions,
    pub(crate) validation: &'a Examples,
    pub(crate) device: &'a Device,
}

impl Trial<'_> {
    pub(crate) fn run(&self, study: &Study, seeds: &[u64], watch: &mut dyn Watch) -> Result<TrialResult> {
        let trainings = seeds.iter().map(|&seed| SeedTraining { trial: self, seed });
        let trainings: Vec<SeedTraining> = trainings.collect();
        let results = study.run(&trainings, watch)?;
        Ok(self.result(seeds.iter().copied().zip(results).collect()))
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
            _ => Spread::new(&values),
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
            validation: spreads(&measured, Spread::new)
                .into_iter()
                .map(|(name, spread)| (name, spread.mean))
                .collect(),
            failed: by_seed.iter().find_map(|(_, result)| result.failed.clone()),
            seconds: by_seed.iter().map(|(_, result)| result.seconds).sum(),
        }
    }
}

/// The training of a trial with one seed.
struct SeedTraining<'a> {
    trial: &'a Trial<'a>,
    seed: u64,
}

impl Training for SeedTraining<'_> {
    type Kept = SeedResult;

    fn name(&self) -> String {
        member_name(self.trial.number, self.seed)
    }

    fn what(&self) -> String {
        Value::Object(self.trial.parameters.clone()).to_string()
    }

    fn run(&self, folder: &Path, watch: &mut dyn Watch) -> Result<SeedResult> {
        let trial = self.trial;
        let mut options = trial.options.clone();
        options.arguments.seed = self.seed;
        let metric = options.arguments.metric_for_best_model.clone();
        let summary = match train_in(folder, options, watch) {
            // A trial fails if training diverges, however good the model was before.
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
            Err(Error::Pipeline(PipelineError::Training(
                error @ feedback_trainer::Error::LossNotFinite { .. },
            ))) => {
                return Ok(SeedResult::failed(error.to_string()));
            }
            Err(error) => return Err(error),
        };
        let classifier = Classifier::load(&summary.model, trial.device)?;
        let predictions = score(&classifier, trial.validation)?.predictions;
        let n_classes = classifier.labels().len();
        Ok(SeedResult {
            interval: interval(&metric, &predictions, trial.validation, n_classes)?,
            validation: summary.validation,
            failed: None,
            epochs: summary.epochs,
            model_step: summary.model_step,
            seconds: summary.seconds,
        })
    }
}

pub(crate) fn member_name(trial: usize, seed: u64) -> String {
    format!("trial-{trial:03}/seed-{seed}")
}

/// Returns the interval of a metric over the rows, computed like the F1 intervals of an evaluation. `None` if the metric is
/// not computed from the confusion matrix, or if all rows have the same text.
fn interval(
    metric: &str,
    predictions: &[usize],
    examples: &Examples,
    n_classes: usize,
) -> Result<Option<Interval>> {
    let score = match metric {
        "accuracy" => Score::Accuracy,
        "macro_f1" => Score::MacroF1,
        "weighted_f1" => Score::WeightedF1,
        _ => return Ok(None),
    };
    Ok(score_interval(
        &resampling_groups(examples),
        &examples.labels,
        predictions,
        n_classes,
        score,
        BootstrapOptions::default(),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_trial_has_an_interval_below_1() {
        let examples = Examples {
            path: Path::new("test.csv").to_owned(),
            texts: ["crash", "freeze", "thanks", "lovely"].map(String::from).to_vec(),
            labels: vec![0, 0, 1, 1],
            lines: vec![1, 2, 3, 4],
        };
        for metric in ["accuracy", "macro_f1", "weighted_f1"] {
            let found = interval(metric, &examples.labels, &examples, 2).unwrap().unwrap();
            assert!((found.low - 0.5101).abs() < 1e-4, "{metric}: {found:?}"); // Wilson's interval for 4 of 4
            assert_eq!(found.high, 1.0, "{metric}");
        }
        assert_eq!(interval("loss", &examples.labels, &examples, 2).unwrap(), None);
    }
}
