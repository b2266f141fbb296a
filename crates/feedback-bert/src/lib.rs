//! A BERT classifier in [Burn](https://burn.dev) that reads and writes Hugging Face's files.
//!
//! Three things to know: a [`ModelFolder`] is a trained model on disk and in memory, its
//! [`BertTokenizer`] turns texts into [`Encoding`]s, and a [`Batch`] of those goes into
//! [`BertForSequenceClassification::forward`].
//!
//! ```
//! use feedback_bert::*;
//!
//! # fn main() -> feedback_bert::Result<()> {
//! let (device, _) = DeviceChoice::Cpu.open()?;
//! let texts = ["the app crashes when I open it", "thank you, I love it"];
//!
//! // An untrained classifier with a vocabulary of these two texts.
//! let tokenizer = BertTokenizer::train(&texts, 100, 16)?;
//! let labels = ["bug".to_string(), "praise".to_string()];
//! let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &labels);
//! let mut init = ParameterInit::normal(42, config.initializer_range, &device)?;
//! let model = BertForSequenceClassification::new(&config, Pooling::Cls, &mut init);
//!
//! let encodings = tokenizer.encode(&texts)?;
//! let batch = Batch::new(&encodings, tokenizer.pad_token_id(), &device)?;
//! let logits = model.forward(&batch);
//! assert_eq!(logits.dims(), [2, 2]); // [batch, labels]
//! # Ok(())
//! # }
//! ```
//!
//! Numbers agree with Transformers within 1e-4; the tests compare logits with stored ones.

mod adapter;
mod architecture;
mod attention;
mod batch;
mod checkpoint;
mod config;
mod device;
mod embeddings;
mod encoder;
mod error;
mod folder;
mod gelu;
mod hub;
mod init;
mod layers;
mod lora;
mod masked_lm;
mod masking;
mod model;
mod names;
mod pickle;
mod pytorch;
mod saliency;
mod scratch;
mod spans;
mod token_classification;
mod token_classifier;
mod tokenizer;
mod tokenizer_files;
mod weights;
mod words;

/// The device that tensors live on; re-exported so that callers need not depend on Burn for it.
pub use burn::tensor::Device;

pub use adapter::{load_adapter, save_adapter};
pub use architecture::Architecture;
pub use attention::{BertAttention, BertResidual, BertSelfAttention};
pub use batch::{Batch, batch_by_tokens};
pub use config::{BertConfig, HiddenAct, Pooling};
pub use device::{DeviceChoice, available, is_cpu};
pub use embeddings::BertEmbeddings;
pub use encoder::{BertEncoder, BertIntermediate, BertLayer};
pub use error::{Error, Result};
pub use folder::{FORMAT_VERSION, FeedbackManifest, ModelFolder, check_max_length, load_for_fine_tuning};
pub use hub::{DownloadProgress, HubOptions, HubProblem, resolve_model};
pub use init::ParameterInit;
pub use layers::{layer_depth, parameter_name};
pub use lora::{LoraConfig, merge_adapters};
pub use masked_lm::{BertForMaskedLm, LmPredictionHead, MaskedBatch, MaskedLmHead, PredictionTransform};
pub use masking::{MaskedEncoding, WholeWordMasking};
pub use model::{BertForSequenceClassification, BertModel, BertPooler, mean_pool};
pub use scratch::ScratchPreset;
pub use spans::{LabelledSpan, aggregate_bio, token_labels};
pub use token_classification::BertForTokenClassification;
pub use token_classifier::TokenClassifier;
pub use tokenizer::{BertTokenizer, Encoding, TokenSpan};
pub use weights::{
    LoadReport, MissingHead, load_token_weights, load_weights, save_token_weights, save_weights,
};
pub use words::{Word, words, words_of_tokens};
