//! The programs `feedback` and `serve`, built from the commands of [`feedback_cli`] and the server.

pub mod background;
pub mod copies;
pub mod demo;
pub mod feedback;
pub mod ready;
pub mod serve;
