//! Drift: whether the texts of today still resemble those that a classifier was trained on.
//!
//! A [`Profile`] is what a model sees of a set of texts: predicted labels, confidence, lengths, unknown tokens, meaning and
//! words. [`compare`] compares two profiles. It raises an alarm at a stated rate if nothing has changed, and says which
//! measures, labels and words have moved. [`KnownTexts`] says how unfamiliar a single text is.
//!
//! # Examples
//!
//! ```
//! use feedback_drift::{DriftOptions, MeasureKind, Observation, Profile, compare};
//!
//! let labels = ["bug".to_owned(), "praise".to_owned()];
//! // Texts as a model sees them; every text in `every` is a bug.
//! let profile = |every: usize| {
//!     let texts: Vec<String> = (0..200).map(|n| format!("text number {n}")).collect();
//!     let vectors: Vec<[f32; 4]> = (0..200).map(|n| [1.0, (n % 7) as f32, (n % 5) as f32, 1.0]).collect();
//!     let observations = (0..200).map(|n| Observation {
//!         text: &texts[n],
//!         label: usize::from(n % every != 0),
//!         confidence: 0.6 + (n % 40) as f64 / 100.0,
//!         tokens: 5 + n % 20,
//!         unknown_share: 0.0,
//!         vector: &vectors[n],
//!     });
//!     Profile::new(&labels, "encoder", observations)
//! };
//! let reference = profile(5)?; // 20 % are bugs
//! assert!(!compare(&reference, &profile(5)?, &DriftOptions::default())?.alarm);
//!
//! let drift = compare(&reference, &profile(2)?, &DriftOptions::default())?; // 50 % are bugs
//! assert!(drift.alarm);
//! let moved: Vec<MeasureKind> = drift.measures.iter().filter(|m| m.moved).map(|m| m.kind).collect();
//! assert_eq!(moved, [MeasureKind::Labels]);
//! assert!((drift.labels[0].change - 0.3).abs() < 1e-9);
//! # Ok::<(), feedback_drift::Error>(())
//! ```

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

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
