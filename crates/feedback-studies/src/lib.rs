#![doc = include_str!("../README.md")]
//!
//! # The folder of a study
//!
//! Each study ([`cross_validate`], [`replicate`] or [`sweep`](sweep())) is a folder with a plan, a folder for each training, and a report at
//! the end. Finished trainings are kept, and a folder that was started with a different plan is refused.
//!
//! ```text
//! runs/folds/
//!     plan.json          settings, with the hash of the data
//!     fold-1/            data, model, run, result.json
//!     fold-2/
//!     probabilities.jsonl
//!     report.json
//! ```
//!
//! The crate prints nothing: a [`Watch`] receives the progress.

mod error;
mod figures;
mod folds;
mod parameters;
mod plan;
mod ranking;
mod replicas;
mod sweep;
mod trial;
mod watch;

pub use error::{Error, Result};

pub use feedback_metrics::statistics::Spread;
pub use figures::Figures;
pub use folds::{FoldResult, FoldsReport, cross_validate};
pub use parameters::{Parameter, Search, SearchMethod};
pub use replicas::{ReplicaResult, ReplicasReport, replicate};
pub use sweep::{SweepReport, sweep};
pub use trial::TrialResult;
pub use watch::{Silent, StudyNotice, Watch};
