//! Training objectives: text classification.

mod classification;
mod imbalance;
mod nan_guard;
#[cfg(test)]
mod tests_learning;

pub use classification::{ClassificationEvaluator, ClassificationObjective, EncodedExamples};
pub use imbalance::{ClassWeights, ImbalanceOptions, LossKind, Sampler};
pub use nan_guard::NanGuardOptions;

pub(crate) use classification::{METRICS, logits, metrics};
