//! What the rules and the words say about a text.

use feedback_store::{CaseReason, NewCase, StoredPrediction};
use feedback_text::language::{Language, guess};
use feedback_triage::{Decision, Message, Priority, RuleSet, Signal, Urgency, combined, signals};

/// Milliseconds in an hour.
const HOUR_MS: i64 = 3_600_000;

/// What the rules and the words say about a text.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) urgency: Urgency,
    /// The words that make it urgent.
    signals: Vec<Signal>,
    /// The model's answer to the question for the urgency.
    by_model: Option<(Urgency, f64)>,
    /// The code of its language if the model does not know it; else empty.
    pub(crate) language: String,
    pub(crate) decision: Decision,
}

impl Judged {
    /// Judges a text by its labels, which may be those of a person. `themes` are empty if they are not known yet.
    pub(crate) fn new(rules: &RuleSet, item: &StoredPrediction, labels: &[String], themes: &[u64]) -> Self {
        let prediction = &item.prediction;
        let answer = |question: &str| {
            prediction
                .answers
                .iter()
                .find(|answer| answer.question == question)
        };
        let by_model =
            answer("urgency").and_then(|answer| Some((Urgency::from_name(&answer.label)?, answer.score)));
        let signals = signals(&prediction.text);
        let by_words = signals.first().map_or(Urgency::None, |signal| signal.level);
        let urgency = combined(by_words, by_model);
        let found = guess(&prediction.text);
        let language = if found == Language::UNKNOWN {
            ""
        } else {
            found.code()
        };
        let fields: Vec<(String, String)> = prediction
            .fields
            .iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let decision = rules.decide(&Message {
            text: &prediction.text,
            labels,
            confidence: prediction.confidence,
            sentiment: answer("sentiment").map(|answer| answer.label.as_str()),
            urgency,
            language,
            themes,
            fields: &fields,
        });
        let is_known = rules.languages().is_empty()
            || language.is_empty()
            || rules
                .languages()
                .iter()
                .any(|known| known.eq_ignore_ascii_case(language));
        Self {
            urgency,
            signals,
            by_model,
            language: if is_known {
                String::new()
            } else {
                language.to_owned()
            },
            decision,
        }
    }

    /// Whether the text belongs in the inbox: it is urgent, a rule takes it, or it is in a language that the model does not know.
    pub(crate) fn needs_answer(&self) -> bool {
        self.urgency > Urgency::None || !self.decision.rules.is_empty() || !self.language.is_empty()
    }

    /// The names of the webhooks to tell.
    pub(crate) fn webhooks(&self) -> Vec<String> {
        self.decision.webhooks.clone()
    }

    /// Returns the entry of the inbox. `now` is the time from which hours count.
    pub(crate) fn into_case(self, rules: &RuleSet, prediction_id: i64, now: i64) -> NewCase {
        let decision = self.decision;
        let rule = decision.rules.first().and_then(|place| rules.rules().get(*place));
        let mut reasons: Vec<CaseReason> = self
            .signals
            .into_iter()
            .map(|signal| CaseReason {
                kind: signal.reason.name().to_owned(),
                words: signal.words,
            })
            .collect();
        if let Some((level, score)) = self.by_model
            && combined(Urgency::None, self.by_model) > Urgency::None
        {
            reasons.push(CaseReason {
                kind: "model".to_owned(),
                words: format!("{}, {:.0} %", level.name(), 100.0 * score),
            });
        }
        NewCase {
            prediction_id,
            urgency: self.urgency as u64,
            reasons,
            language: self.language,
            rule: rule.map(|rule| rule.name.clone()).unwrap_or_default(),
            team: decision.team.unwrap_or_default(),
            priority: decision.priority.unwrap_or(Priority::Normal) as u64,
            due_at: decision.due_hours.map(|hours| now + i64::from(hours) * HOUR_MS),
            tags: decision.tags,
        }
    }
}
