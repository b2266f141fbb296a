//! The serving core: one model classifies the texts of many callers in shared batches.
//!
//! The texts of a caller are encoded, admitted by their number of tokens, and put into one of two [`Lane`]s. Worker threads take
//! waiting texts, form batches with [`feedback_inference::batch_by_tokens`], and return a separate result for each text.
//!
//! Texts are skipped if their caller is gone or their deadline has passed. A batch that fails is halved until the text that
//! causes the failure is alone, so only this text fails. A new model takes over between two batches; texts that were encoded for
//! the old model are still classified by the old model.

mod config;
mod counts;
mod engine;
mod error;
mod known;
mod lanes;
mod model;
mod prediction;
mod queue;
mod served;
mod speed;
mod worker;

pub use config::EngineConfig;
pub(crate) use counts::PredictionCounts;
pub use engine::Engine;
pub use error::ServingError;
pub use lanes::{Caller, Lane};
pub use model::Model;
pub use prediction::Prediction;
pub use queue::EngineStatus;
pub use served::{Classified, Explained, Served};
