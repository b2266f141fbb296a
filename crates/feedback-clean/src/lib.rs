#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! - [`Cleaning`] has the switches and cleans a text; [`Step`] names a single step.
//! - [`preview`](preview()) counts how many texts each step would change, with examples.
//! - [`Masking`] replaces personal data, on request by the same pseudonym for the same value.

mod cleaning;
mod error;
mod masking;
mod preview;
mod steps;

pub use cleaning::{Cleaning, Step};
pub use error::KeyError;
pub use masking::{Masking, PseudonymKey};
pub use preview::{StepPreview, preview};
