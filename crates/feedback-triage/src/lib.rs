#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! - [`RuleSet`] has rules, read from TOML: conditions on category, words, fields, confidence, sentiment, urgency and theme; team,
//!   priority, due time and tags as actions. [`RuleSet::decide`] applies them to a [`Message`].
//! - [`signals`] returns the words that make an English text urgent, such as a smell of gas, a threat to go to court or a second
//!   charge. [`combined`] adds the answer of a model.
//! - [`without_values`] removes a value, such as the words of a person, from the text of rules.

mod error;
mod phrase;
mod rules;
mod urgency;
mod words;

pub use error::{Error, Result};
pub use phrase::Phrase;
pub use rules::{Actions, Conditions, Decision, Message, Priority, Rule, RuleSet, without_values};
pub use urgency::{Reason, Signal, Urgency, combined, signals, urgency};
