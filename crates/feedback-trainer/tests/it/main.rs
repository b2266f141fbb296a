//! The loop as a whole, on a model small enough to train in milliseconds.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod callbacks;
mod imbalance;
mod loops;
mod losses;
mod refresh;
mod toy;
mod updates;
