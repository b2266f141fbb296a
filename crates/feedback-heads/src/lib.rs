//! Text classifiers on the vectors of an encoder: from many labelled texts, from few, and from none.
//!
//! - [`linear::fit_head`] fits a linear classifier on the vectors and on token n-grams, in seconds.
//! - [`contrastive::train_contrastive`] first trains the encoder on pairs of texts, which helps if there are few labelled texts.
//! - [`tokens`] trains a classifier of tokens, such as names and places.
//! - [`zero_shot()`] needs only a description of each label, and texts without labels.
//!
//! ```
//! # use feedback_bert::config::{Pooling, ScratchPreset};
//! # use feedback_bert::folder::FeedbackManifest;
//! # use feedback_bert::model::ParameterInit;
//! # use feedback_bert::{BertForSequenceClassification, BertTokenizer, DeviceChoice, ModelFolder};
//! # use feedback_inference::Classifier;
//! use feedback_heads::{LabelDescription, zero_shot};
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! # let (device, _) = DeviceChoice::Cpu.open()?;
//! let texts = ["it crashes".to_owned(), "I love it".to_owned()];
//! # let tokenizer = BertTokenizer::train(&texts, 100, 16)?;
//! # let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &["a".to_owned(), "b".to_owned()]);
//! # let mut init = ParameterInit::normal(42, config.initializer_range, &device)?;
//! # let model = BertForSequenceClassification::new(&config, Pooling::Mean, &mut init);
//! # let manifest = FeedbackManifest::new(16, Pooling::Mean, "scratch:tiny", 42);
//! # let encoder = Classifier::new(ModelFolder::new(config, tokenizer, model, manifest), &device)?;
//! // `encoder` is any model with mean pooling; here it is untrained.
//! let labels = ["bug", "praise"].map(LabelDescription::new);
//! let head = zero_shot(&encoder, &labels, &texts)?;
//! let probabilities = head.probabilities(&encoder.vectors(&texts[..1])?);
//! assert_eq!(probabilities.len(), 2);
//! assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
//! # Ok(())
//! # }
//! ```

pub mod contrastive;
mod descriptions;
mod error;
pub mod linear;
pub mod questions;
pub mod tokens;
mod vector_head;
mod zero_shot;

pub use descriptions::{LabelDescription, check_labels, read_labels};
pub use error::{Error, Result};
pub use vector_head::VectorHead;
pub use zero_shot::{LabelVectors, zero_shot};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
