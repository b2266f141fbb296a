//! The same training with several seeds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::mean::{Spread, spreads};
use super::study::{Study, train_in, write_json};
use super::{Figures, StudyNotice, Watch};
use crate::{Error, Result, TrainOptions};

/// One seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplicaResult {
    /// The seed of training.
    pub seed: u64,
    /// The model folder.
    pub model: PathBuf,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What several seeds gave, in the form that `--format json` prints.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ReplicasReport {
    /// The folder of the study.
    pub folder: PathBuf,
    /// The seeds.
    pub replicas: Vec<ReplicaResult>,
    /// Mean and standard deviation of each metric on validation.
    pub validation: BTreeMap<String, Spread>,
    /// The same on test, where there is a test set.
    pub test: BTreeMap<String, Spread>,
}

/// Trains once with each seed, on the same rows: the data are split with `options.data.seed` each time, and the seeds
/// decide about the new weights, the order of the rows and dropout. So the spread is that of training alone.
///
/// # Errors
///
/// No seed, or one twice; a folder that was begun with another plan; or what a training gives.
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
    let mut replicas = Vec::new();
    for &seed in seeds {
        let name = format!("seed-{seed}");
        replicas.push(study.member(&name, "", watch, |folder, watch| {
            let mut options = options.clone();
            options.arguments.seed = seed;
            let summary = train_in(folder, options, watch)?;
            Ok(ReplicaResult {
                seed,
                model: summary.model.clone(),
                figures: Figures::of(&summary),
            })
        })?);
    }
    let of = |metrics: fn(&Figures) -> &BTreeMap<String, f64>| {
        let measured: Vec<_> = replicas.iter().map(|replica| metrics(&replica.figures)).collect();
        spreads(&measured, Spread::of)
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

pub(super) fn check_seeds(seeds: &[u64]) -> Result<()> {
    let twice = seeds
        .iter()
        .enumerate()
        .find(|(index, seed)| seeds[..*index].contains(seed));
    let reason = match twice {
        Some((_, seed)) => format!("the seed {seed} stands twice"),
        None if seeds.is_empty() => "there is no seed".into(),
        None => return Ok(()),
    };
    Err(Error::Files {
        reason,
        hint: "give each seed once, as in --seeds 1,2,3".into(),
    })
}
