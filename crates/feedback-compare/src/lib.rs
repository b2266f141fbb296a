#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`compare`] evaluates every model and every baseline of the [`CompareOptions`] on the rows of a test file. A [`Gate`] decides by the
//! [`ComparisonReport`].

mod comparison;
mod contenders;
mod frozen_encoder;
mod gate;
mod options;
mod page;
mod report;
mod verdicts;

pub use comparison::compare;
pub use gate::{Gate, GateError, GateMetric, GateResult};
pub use options::CompareOptions;
pub use report::{ComparisonReport, Contender, Verdict};
