//! Training objectives: text classification, token classification.

mod classification;
mod imbalance;
mod nan_guard;
#[cfg(test)]
mod tests_learning;
mod token;

pub use classification::{ClassificationEvaluator, ClassificationObjective, EncodedExamples};
pub use imbalance::{ClassWeights, ImbalanceOptions, LossKind, Sampler};
pub use nan_guard::NanGuardOptions;
pub use token::{EncodedSpans, TokenBatch, TokenClassificationObjective};

pub(crate) use classification::{METRICS, logits, metrics};
