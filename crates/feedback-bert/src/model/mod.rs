//! The encoder: embeddings, transformer blocks and pooling, without a head.

mod activation;
mod attention;
mod bert_model;
mod embeddings;
mod encoder;
mod gelu;
mod init;
mod pooling;

pub(crate) use activation::activate;
pub use bert_model::BertModel;
pub use init::ParameterInit;
pub(crate) use pooling::BertPooler;
pub use pooling::mean_pool;
