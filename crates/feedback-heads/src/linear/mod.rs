//! A linear classifier on the vectors of a frozen encoder and on token n-grams, fitted in seconds.
//!
//! ```text
//! texts ─┬─ encoder, mean of the tokens ─┐
//!        └─ TF-IDF of token n-grams ─────┴─ logistic regression
//! ```

mod features;
mod fit;
mod several;

pub use fit::{EncodedTexts, FittedHead, fit_head};
pub use several::fit_multi_label_heads;
