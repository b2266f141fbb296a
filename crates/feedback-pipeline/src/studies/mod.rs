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

mod figures;
mod folds;
mod parameters;
mod plan;
mod ranking;
mod replicas;
mod sweep;
mod trial;
mod watch;

pub use feedback_metrics::statistics::Spread;
pub use figures::Figures;
pub use folds::{FoldResult, FoldsReport, cross_validate};
pub use parameters::{Parameter, Search, SearchMethod};
pub use replicas::{ReplicaResult, ReplicasReport, replicate};
pub use sweep::{SweepReport, sweep};
pub use trial::TrialResult;
pub use watch::{Silent, StudyNotice, Watch};
