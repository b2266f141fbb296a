//! Trains the same model with several seeds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use feedback_metrics::statistics::{Spread, spreads};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::{Error, Result};
use crate::figures::Figures;
use crate::plan::{Study, Training, train_in, write_json};
use crate::watch::{StudyNotice, Watch};
use feedback_pipeline::train::TrainOptions;

/// The result of one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplicaResult {
    /// The seed of training.
    pub seed: u64,
    /// The model folder.
    pub model: PathBuf,
    /// The model's metrics.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The results of several seeds, in the form that `--format json` prints.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ReplicasReport {
    /// The folder of the study.
    pub folder: PathBuf,
    /// The result of each seed.
    pub replicas: Vec<ReplicaResult>,
    /// Mean and standard deviation of each metric on validation.
    pub validation: BTreeMap<String, Spread>,
    /// Mean and standard deviation of each metric on test; empty if there is no test set.
    pub test: BTreeMap<String, Spread>,
}

/// Trains once with each seed, always on the same rows: the data are split with `options.data.seed` each time. `seeds`
/// determine the initial weights, the order of the rows and dropout. The spread therefore shows the variation of training
/// alone, not of the split.
///
/// # Errors
///
/// There is no seed or a seed is given twice, the folder was started with a different plan, or a training fails.
pub fn replicate(
    options: &TrainOptions,
    seeds: &[u64],
    folder: &Path,
    watch: &mut dyn Watch,
) -> Result<ReplicasReport> {
    check_seeds(seeds)?;
    let plan = json!({
        "study": "replicas",
        "seeds": seeds,
        "data_sha256": options.data.files.sha256()?,
        "training": options.for_study()?,
    });
    let study = Study::open(folder, &plan)?;
    watch.notice(StudyNotice::Begin {
        folder,
        n: seeds.len(),
    });
    let trainings: Vec<Replica> = seeds.iter().map(|&seed| Replica { seed, options }).collect();
    let replicas = study.run(&trainings, watch)?;
    let of = |metrics: fn(&Figures) -> &BTreeMap<String, f64>| {
        let measured: Vec<_> = replicas.iter().map(|replica| metrics(&replica.figures)).collect();
        spreads(&measured, Spread::new)
    };
    let report = ReplicasReport {
        validation: of(|figures| &figures.validation),
        test: of(|figures| &figures.test),
        folder: folder.to_owned(),
        replicas,
    };
    write_json(&folder.join("report.json"), &report)?;
    Ok(report)
}

/// The training with one seed.
struct Replica<'a> {
    seed: u64,
    options: &'a TrainOptions,
}

impl Training for Replica<'_> {
    type Kept = ReplicaResult;

    fn name(&self) -> String {
        format!("seed-{}", self.seed)
    }

    fn what(&self) -> String {
        String::new()
    }

    fn run(&self, folder: &Path, watch: &mut dyn Watch) -> Result<ReplicaResult> {
        let mut options = self.options.clone();
        options.arguments.seed = self.seed;
        let summary = train_in(folder, options, watch)?;
        Ok(ReplicaResult {
            seed: self.seed,
            figures: Figures::new(&summary),
            model: summary.model,
        })
    }
}

pub(crate) fn check_seeds(seeds: &[u64]) -> Result<()> {
    if seeds.is_empty() {
        return Err(Error::NoSeeds);
    }
    let mut given = seeds.iter().enumerate();
    match given.find(|(index, seed)| seeds[..*index].contains(seed)) {
        Some((_, &seed)) => Err(Error::RepeatedSeed { seed }),
        None => Ok(()),
    }
}
