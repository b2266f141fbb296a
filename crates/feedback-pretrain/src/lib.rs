#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`pretrain`] trains a model according to [`PretrainOptions`]. The [`PretrainObjective`] is to predict masked words, or to
//! agree with a larger model (distillation). The folder that it writes is a base model of [`feedback_pipeline::train`].

mod checkpoints;
mod distillation;
pub mod encoder;
mod error;
mod masked_lm;
mod options;
mod progress;
mod recipe;
mod tasks;
#[cfg(test)]
mod tests;
mod texts;

pub use distillation::DistillationTarget;
pub use error::{Error, Result};
pub use masked_lm::MaskedLmScope;
pub use options::{PretrainObjective, PretrainOptions, WITHOUT_EFFECT};
pub use progress::{PretrainNotice, PretrainSummary};
pub use recipe::pretrain;
pub use texts::UnlabelledTexts;
