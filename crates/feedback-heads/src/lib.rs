#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! - [`linear::fit_head`] fits a linear classifier on the vectors and on token n-grams.
//! - [`contrastive::train_contrastive`] first trains the encoder on pairs of texts.
//! - [`tokens`] trains a classifier of tokens.
//! - [`zero_shot()`] needs only a description of each label, and texts without labels.

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
