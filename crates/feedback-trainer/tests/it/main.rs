//! The loop as a whole, on a model small enough to train in milliseconds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod freezing;
mod loops;
mod toy;
mod updates;
