//! Trains a model that gives each text any number of labels: from data to a model folder and a run folder.
//!
//! ```text
//! settings ─ check ─ prepare ─── fit ─── decide ───────── publish
//!                    data,       best    temperatures,    model folder,
//!                    model       model   thresholds       card, report
//! ```

mod card;
mod check;
mod head;
mod notice;
mod publish;
mod recipe;
mod summary;

pub use notice::MultiLabelNotice;
pub use recipe::{resume, train};
pub use summary::MultiLabelSummary;
