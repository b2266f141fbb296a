//! Configuration: the shape of a model, with the keys of Hugging Face's `config.json`.

mod activation;
mod architecture;
mod bert_config;
mod defaults;
mod json;
mod labels;
mod pooling;
mod scratch;
mod validate;

pub use activation::HiddenAct;
pub use architecture::Architecture;
pub use bert_config::BertConfig;
pub(crate) use json::{MULTI_LABEL, SINGLE_LABEL};
pub use pooling::Pooling;
pub use scratch::ScratchPreset;
