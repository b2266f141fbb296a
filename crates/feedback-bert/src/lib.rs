#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! A [`ModelFolder`] is a trained model, on disk and in memory. Its [`BertTokenizer`] turns texts into
//! [`Encoding`]s, and a [`Batch`] of encodings is the input of [`BertForSequenceClassification::forward`].
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
