//! Texts: normalising, fingerprints, lengths, and texts that say nothing.

mod lengths;
mod normalise;
mod nothing;
mod visible;

pub use lengths::{LengthSummary, TextLengths};
#[cfg(feature = "files")]
pub use normalise::fingerprint;
pub use normalise::{comparison_key, normalise};
pub use nothing::stands_for_nothing;
pub use visible::has_visible_character;
pub(crate) use visible::{is_zero_width, trim_invisible};
