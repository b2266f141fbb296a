//! Explanations of a model built so that one word decides.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]

mod explain;
mod planted;
