//! Training arguments with Hugging Face's names: as the user writes them, and after validation.

mod check;
mod choices;
mod exact_json;
mod values;

pub use check::CheckedArguments;
pub use choices::{IntervalStrategy, LrSchedulerKwargs, LrSchedulerType, OptimizerName};
pub use exact_json::parse_exact_json;
pub use values::TrainingArguments;
