//! Which feedback needs an answer, by whom and how soon.
//!
//! - [`RuleSet`] has rules, read from TOML: conditions on category, words, fields, confidence, sentiment, urgency and theme; team,
//!   priority, due time and tags as actions. [`RuleSet::decide`] applies them to a [`Message`].
//! - [`signals`] returns the words that make an English text urgent, such as a smell of gas, a threat to go to court or a second
//!   charge. [`combined`] adds the answer of a model.
//!
//! The crate runs no model, reads no files and knows no server. The same input gives the same result.
//!
//! # Examples
//!
//! ```
//! use feedback_triage::{Message, RuleSet, Urgency, signals, urgency};
//!
//! let rules = RuleSet::parse(
//!     r#"
//!     [[rule]]
//!     name = "Refunds"
//!     when.words = ["refund*", "charged .. twice"]
//!     when.field.plan = ["pro", "team"]
//!     then.team = "billing"
//!     then.due_hours = 24
//!     then.tags = ["refund"]
//!     "#,
//! )?;
//! let text = "I was charged twice and will go to my lawyer";
//! let decision = rules.decide(&Message {
//!     text,
//!     labels: &["other".to_owned()],
//!     confidence: 0.92,
//!     sentiment: None,
//!     urgency: urgency(text),
//!     language: "en",
//!     themes: &[],
//!     fields: &[("plan".to_owned(), "Pro".to_owned())],
//! });
//! assert_eq!((decision.team.as_deref(), decision.due_hours), (Some("billing"), Some(24)));
//!
//! let found = signals(text);
//! assert_eq!(found[0].words, "charged twice");
//! assert_eq!((found[0].level, found[0].reason.name()), (Urgency::Soon, "money"));
//!
//! let wrong = RuleSet::parse("[[rule]]\nname = \"a\"\nwhen.word = [\"refund\"]").unwrap_err();
//! assert!(wrong.to_string().starts_with("line 3, column 6: unknown field `word`"), "{wrong}");
//! # Ok::<(), feedback_triage::Error>(())
//! ```

mod error;
mod phrase;
mod rules;
mod urgency;
mod words;

pub use error::{Error, Result};
pub use phrase::Phrase;
pub use rules::{Actions, Conditions, Decision, Message, Priority, Rule, RuleSet};
pub use urgency::{Reason, Signal, Urgency, combined, signals, urgency};
