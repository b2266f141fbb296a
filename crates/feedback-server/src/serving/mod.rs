//! The serving core: texts of many callers go through one model together.
//!
//! A caller's texts are encoded, admitted by their number of tokens, and put into one of two [`Lane`]s. Threads take the
//! waiting texts, batch them by [`feedback_inference::batch_by_tokens`] as files are batched, and answer each text
//! separately. Texts whose caller is gone or whose deadline has passed are skipped; a text that breaks a batch is found by
//! halving and fails alone; a new model takes over between two batches, while texts that were encoded for the old one are
//! classified by it.

mod config;
mod engine;
mod error;
mod known;
mod lanes;
mod model;
mod queue;
mod served;
mod speed;
mod worker;

pub use config::EngineConfig;
pub use engine::Engine;
pub use error::ServingError;
pub use lanes::{Caller, Lane};
pub use model::Model;
pub use queue::EngineStatus;
pub use served::{Classified, Explained, Served};
