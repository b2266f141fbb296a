//! Finds the rules that match a text.

use super::rule::{Conditions, Priority, Rule, RuleSet};
use crate::urgency::Urgency;
use crate::words::Words;

/// A text and what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message<'a> {
    /// The text.
    pub text: &'a str,
    /// Its labels.
    pub labels: &'a [String],
    /// How sure the model is of the labels, 0 to 1.
    pub confidence: f64,
    /// The answer of the model to the question for the sentiment, if it has this question.
    pub sentiment: Option<&'a str>,
    /// How soon somebody has to act.
    pub urgency: Urgency,
    /// The code of its language; empty if it cannot be told.
    pub language: &'a str,
    /// The numbers of its themes; empty if they are not known yet.
    pub themes: &'a [u64],
    /// The fields of its record, by name.
    pub fields: &'a [(String, String)],
}

/// What the rules say about a text. For team, priority and due time, the first rule that matches and has such an action decides;
/// the tags and webhooks of all rules that match are added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// The places of the rules that match, from 0, in the order of the rule set.
    pub rules: Vec<usize>,
    /// The team.
    pub team: Option<String>,
    /// The priority.
    pub priority: Option<Priority>,
    /// Number of hours until the answer is due.
    pub due_hours: Option<u32>,
    /// The tags, each once.
    pub tags: Vec<String>,
    /// The names of the webhooks to tell, each once.
    pub webhooks: Vec<String>,
}

impl RuleSet {
    /// Applies the rules to a text.
    pub fn decide(&self, message: &Message<'_>) -> Decision {
        let words = Words::new(message.text);
        let mut decision = Decision::default();
        for (place, rule) in self.rules.iter().enumerate() {
            if !rule.is_enabled || !rule.when.hold(message, &words) {
                continue;
            }
            let then = &rule.then;
            decision.rules.push(place);
            decision.team = decision.team.or_else(|| then.team.clone());
            decision.priority = decision.priority.or(then.priority);
            decision.due_hours = decision.due_hours.or(then.due_hours);
            add_each(&mut decision.tags, &then.tags);
            add_each(&mut decision.webhooks, &then.webhook);
        }
        decision
    }
}

/// Adds the names that are not in the list yet.
fn add_each<'a>(list: &mut Vec<String>, names: impl IntoIterator<Item = &'a String>) {
    for name in names {
        if !list.contains(name) {
            list.push(name.clone());
        }
    }
}

impl Rule {
    /// Returns whether all conditions hold for a text, even if the rule is off.
    pub fn matches(&self, message: &Message<'_>) -> bool {
        self.when.hold(message, &Words::new(message.text))
    }
}

impl Conditions {
    fn hold(&self, message: &Message<'_>, words: &Words<'_>) -> bool {
        let is_one_of = |list: &[String], value: &str| list.is_empty() || contains(list, value);
        let sentiment = message.sentiment.unwrap_or_default();
        let field = |(name, values): &(String, Vec<String>)| {
            let found = message.fields.iter().find(|(field, _)| field == name);
            contains(values, found.map_or("", |(_, value)| value))
        };
        (self.categories.is_empty()
            || message
                .labels
                .iter()
                .any(|label| contains(&self.categories, label)))
            && is_one_of(&self.sentiments, sentiment)
            && (self.urgencies.is_empty() || self.urgencies.contains(&message.urgency))
            && is_one_of(&self.languages, message.language)
            && (self.themes.is_empty() || self.themes.iter().any(|theme| message.themes.contains(theme)))
            && self.min_confidence.is_none_or(|min| message.confidence >= min)
            && self.max_confidence.is_none_or(|max| message.confidence <= max)
            && self.fields.iter().all(field)
            && (self.words.is_empty()
                || self
                    .words
                    .iter()
                    .any(|phrase| phrase.find(words).next().is_some()))
    }
}

/// Returns whether a list has a value, in any case.
fn contains(list: &[String], value: &str) -> bool {
    let value = value.trim().to_lowercase();
    list.iter().any(|one| one.trim().to_lowercase() == value)
}
