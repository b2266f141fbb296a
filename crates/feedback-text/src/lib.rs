#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! - [`normalise`] folds case, width, accents, punctuation and white space, so that similar texts become equal;
//!   [`has_visible_character`] and [`stands_for_nothing`] find texts without content.
//! - [`language::guess`] guesses the language of a text, and [`personal_data`] finds and masks e-mail addresses, phone numbers,
//!   card numbers and IBANs.
//! - [`shingles::Shingles`] compares texts by their character n-grams.
//! - [`dates::DateColumn`] reads a column of dates in the forms that people and programs write;
//!   [`timestamp::parse_timestamp`] reads only ISO 8601.
//! - [`labels::listed_labels`] and [`labels::several_labels`] find several labels in one cell or object.
//! - [`join_answers`] makes names of columns from the two header rows of a survey.
//! - [`json_path::find`] finds a value by a path such as `data.text`.
//! - [`encoding::Utf8Reader`] decodes a stream whose encoding is stated or guessed.

#[cfg(feature = "timestamps")]
pub mod dates;
#[cfg(feature = "files")]
pub mod delimiter;
#[cfg(feature = "files")]
pub mod encoding;
mod folded;
pub mod json;
#[cfg(feature = "labels")]
pub mod json_path;
#[cfg(feature = "labels")]
pub mod labels;
#[cfg(feature = "languages")]
pub mod language;
mod lengths;
mod normalise;
mod nothing;
pub mod parallel;
pub mod personal_data;
pub mod shingles;
mod survey;
#[cfg(feature = "timestamps")]
pub mod timestamp;
mod visible;

pub use folded::folded;
pub use lengths::{LengthSummary, TextLengths};
#[cfg(feature = "files")]
pub use normalise::fingerprint;
pub use normalise::{comparison_key, normalise};
pub use nothing::stands_for_nothing;
pub use survey::join_answers;
pub use visible::{has_visible_character, is_zero_width, trim_invisible};
