//! Rules: which texts go to which team.

mod decide;
mod read;
mod rule;
mod write;

pub use decide::{Decision, Message};
pub use rule::{Actions, Conditions, Priority, Rule, RuleSet};
