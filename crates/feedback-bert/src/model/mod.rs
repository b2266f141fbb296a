//! The encoder: embeddings, transformer blocks and pooling, without a head.

mod activation;
mod attention;
mod bert_model;
mod dense;
mod embeddings;
mod encoder;
mod init;
mod pooling;
mod precision;

pub use bert_model::BertModel;
pub(crate) use dense::{dense, dense_activated};
pub use feedback_kernels::mean_pool;
pub use init::ParameterInit;
pub(crate) use pooling::BertPooler;
