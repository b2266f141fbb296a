//! BERT classifiers in [Burn](https://burn.dev) that read and write Hugging Face's files.
//!
//! A [`ModelFolder`] is a trained model, on disk and in memory. Its [`BertTokenizer`] turns texts into
//! [`Encoding`]s, and a [`Batch`] of encodings is the input of [`BertForSequenceClassification::forward`].
//!
//! ```
//! use feedback_bert::config::{Pooling, ScratchPreset};
//! use feedback_bert::model::ParameterInit;
//! use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, DeviceChoice};
//!
//! # fn main() -> feedback_bert::Result<()> {
//! let (device, _) = DeviceChoice::Cpu.open()?;
//! let texts = ["the app crashes when I open it", "thank you, I love it"];
//!
//! // An untrained classifier with a vocabulary trained on these two texts.
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
//! | module | |
//! |---|---|
//! | [`config`] | the shape of a model: `config.json` |
//! | [`tokenizer`], [`batch`], [`mod@words`] | from texts to tensors, and from tokens back to words |
//! | [`mod@windows`] | texts that are longer than a model reads at once |
//! | [`model`] | the encoder |
//! | [`classification`], [`token_classification`], [`masked_lm`] | the heads of the encoder |
//! | [`lora`] | adapters |
//! | [`weights`], [`names`], [`folder`] | files, tensor names and model folders |
//! | [`device`] | CPU and GPUs |
//!
//! The logits agree with Transformers' within 1e-4; tests compare them with stored reference values.

pub mod batch;
pub mod classification;
pub mod config;
pub mod device;
mod dtype;
mod error;
pub mod folder;
mod head;
pub mod lora;
pub mod masked_lm;
pub mod model;
pub mod names;
pub mod ngrams;
pub mod questions;
mod saliency;
pub mod token_classification;
pub mod tokenizer;
pub mod weights;
pub mod windows;
pub mod words;

/// The device of tensors, re-exported from Burn.
pub use burn::tensor::Device;

pub use batch::Batch;
pub use classification::BertForSequenceClassification;
pub use device::DeviceChoice;
pub use dtype::Dtype;
pub use error::{Error, Result};
pub use feedback_kernels::Sequences;
pub use folder::ModelFolder;
pub use tokenizer::{BertTokenizer, Encoding};
pub use windows::LongTexts;
