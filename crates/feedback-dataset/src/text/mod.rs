//! Texts: normalising, fingerprints and lengths.

mod lengths;
mod normalise;

pub use lengths::{LengthSummary, TextLengths};
pub use normalise::{comparison_key, fingerprint, normalise};
