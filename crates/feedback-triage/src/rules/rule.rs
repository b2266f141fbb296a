//! What a rule has.

use crate::phrase::Phrase;
use crate::urgency::Urgency;

/// Rules in the order in which they are tried.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleSet {
    pub(crate) languages: Vec<String>,
    pub(crate) rules: Vec<Rule>,
}

/// If all conditions hold, the actions are done.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The name, unique in its rule set.
    pub name: String,
    /// Whether it is used; a rule that is off matches no text.
    pub is_enabled: bool,
    /// The conditions.
    pub when: Conditions,
    /// The actions.
    pub then: Actions,
}

/// The conditions of a rule. All that are given must hold; a list holds if one of its entries does. An empty list is no condition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions {
    /// One of the text's labels is one of these, in any case.
    pub categories: Vec<String>,
    /// The text contains one of these phrases.
    pub words: Vec<Phrase>,
    /// The sentiment is one of these, in any case.
    pub sentiments: Vec<String>,
    /// The urgency is one of these.
    pub urgencies: Vec<Urgency>,
    /// The language of the text is one of these, by their codes, such as `de`.
    pub languages: Vec<String>,
    /// The text belongs to one of these themes, by their numbers.
    pub themes: Vec<u64>,
    /// Each of these fields of the record has one of the values, in any case.
    pub fields: Vec<(String, Vec<String>)>,
    /// The confidence is at least this value, 0 to 1.
    pub min_confidence: Option<f64>,
    /// The confidence is at most this value, 0 to 1.
    pub max_confidence: Option<f64>,
}

/// What a rule does with a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actions {
    /// The team that gets the text.
    pub team: Option<String>,
    /// The priority.
    pub priority: Option<Priority>,
    /// Number of hours until the answer is due.
    pub due_hours: Option<u32>,
    /// Tags to add.
    pub tags: Vec<String>,
    /// The name of the webhook that is told about the text.
    pub webhook: Option<String>,
}

/// The priority of an entry, the lowest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Answered when there is time.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Answered before others.
    High,
}

impl Priority {
    /// All priorities, the lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    /// Returns the name: `low`, `normal` or `high`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// Returns the priority with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.name() == name)
    }
}

impl RuleSet {
    /// Returns the codes of the languages that the model knows, such as `en`; empty if it knows any.
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// Returns the rules in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the names of the webhooks that rules tell about texts, each once, with the name of the first rule that does.
    pub fn webhooks(&self) -> Vec<(&str, &str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for rule in &self.rules {
            if let Some(webhook) = rule.then.webhook.as_deref()
                && found.iter().all(|(known, _)| *known != webhook)
            {
                found.push((webhook, &rule.name));
            }
        }
        found
    }

    /// Returns whether a rule asks for themes, which are known later than the rest.
    pub fn needs_themes(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.is_enabled && !rule.when.themes.is_empty())
    }
}
