//! The words of a set of texts.

use std::collections::{BTreeMap, BTreeSet};

use feedback_text::personal_data::mask_personal_data;

/// How many texts a word must be in to be kept.
const MIN_TEXTS: u32 = 3;
/// How many words are kept: the most frequent ones.
const MAX_WORDS: usize = 2_000;

/// In how many texts each word occurs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Words {
    pub(crate) counts: BTreeMap<String, u32>,
    /// A word that is not listed is in at most this many texts.
    pub(crate) others_at_most: u32,
}

impl Words {
    /// Adds the words of a text, each once.
    pub(crate) fn add(&mut self, text: &str) {
        let masked = mask_personal_data(text).to_lowercase();
        let words: BTreeSet<&str> = masked
            .split(|character: char| !character.is_alphanumeric() && character != '\'')
            .map(|word| word.trim_matches('\''))
            .filter(|word| word.chars().nth(1).is_some() && word.chars().any(char::is_alphabetic))
            .collect();
        for word in words {
            match self.counts.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(self.counts.insert(word.to_owned(), 1)),
            }
        }
    }

    /// Keeps the frequent words.
    pub(crate) fn shorten(&mut self) {
        let mut counts: Vec<u32> = self.counts.values().copied().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let next = counts.get(MAX_WORDS).map_or(0, |count| count + 1);
        let least = next.max(MIN_TEXTS);
        self.counts.retain(|_, count| *count >= least);
        self.others_at_most = least - 1;
    }

    /// The number of texts with a word; the most that it can be if the word is not listed.
    pub(crate) fn count(&self, word: &str) -> u32 {
        self.counts.get(word).copied().unwrap_or(self.others_at_most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_once_per_text_and_rare_ones_are_dropped() {
        let mut words = Words::default();
        for text in [
            "Login, login! I can't",
            "the LOGIN of ada@example.org",
            "login 2024 a",
        ] {
            words.add(text);
        }
        assert_eq!(words.counts["login"], 3);
        assert_eq!(words.counts["can't"], 1);
        assert!(!words.counts.contains_key("ada") && !words.counts.contains_key("2024"));
        words.shorten();
        assert_eq!(words.counts.len(), 1);
        assert_eq!((words.count("login"), words.count("new")), (3, 2));
    }

    #[test]
    fn the_most_frequent_words_are_kept_and_the_bound_holds() {
        let mut words = Words::default();
        for number in 0..3_000u32 {
            words.counts.insert(format!("w{number}"), 3 + number % 7);
        }
        let all = words.clone();
        words.shorten();
        assert!(words.counts.len() <= MAX_WORDS && words.counts.len() > MAX_WORDS / 2);
        assert!(all.counts.iter().all(|(word, &count)| count <= words.count(word)));
    }
}
