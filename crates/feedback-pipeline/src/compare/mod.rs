//! The recipe behind `compare`: models and baselines on the same rows, with paired statistics.

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
