//! Training objectives: text classification and multi-label classification.

mod classification;
mod imbalance;
mod multi_label;
mod nan_guard;
#[cfg(test)]
mod tests_learning;

pub use classification::{ClassificationEvaluator, ClassificationObjective, EncodedExamples};
pub use imbalance::{ClassWeights, ImbalanceOptions, LossKind, Sampler};
pub use multi_label::{
    EncodedMultiLabel, MultiLabelEvaluator, MultiLabelExamples, MultiLabelObjective, read_multi_label,
};
pub use nan_guard::NanGuardOptions;

pub(crate) use classification::{METRICS, logits, metrics};
