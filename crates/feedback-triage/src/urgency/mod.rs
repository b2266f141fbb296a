//! How soon somebody has to act on a text.

mod level;
mod phrases;

use std::sync::LazyLock;

use crate::phrase::Phrase;
use crate::words::Words;
use phrases::TABLE;

pub use level::{Reason, Urgency};

/// Words of a text that make it urgent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// The level.
    pub level: Urgency,
    /// The reason.
    pub reason: Reason,
    /// The words, as they are in the text.
    pub words: String,
}

struct Entry {
    level: Urgency,
    reason: Reason,
    phrase: Phrase,
}

/// A phrase that cannot be read would be left out; a test reads all of them.
static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries = Vec::new();
    for (level, reason, phrases) in TABLE {
        let parsed = phrases.iter().filter_map(|phrase| Phrase::parse(phrase).ok());
        entries.extend(parsed.map(|phrase| Entry {
            level: *level,
            reason: *reason,
            phrase,
        }));
    }
    entries
});

/// Returns the words that make an English text urgent, the most urgent first; of each reason and level the first place. The level of
/// the text is that of the first signal, or [`Urgency::None`] if there is none.
///
/// A phrase does not count if one of the four words before it in the same clause negates it, as in “I was not charged twice”.
pub fn signals(text: &str) -> Vec<Signal> {
    let words = Words::new(text);
    let mut found: Vec<(usize, Signal)> = Vec::new();
    for entry in &*ENTRIES {
        let is_known =
            |(_, signal): &(usize, Signal)| (signal.level, signal.reason) == (entry.level, entry.reason);
        let negates = entry.phrase.begins_with(is_negation);
        let place = entry
            .phrase
            .find(&words)
            .find(|place| negates || !is_negated(&words, *place.start()));
        let Some(place) = place else { continue };
        let signal = Signal {
            level: entry.level,
            reason: entry.reason,
            words: words.quote(*place.start(), *place.end()).to_owned(),
        };
        match found.iter_mut().find(|signal| is_known(signal)) {
            Some(before) if *place.start() < before.0 => *before = (*place.start(), signal),
            Some(_) => {}
            None => found.push((*place.start(), signal)),
        }
    }
    found.sort_by_key(|(place, signal)| (std::cmp::Reverse(signal.level), *place, signal.reason));
    found.into_iter().map(|(_, signal)| signal).collect()
}

/// Returns the level by the words of an English text.
pub fn urgency(text: &str) -> Urgency {
    signals(text).first().map_or(Urgency::None, |signal| signal.level)
}

/// An answer of a model with a lower probability does not count.
const MIN_PROBABILITY: f64 = 0.5;

/// Returns the level by words and by a model's answer with its probability: the higher of both. An answer with a probability below 0.5
/// does not count.
pub fn combined(by_words: Urgency, by_model: Option<(Urgency, f64)>) -> Urgency {
    match by_model {
        Some((level, probability)) if probability >= MIN_PROBABILITY => by_words.max(level),
        _ => by_words,
    }
}

/// Number of words before a phrase in which a negation counts.
const REACH: usize = 4;

fn is_negation(word: &str) -> bool {
    matches!(
        word,
        "no" | "not"
            | "never"
            | "without"
            | "nobody"
            | "none"
            | "nor"
            | "neither"
            | "cannot"
            | "cant"
            | "dont"
            | "wont"
            | "didnt"
            | "isnt"
            | "wasnt"
            | "hasnt"
            | "havent"
            | "nothing"
    ) || word.ends_with("n't")
}

fn is_negated(words: &Words<'_>, first: usize) -> bool {
    let clause = words.words[first].clause;
    let before = words.words[..first].iter().rev().take(REACH);
    let mut next = "";
    for word in before.take_while(|word| word.clause == clause) {
        if word.lower == "but" {
            return false;
        }
        // “Not only was I charged twice”.
        if is_negation(&word.lower) && next != "only" {
            return true;
        }
        next = &word.lower;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Urgency, Reason, String)> {
        let all = signals(text).into_iter();
        all.map(|signal| (signal.level, signal.reason, signal.words))
            .collect()
    }

    #[test]
    fn every_phrase_of_the_table_can_be_read() {
        let n: usize = TABLE.iter().map(|(_, _, phrases)| phrases.len()).sum();
        assert_eq!(ENTRIES.len(), n);
    }

    #[test]
    fn each_reason_has_its_words() {
        for (text, level, reason, words) in [
            (
                "There is a SMELL of gas in the hall",
                Urgency::Now,
                Reason::Safety,
                "SMELL of gas",
            ),
            (
                "my account was hacked",
                Urgency::Now,
                Reason::Privacy,
                "account was hacked",
            ),
            (
                "Please delete all my data.",
                Urgency::Soon,
                Reason::Privacy,
                "delete all my data",
            ),
            (
                "You will hear from my lawyer",
                Urgency::Soon,
                Reason::Legal,
                "my lawyer",
            ),
            (
                "You charged me twice",
                Urgency::Soon,
                Reason::Money,
                "charged me twice",
            ),
            (
                "I need it by tomorrow morning",
                Urgency::Now,
                Reason::Deadline,
                "tomorrow",
            ),
            (
                "The site is down for everyone",
                Urgency::Now,
                Reason::Outage,
                "down for everyone",
            ),
            (
                "or I cancel my subscription",
                Urgency::Soon,
                Reason::Churn,
                "cancel my subscription",
            ),
            (
                "This is my third e-mail",
                Urgency::Soon,
                Reason::Repeated,
                "my third e-mail",
            ),
        ] {
            let all = found(text);
            assert!(
                all.contains(&(level, reason, words.to_owned())),
                "{text}: {all:?}"
            );
        }
    }

    #[test]
    fn negated_words_do_not_count() {
        for text in [
            "I was not charged twice",
            "Nobody was charged twice",
            "There was no smell of gas",
            "I won't go to my lawyer",
            "I have never asked for my money back",
        ] {
            assert_eq!(urgency(text), Urgency::None, "{text}: {:?}", found(text));
        }
        for text in [
            "Not only was I charged twice",
            "I did not like it, and I was charged twice",
            "It is not nice but I was charged twice",
            "Still no refund",
        ] {
            assert_eq!(urgency(text), Urgency::Soon, "{text}");
        }
    }

    #[test]
    fn the_most_urgent_words_come_first() {
        let all = found("My third e-mail. You charged me twice and there is a smell of gas.");
        let reasons: Vec<Reason> = all.iter().map(|(_, reason, _)| *reason).collect();
        assert_eq!(reasons, [Reason::Safety, Reason::Repeated, Reason::Money]);
        assert!(signals("").is_empty());
    }
}
