//! Masked language modelling: predicting masked tokens.

mod batch;
mod masking;
mod model;

pub use batch::MaskedBatch;
pub use masking::{MaskedEncoding, WholeWordMasking};
pub use model::BertForMaskedLm;
