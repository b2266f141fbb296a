//! Rules: which texts go to which team.

mod decide;
mod read;
mod rule;
mod values;
mod write;

pub use decide::{Decision, Message};
pub use rule::{Actions, Conditions, Priority, Rule, RuleSet};
pub use values::without_values;
