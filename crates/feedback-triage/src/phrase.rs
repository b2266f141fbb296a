//! Phrases: words that follow each other in a text.

use std::fmt;
use std::ops::RangeInclusive;

use unicode_segmentation::UnicodeSegmentation;

use crate::words::{Words, lower};

/// Maximum number of words that `..` skips.
const MAX_GAP: usize = 4;

/// Words that follow each other in a sentence, in any case.
///
/// `refund*` is any word that begins so; `refund|money` is either word; `charged .. twice` allows up to four words in between.
/// Only whole words count, so `ad` is not in “bad”.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Up to [`MAX_GAP`] words.
    Gap,
    /// One of these words.
    OneOf(Vec<Pattern>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    word: String,
    /// Whether the word only has to begin so.
    is_prefix: bool,
}

impl Pattern {
    fn matches(&self, word: &str) -> bool {
        match self.is_prefix {
            true => word.starts_with(&self.word),
            false => word == self.word,
        }
    }
}

impl Phrase {
    /// Reads a phrase.
    ///
    /// # Errors
    ///
    /// What was expected, as the end of a sentence, if the phrase has no word, begins or ends with `..`, or if an alternative is not one
    /// word.
    pub fn parse(source: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        for token in source.split_whitespace() {
            if token == ".." {
                parts.push(Part::Gap);
            } else if token.contains('|') {
                let patterns = token.split('|').map(single).collect::<Option<_>>();
                let patterns = patterns.ok_or("one word on each side of `|`")?;
                parts.push(Part::OneOf(patterns));
            } else {
                parts.extend(several(token));
            }
        }
        match (parts.first(), parts.last()) {
            (None, _) => Err("at least one word"),
            (Some(Part::Gap), _) | (_, Some(Part::Gap)) => Err("a word before and after `..`"),
            _ => Ok(Self {
                source: source.split_whitespace().collect::<Vec<_>>().join(" "),
                parts,
            }),
        }
    }

    /// Returns the phrase as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Returns whether a text contains the phrase.
    pub fn is_in(&self, text: &str) -> bool {
        self.find(&Words::new(text)).next().is_some()
    }

    /// Returns where the phrase is: the first and the last word of each place.
    pub(crate) fn find<'a>(
        &'a self,
        words: &'a Words<'_>,
    ) -> impl Iterator<Item = RangeInclusive<usize>> + 'a {
        let end = |start: usize| Some(start..=end_of(&self.parts, words, start, start)?);
        (0..words.words.len()).filter_map(end)
    }

    /// Returns whether the first word is one of these.
    pub(crate) fn begins_with(&self, is: impl Fn(&str) -> bool) -> bool {
        match self.parts.first() {
            Some(Part::OneOf(patterns)) => patterns.iter().all(|pattern| is(&pattern.word)),
            _ => false,
        }
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

/// Returns the last word if the parts match from the word `at`; all words must be in the sentence of the word `first`.
fn end_of(parts: &[Part], words: &Words<'_>, first: usize, at: usize) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else {
        return at.checked_sub(1);
    };
    match part {
        Part::Gap => (at..=at + MAX_GAP).find_map(|at| end_of(rest, words, first, at)),
        Part::OneOf(patterns) => {
            let word = words.words.get(at)?;
            let fits = word.sentence == words.words[first].sentence
                && patterns.iter().any(|pattern| pattern.matches(&word.lower));
            fits.then(|| end_of(rest, words, first, at + 1)).flatten()
        }
    }
}

fn several(token: &str) -> Vec<Part> {
    let is_prefix = token.ends_with('*');
    let mut parts: Vec<Part> = token
        .unicode_words()
        .map(|word| {
            Part::OneOf(vec![Pattern {
                word: lower(word),
                is_prefix: false,
            }])
        })
        .collect();
    if let Some(Part::OneOf(last)) = parts.last_mut() {
        last.iter_mut().for_each(|pattern| pattern.is_prefix = is_prefix);
    }
    parts
}

fn single(token: &str) -> Option<Pattern> {
    match several(token).as_slice() {
        [Part::OneOf(patterns)] => patterns.first().cloned(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(phrase: &str, text: &str) -> bool {
        Phrase::parse(phrase).unwrap().is_in(text)
    }

    #[test]
    fn whole_words_in_any_case_are_found() {
        assert!(is_in("refund", "REFUND, please"));
        assert!(!is_in("ad", "a bad day"));
        assert!(is_in("refund*", "Two refunds"));
        assert!(!is_in("refund*", "a prerefund"));
        assert!(is_in("can't log in", "I can’t  log\tin"));
        assert!(is_in("wi-fi*", "the Wi-Fi's gone") && is_in("wi-fi", "wi fi"));
        assert!(is_in("my|our lawyer", "ask our lawyer") && !is_in("my|our lawyer", "a lawyer"));
        assert!(is_in("straße", "in der STRAßE"));
        assert!(is_in("退款", "我要退款。") && !is_in("退款", "我要退"));
    }

    #[test]
    fn gaps_are_short_and_within_a_sentence() {
        assert!(is_in("charged .. twice", "They charged my card twice"));
        assert!(is_in("charged .. twice", "charged twice"));
        assert!(is_in("charged .. twice", "charged a b c d twice"));
        assert!(!is_in("charged .. twice", "charged a b c d e twice"));
        assert!(!is_in("charged .. twice", "I was charged. Twice as nice"));
        assert!(is_in("log in", "log, in"));
        assert!(!is_in("log in", "a log. In time"));
    }

    #[test]
    fn what_is_no_phrase_is_refused() {
        for (source, expected) in [
            ("", "at least one word"),
            ("!!", "at least one word"),
            (".. a", "a word before and after `..`"),
            ("a ..", "a word before and after `..`"),
            ("a|", "one word on each side of `|`"),
            ("wi-fi|lan", "one word on each side of `|`"),
        ] {
            assert_eq!(Phrase::parse(source), Err(expected), "{source}");
        }
        assert_eq!(Phrase::parse("  a   b ").unwrap().as_str(), "a b");
    }
}
