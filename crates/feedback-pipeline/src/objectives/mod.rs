//! Training objectives: text classification.

mod classification;
mod imbalance;
mod nan_guard;
#[cfg(test)]
mod tests_learning;
#[cfg(test)]
mod tests_windows;

pub use classification::{ClassificationEvaluator, ClassificationObjective, EncodedExamples, LabelledBatch};
pub use imbalance::{ClassWeights, ImbalanceOptions, LossKind, Sampler};
pub use nan_guard::NanGuardOptions;

pub(crate) use classification::{METRICS, logits, metrics};
