#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! The main entry points are [`data::split_file`], [`train::train`], [`evaluate::evaluate`] and [`retrain::retrain`].

pub mod corrections;
pub mod data;
mod error;
pub mod evaluate;
pub mod objectives;
pub mod retrain;
pub mod run_folder;
pub mod train;

pub use error::{DataError, Error, Hint, Result, RunError};
