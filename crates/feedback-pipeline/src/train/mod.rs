//! The recipe behind `train`: data in, a model folder and a run folder out.
//!
//! ```text
//! settings ─ check ─ prepare ─ fit ─ calibrate ─ publish
//!                    │ data, model   │ temperature │ model folder, card, report
//! ```

mod calibrate;
mod card;
pub(crate) mod check;
mod differences;
mod fit;
mod inputs;
mod learning_rate;
mod notice;
pub(crate) mod output;
mod prepare;
pub(crate) mod publish;
pub(crate) mod recipe;
pub(crate) mod reproduce;
pub mod settings;
mod start_model;
mod summary;
mod top_losses;
mod tuning;

pub use calibrate::MAX_RISK;
pub use learning_rate::find_learning_rate;
pub use notice::TrainNotice;
pub use recipe::{recipe_of_run, resume, train};
pub use reproduce::{Reproduction, reproduce};
pub use summary::TrainSummary;
pub use tuning::Tuning;
