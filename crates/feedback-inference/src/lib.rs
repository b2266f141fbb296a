#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`Classifier::load`] loads a model folder, and [`Classifier::predict`] predicts one text. [`predict_stream`] predicts a whole file in
//! constant memory.

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
mod unread;
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
pub use stream::{Origin, Problem, StreamSummary, predict_rows, predict_stream};
pub use unfamiliar::write_known_texts;
pub use unread::UnreadTexts;
pub use warning::warning;
