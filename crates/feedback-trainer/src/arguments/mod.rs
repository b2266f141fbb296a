//! Training arguments with Hugging Face's names: as written by the user, and validated.

mod check;
mod choices;
mod values;

pub use check::CheckedArguments;
pub use choices::{IntervalStrategy, LrSchedulerKwargs, LrSchedulerType, OptimizerName};
pub use values::TrainingArguments;
