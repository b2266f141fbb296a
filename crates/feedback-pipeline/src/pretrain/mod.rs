//! The recipe behind `pretrain`: unlabelled texts in, a model that knows them better out.

mod checkpoints;
mod distillation;
mod masked_lm;
mod options;
mod progress;
mod recipe;
#[cfg(test)]
mod tests;
mod texts;

pub use distillation::DistillationTarget;
pub use masked_lm::MaskedLmScope;
pub use options::{PretrainObjective, PretrainOptions};
pub use progress::{PretrainNotice, PretrainSummary};
pub use recipe::pretrain;
pub use texts::UnlabelledTexts;
