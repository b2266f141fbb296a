//! Tests the stores through their traits.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]

mod columns;
mod conformance;
#[cfg(feature = "postgres")]
mod moving;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
