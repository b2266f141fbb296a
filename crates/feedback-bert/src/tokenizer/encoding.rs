//! What a tokenizer returns for one text.

use std::borrow::Cow;

use crate::windows::Window;

/// The tokens of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// Token ids, including special tokens.
    pub input_ids: Vec<u32>,
    /// Segment ids; all 0 for a single text.
    pub token_type_ids: Vec<u32>,
    /// Whether the text was too long and was cut.
    pub truncated: bool,
    /// The windows in which the text is read; empty if it is read at once.
    pub windows: Vec<Window>,
}

impl Encoding {
    /// Returns the number of tokens, including special tokens.
    pub fn len(&self) -> usize {
        self.input_ids.len()
    }

    /// Returns what a model reads at once: this text or, if it has windows, each of them.
    pub fn parts(&self) -> Vec<Cow<'_, Self>> {
        if self.windows.is_empty() {
            return vec![Cow::Borrowed(self)];
        }
        self.windows
            .iter()
            .map(|window| Cow::Owned(self.part(window)))
            .collect()
    }

    /// Returns the tokens of one of its windows, between the special tokens of the text.
    pub fn part(&self, window: &Window) -> Self {
        let before = self.windows.first().map_or(0, |first| first.tokens.start);
        let after = self.windows.last().map_or(self.len(), |last| last.tokens.end);
        let of_part = |all: &[u32]| [&all[..before], &all[window.tokens.clone()], &all[after..]].concat();
        Self {
            input_ids: of_part(&self.input_ids),
            token_type_ids: of_part(&self.token_type_ids),
            truncated: self.truncated,
            windows: Vec::new(),
        }
    }

    /// Returns whether there are no tokens.
    pub fn is_empty(&self) -> bool {
        self.input_ids.is_empty()
    }
}

impl AsRef<Encoding> for Encoding {
    fn as_ref(&self) -> &Encoding {
        self
    }
}

/// The position of a token in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenSpan {
    /// Index of the first character, counted in Unicode scalar values from 0.
    pub start: usize,
    /// Index of the character after the last one.
    pub end: usize,
    /// Index of the word that the token belongs to. The pre-tokenizer splits a text into words.
    pub word: usize,
}

impl From<&tokenizers::Encoding> for Encoding {
    fn from(encoding: &tokenizers::Encoding) -> Self {
        Self {
            truncated: !encoding.get_overflowing().is_empty(),
            input_ids: encoding.get_ids().to_vec(),
            token_type_ids: encoding.get_type_ids().to_vec(),
            windows: Vec::new(),
        }
    }
}
