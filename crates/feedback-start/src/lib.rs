//! A first text classifier from texts without labels.
//!
//! [`Texts::read`] reads the texts. A [`Session`] chooses the texts whose labels help most, and has a classifier at any time.
//! Before the first answer, this classifier compares texts with the descriptions of the labels. [`ask`] asks a person at a
//! terminal; [`LabelledFile`] keeps the answers as a file to train on later, and [`Encoder::publish`] writes the model folder.
//!
//! ```
//! # use feedback_bert::config::{Pooling, ScratchPreset};
//! # use feedback_bert::folder::FeedbackManifest;
//! # use feedback_bert::model::ParameterInit;
//! # use feedback_bert::{BertForSequenceClassification, BertTokenizer, DeviceChoice, ModelFolder};
//! # use feedback_inference::Classifier;
//! use feedback_heads::LabelDescription;
//! use feedback_start::Session;
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! # let (device, _) = DeviceChoice::Cpu.open()?;
//! let texts = ["it crashes", "I love it", "it crashed again", "lovely colours"].map(str::to_owned);
//! # let tokenizer = BertTokenizer::train(&texts, 100, 16)?;
//! # let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &["a".to_owned(), "b".to_owned()]);
//! # let mut init = ParameterInit::normal(42, config.initializer_range, &device)?;
//! # let model = BertForSequenceClassification::new(&config, Pooling::Mean, &mut init);
//! # let manifest = FeedbackManifest::new(16, Pooling::Mean, "scratch:tiny", 42);
//! # let encoder = Classifier::new(ModelFolder::new(config, tokenizer, model, manifest), &device)?;
//! // `encoder` is any model with mean pooling; here it is untrained.
//! let labels = ["bug", "praise"].map(LabelDescription::new).to_vec();
//! let mut session = Session::new(&encoder, &texts, labels, 42)?;
//! while let Some(text) = session.next_text()? {
//!     // A person would answer here.
//!     session.answer(text, usize::from(session.text(text).starts_with('l') || session.text(text).starts_with('I')));
//! }
//! assert_eq!(session.answers().len(), 4);
//! let probabilities = session.head()?.probabilities(&encoder.vectors(&texts[..1])?);
//! assert!(probabilities[0] > 0.5, "the classifier has seen this text");
//! # Ok(())
//! # }
//! ```

mod dialogue;
mod error;
mod labelled_file;
mod proposals;
mod publish;
mod selection;
mod session;
mod texts;

pub use dialogue::ask;
pub use error::{Error, Result};
pub use labelled_file::{LabelledFile, LabelledText};
pub use proposals::propose_labels;
pub use publish::{Encoder, check_output};
pub use session::{Estimate, Session};
pub use texts::Texts;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
