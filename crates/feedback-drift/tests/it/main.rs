//! Planted and absent shifts, and saved profiles.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]

mod saved;
mod shifts;
mod texts;
mod unfamiliar;
