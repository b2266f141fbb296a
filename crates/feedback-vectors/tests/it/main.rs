//! Tests of the public interface.
#![expect(clippy::unwrap_used, reason = "tests")]

mod damage;
mod search;
