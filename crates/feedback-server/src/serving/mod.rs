//! The serving core: texts of many callers go through one model together.
//!
//! A caller's texts are encoded, admitted by their number of tokens, and put into one of two [`Lane`]s. Threads take
//! what waits, batch it by [`feedback_inference::batch_by_tokens`] as files are batched, and answer each text by
//! itself. Who has gone, or waited past a deadline, is passed over; what breaks a batch is found by halving and fails
//! alone; a new model is taken up between two batches, while texts that were encoded for the old one end on it.

mod engine;
mod error;
mod lanes;
mod model;
mod speed;

pub use engine::{Classified, Engine, EngineConfig, EngineStatus, Explained, Served};
pub use error::ServingError;
pub use lanes::Lane;
pub use model::Model;
