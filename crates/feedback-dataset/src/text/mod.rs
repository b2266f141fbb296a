//! Texts: normalising, fingerprints and lengths.

mod lengths;
mod normalise;

pub use lengths::{LengthSummary, TextLengths};
#[cfg(feature = "files")]
pub use normalise::fingerprint;
pub use normalise::{comparison_key, normalise};
