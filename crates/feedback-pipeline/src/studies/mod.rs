//! Several trainings that answer one question: how good is the recipe on all rows ([`cross_validate`]), how much is luck
//! ([`replicate`]), which arguments are best ([`sweep`]).
//!
//! Each is a folder with a plan, a folder for each training, and a report at the end. What was interrupted is gone on
//! with by the same call: trainings that are done are kept, and a folder that was begun with another plan is refused.
//!
//! ```text
//! runs/folds/
//!     plan.json          what was asked for, with the hash of the data
//!     fold-1/            data, model, run, result.json
//!     fold-2/
//!     probabilities.jsonl
//!     report.json
//! ```

mod folds;
mod mean;
mod parameters;
mod replicas;
mod study;
mod sweep;

pub use folds::{FoldResult, FoldsReport, cross_validate};
pub use mean::Spread;
pub use parameters::{Parameter, Search, SearchMethod};
pub use replicas::{ReplicaResult, ReplicasReport, replicate};
pub use study::{Silent, StudyNotice, Watch};
pub use sweep::{SweepReport, TrialResult, sweep};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{FileEvaluation, TrainSummary};

/// The figures of one training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Epochs done.
    pub epochs: f64,
    /// Why training ended.
    pub stopped_by: String,
    /// Wall time.
    pub seconds: f64,
    /// The metrics of the best model on validation.
    pub validation: BTreeMap<String, f64>,
    /// Its metrics on test, or on the rows of a fold that were held out: `accuracy`, `macro_f1`, `weighted_f1`, `ece` and
    /// `log_loss`.
    pub test: BTreeMap<String, f64>,
}

impl Figures {
    fn of(summary: &TrainSummary) -> Self {
        Self {
            epochs: summary.epochs,
            stopped_by: summary.stopped_by.clone(),
            seconds: summary.seconds,
            validation: summary.validation.clone(),
            test: summary.test.as_ref().map(headline).unwrap_or_default(),
        }
    }
}

/// The figures of an evaluation that are averaged over trainings.
fn headline(evaluation: &FileEvaluation) -> BTreeMap<String, f64> {
    let evaluation = &evaluation.figures;
    let figures = [
        ("accuracy", evaluation.accuracy),
        ("macro_f1", evaluation.macro_average.f1),
        ("weighted_f1", evaluation.weighted.f1),
        ("ece", evaluation.calibration.ece),
        ("log_loss", evaluation.calibration.log_loss),
    ];
    figures.map(|(name, value)| (name.to_owned(), value)).into()
}
