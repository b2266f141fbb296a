//! Texts: normalising, fingerprints, lengths, and texts that say nothing.

#[cfg(feature = "files")]
pub use feedback_text::fingerprint;
pub use feedback_text::{
    LengthSummary, TextLengths, comparison_key, has_visible_character, normalise, stands_for_nothing,
};
