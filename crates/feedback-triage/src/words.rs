//! The words of a text, with their sentences and clauses.

use unicode_segmentation::UnicodeSegmentation;

/// A text, divided into words.
#[derive(Debug, Clone)]
pub(crate) struct Words<'a> {
    text: &'a str,
    pub(crate) words: Vec<Word>,
}

/// A word and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    /// In lower case, with straight apostrophes.
    pub(crate) lower: String,
    start: usize,
    end: usize,
    /// The sentence and the clause that it is in, counted from 0.
    pub(crate) sentence: usize,
    pub(crate) clause: usize,
}

impl<'a> Words<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let (mut sentence, mut clause, mut end) = (0, 0, 0);
        for (start, word) in text.unicode_word_indices() {
            let between = &text[end..start];
            let ends_sentence = between.contains(['.', '!', '?', ';', '\n', '…']);
            sentence += usize::from(ends_sentence);
            clause += usize::from(ends_sentence || between.contains([',', ':', '(', ')', '–', '—']));
            end = start + word.len();
            words.push(Word {
                lower: lower(word),
                start,
                end,
                sentence,
                clause,
            });
        }
        Self { text, words }
    }

    /// Returns the part of the text from the first to the last of these words, as it was written.
    pub(crate) fn quote(&self, first: usize, last: usize) -> &'a str {
        let (Some(first), Some(last)) = (self.words.get(first), self.words.get(last)) else {
            return "";
        };
        self.text.get(first.start..last.end).unwrap_or_default()
    }
}

/// Returns a word in the form in which words are compared.
pub(crate) fn lower(word: &str) -> String {
    word.to_lowercase().replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_sentences_and_clauses() {
        let words = Words::new("Don’t, please. v6.2 is 3.50 more\nyes");
        let found: Vec<(&str, usize, usize)> = words
            .words
            .iter()
            .map(|word| (word.lower.as_str(), word.sentence, word.clause))
            .collect();
        assert_eq!(
            found,
            [
                ("don't", 0, 0),
                ("please", 0, 1),
                ("v6.2", 1, 2),
                ("is", 1, 2),
                ("3.50", 1, 2),
                ("more", 1, 2),
                ("yes", 2, 3)
            ]
        );
        assert_eq!(words.quote(0, 1), "Don’t, please");
        assert_eq!(words.quote(3, 99), "");
    }
}
