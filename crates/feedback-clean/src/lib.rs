//! Cleans texts before a model reads them. Every step is a switch of [`Cleaning`], and all are off by default.
//!
//! - [`Cleaning`] has the switches and cleans a text; [`Step`] names a single step.
//! - [`preview`](preview()) counts how many texts each step would change, with examples.
//! - [`Masking`] replaces personal data, on request by the same pseudonym for the same value.
//!
//! # Examples
//!
//! ```
//! use feedback_clean::{Cleaning, Step};
//!
//! let mail = "<p>The export fails &amp; hangs.</p>Mail me: ada@example.org\n-- \nAda, Example Ltd";
//! assert_eq!(Cleaning::default().clean(mail), mail);
//! assert_eq!(
//!     Cleaning::all().clean(mail),
//!     "The export fails & hangs.\nMail me: [email]"
//! );
//! assert_eq!(Cleaning::only(Step::StripHtml).clean("1 < 2 <b>and</b> 3 > 2"), "1 < 2 and 3 > 2");
//! ```
//!
//! With the feature `clap`, [`Cleaning`] is a group of command-line arguments.

mod cleaning;
mod error;
mod masking;
mod preview;
mod steps;

pub use cleaning::{Cleaning, Step};
pub use error::KeyError;
pub use masking::{Masking, PseudonymKey};
pub use preview::{StepPreview, preview};
