#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`resolve_model`] resolves a name to a folder, with the settings in [`HubOptions`].

mod cache;
#[cfg(feature = "download")]
mod client;
#[cfg(feature = "download")]
mod download;
mod error;
#[cfg(feature = "download")]
mod hashes;
mod model_files;
mod options;
mod progress;
mod resolve;

pub use error::{Error, HubProblem, Result};
pub use options::HubOptions;
pub use progress::DownloadProgress;
pub use resolve::resolve_model;
