//! Tests with a model built so that a single word decides the label.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]

mod explain;
mod planted;
mod stream;
mod vectors;
mod windows;
