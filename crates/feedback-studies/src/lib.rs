//! Studies: several trainings that answer one question. How good is the recipe on all rows ([`cross_validate`])? How much
//! do the results vary with the seed ([`replicate`])? Which arguments are best ([`sweep`](sweep()))?
//!
//! Each study is a folder with a plan, a folder for each training, and a report at the end. The same call continues an
//! interrupted study: finished trainings are kept, and a folder that was started with a
//! different plan is refused.
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
//!
//! ```
//! use std::io::Write;
//! use feedback_pipeline::data::{DataFiles, DataOptions};
//! use feedback_pipeline::train::{BaseModel, TrainOptions};
//! use feedback_studies::{Silent, cross_validate};
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("feedback.jsonl");
//! let mut file = std::fs::File::create(&path)?;
//! for page in 0..20 {
//!     writeln!(file, r#"{{"text": "it crashes on page {page}", "label": "bug"}}"#)?;
//!     writeln!(file, r#"{{"text": "i love the look of page {page}", "label": "praise"}}"#)?;
//! }
//!
//! // Each row is predicted once, by a model that was trained on the other fold.
//! let data = DataOptions::new(DataFiles::Single(path));
//! let mut options = TrainOptions::new(data, BaseModel::parse("scratch:tiny")?, folder.path().join("model"));
//! options.arguments.num_train_epochs = 1;
//! options.model.device = feedback_bert::DeviceChoice::Cpu;
//! let report = cross_validate(&options, 2, &folder.path().join("study"), &mut Silent)?;
//! assert_eq!(report.folds.len(), 2);
//! assert_eq!(report.out_of_fold.figures.n, 40);
//! # Ok(())
//! # }
//! ```

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

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
