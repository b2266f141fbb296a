//! Several questions about the same texts, learnt by one encoder at the same time (multi-task learning).

mod data;
mod evaluator;
mod heads;
mod objective;
mod reading;

pub(crate) use data::TaskTexts;
pub(crate) use evaluator::TaskEvaluator;
pub(crate) use heads::questions;
pub(crate) use objective::MultiTaskObjective;
pub use reading::TaskSource;
pub(crate) use reading::{AnsweredTexts, Task, read_tasks};
