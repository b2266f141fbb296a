//! Ranks the trials of a sweep.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::plan::Study;
use crate::trial::{TrialResult, member_name};

/// All trials of a sweep and the best model.
pub(crate) struct Best {
    /// The trials, the best first; failed trials are last.
    pub(crate) trials: Vec<TrialResult>,
    /// The folder of the best seed of the best trial.
    pub(crate) folder: PathBuf,
    /// The best seed of the best trial.
    pub(crate) seed: u64,
}

/// The trials so far, the best first. Only the models of the best trial stay on disk.
pub(crate) struct Ranking<'a> {
    study: &'a Study,
    greater_is_better: bool,
    trials: Vec<TrialResult>,
}

impl<'a> Ranking<'a> {
    pub(crate) fn new(study: &'a Study, greater_is_better: bool) -> Self {
        Self {
            study,
            greater_is_better,
            trials: Vec::new(),
        }
    }

    /// Adds a trial to the ranking, and removes the models of all trials except the best one.
    pub(crate) fn add(&mut self, trial: TrialResult) -> Result<()> {
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

    /// Returns all trials and the best model, or an error if no trial has a score.
    pub(crate) fn finish(self) -> Result<Best> {
        let best = self.trials.first().filter(|trial| trial.score.is_some());
        let sign = if self.greater_is_better { -1.0 } else { 1.0 };
        let seed = best.and_then(|trial| {
            let seeds = trial.by_seed.iter();
            seeds
                .min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)))
                .map(|(&seed, _)| (trial.trial, seed))
        });
        let (trial, seed) = seed.ok_or(Error::NoScore)?;
        Ok(Best {
            folder: self.study.path(&member_name(trial, seed)),
            trials: self.trials,
            seed,
        })
    }
}
