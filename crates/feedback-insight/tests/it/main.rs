//! Tests of the whole crate, on random vectors and on vectors of real texts.

mod changes;
mod golden;
mod names;
mod properties;
mod samples;
