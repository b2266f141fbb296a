//! Writes rules as TOML.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rule::{Actions, Conditions, Rule, RuleSet};
use crate::urgency::Urgency;

#[derive(Serialize)]
struct File<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    languages: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rule: Vec<WrittenRule<'a>>,
}

#[derive(Serialize)]
struct WrittenRule<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    when: When<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<Then<'a>>,
}

#[derive(Serialize)]
struct When<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    category: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sentiment: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    urgency: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    language: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    theme: &'a [u64],
    #[serde(skip_serializing_if = "Option::is_none")]
    min_confidence: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_confidence: Option<f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    field: BTreeMap<&'a str, &'a [String]>,
}

#[derive(Serialize)]
struct Then<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_hours: Option<u32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<&'a str>,
}

impl RuleSet {
    /// Returns the rules as TOML, which [`RuleSet::parse`] reads to the same rules.
    pub fn to_toml(&self) -> String {
        let file = File {
            languages: &self.languages,
            rule: self.rules.iter().map(rule).collect(),
        };
        // Texts, numbers and lists always serialise; a test reads what was written.
        toml::to_string(&file).unwrap_or_default()
    }
}

impl Rule {
    /// Returns the rule as TOML, to be added to the end of a file of rules.
    pub fn to_toml(&self) -> String {
        let rules = vec![self.clone()];
        let languages = Vec::new();
        RuleSet { languages, rules }.to_toml()
    }
}

fn rule(rule: &Rule) -> WrittenRule<'_> {
    WrittenRule {
        name: &rule.name,
        enabled: (!rule.is_enabled).then_some(false),
        when: when(&rule.when),
        then: (rule.then != Actions::default()).then(|| then(&rule.then)),
    }
}

fn when(conditions: &Conditions) -> When<'_> {
    let fields = conditions.fields.iter();
    When {
        category: &conditions.categories,
        words: conditions.words.iter().map(|phrase| phrase.as_str()).collect(),
        sentiment: &conditions.sentiments,
        urgency: conditions.urgencies.iter().copied().map(Urgency::name).collect(),
        language: &conditions.languages,
        theme: &conditions.themes,
        min_confidence: conditions.min_confidence,
        max_confidence: conditions.max_confidence,
        field: fields
            .map(|(name, values)| (name.as_str(), values.as_slice()))
            .collect(),
    }
}

fn then(actions: &Actions) -> Then<'_> {
    Then {
        team: actions.team.as_deref(),
        priority: actions.priority.map(|priority| priority.name()),
        due_hours: actions.due_hours,
        tags: &actions.tags,
        webhook: actions.webhook.as_deref(),
    }
}
