//! Training arguments with Hugging Face's names: as the user writes them, and after validation.

mod check;
mod choices;
mod values;

pub use check::CheckedArguments;
pub use choices::{IntervalStrategy, LrSchedulerKwargs, LrSchedulerType, OptimizerName};
pub use values::TrainingArguments;
