//! A first model from texts without labels, with the built-in encoder.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test, also in a helper"
)]

mod first_model;
mod person;
