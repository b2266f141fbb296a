//! Classification of tokens: labelled spans within a text.

mod classifier;
mod model;
mod spans;

pub use classifier::TokenClassifier;
pub use model::BertForTokenClassification;
pub use spans::{LabelledSpan, token_labels};
