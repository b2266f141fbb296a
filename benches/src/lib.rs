//! Criterion benches of the feedback crates.
