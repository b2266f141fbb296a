//! Feedback classification with a trained model: load it once, then predict one text, many texts or a whole file.
//!
//! [`Classifier::load`] loads a model folder. [`predict_stream`] predicts a whole file in constant memory.
//!
//! ```
//! # use feedback_bert::config::{Pooling, ScratchPreset};
//! # use feedback_bert::folder::FeedbackManifest;
//! # use feedback_bert::model::ParameterInit;
//! # use feedback_bert::{BertForSequenceClassification, BertTokenizer, DeviceChoice, ModelFolder};
//! use feedback_inference::Classifier;
//!
//! # fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! # let (device, _) = DeviceChoice::Cpu.open()?;
//! # let texts = ["the app crashes when I open it", "thank you, I love it"];
//! # let tokenizer = BertTokenizer::train(&texts, 100, 16)?;
//! # let labels = ["bug".to_string(), "praise".to_string()];
//! # let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &labels);
//! # let mut init = ParameterInit::normal(42, config.initializer_range, &device)?;
//! # let model = BertForSequenceClassification::new(&config, Pooling::Cls, &mut init);
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("model");
//! # let manifest = FeedbackManifest::new(16, Pooling::Cls, "scratch:tiny", 42);
//! # ModelFolder::new(config, tokenizer, model, manifest).save(&path)?;
//! // `path` is a folder written by training; here it holds an untrained model.
//! let classifier = Classifier::load(&path, &device)?;
//! let prediction = classifier.predict("it crashes again")?;
//! assert!(classifier.labels().contains(&prediction.predicted_label));
//! assert!(!prediction.truncated);
//! let sum: f64 = prediction.scores.iter().map(|score| score.score).sum();
//! assert!((sum - 1.0).abs() < 1e-9);
//! # Ok(())
//! # }
//! ```

mod answers;
mod cache;
mod classifier;
mod error;
mod explain;
mod explanation;
mod limits;
mod multi_label;
mod occlusion;
mod passes;
mod prediction;
mod predictor;
mod profile;
mod read_text;
mod sink;
mod softmax;
mod stream;
mod unfamiliar;
mod vectors;
mod warning;

pub use cache::{Cached, PredictionCache};
pub use classifier::Classifier;
pub use error::{Error, Result};
pub use explanation::{ExplainMethod, Explanation, WordScore};
pub use feedback_bert::Encoding;
pub use feedback_bert::LongTexts;
pub use feedback_bert::batch::batch_by_tokens;
pub use feedback_drift::UNFAMILIAR_ABOVE;
pub use feedback_formats::write::{OutputFormat, TableStyle};
pub use limits::BatchLimits;
pub use multi_label::{AnyClassifier, MultiLabelClassifier, MultiLabelPrediction, probabilities};
pub use occlusion::Occlusion;
pub use prediction::{AbstainReason, Answer, InWindows, Prediction, Score};
pub use predictor::{Predictor, RESULT_FIELDS};
pub use profile::{encoder_name, read_reference, write_reference};
pub use sink::StreamOptions;
pub use stream::{Problem, StreamSummary, predict_stream};
pub use unfamiliar::write_known_texts;
pub use warning::warning;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
