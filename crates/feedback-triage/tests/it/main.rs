//! Tests of rules and urgency through the public functions.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]

mod rules;
