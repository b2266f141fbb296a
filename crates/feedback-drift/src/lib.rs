#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! A [`Profile`] is what a model sees of a set of texts. [`compare`] compares two profiles. It raises an alarm at a stated rate if nothing
//! has changed, and says which measures, labels and words have moved. [`KnownTexts`] says how unfamiliar a single text is.

mod alike;
mod change;
mod clusters;
mod compare;
mod error;
mod known_texts;
mod pooled;
mod profile;
mod sketch;
mod words;

pub use alike::{ALIKE_FROM, Alike, alike};
pub use change::Change;
pub use compare::{Drift, DriftOptions, MIN_TEXTS, Measure, MeasureKind, compare};
pub use error::{Error, Result};
pub use known_texts::{KnownTexts, UNFAMILIAR_ABOVE};
pub use profile::{Observation, Profile};
