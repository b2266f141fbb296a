//! What a tokenizer returns for one text.

/// The tokens of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// Token ids, including special tokens.
    pub input_ids: Vec<u32>,
    /// Segment ids; all 0 for a single text.
    pub token_type_ids: Vec<u32>,
    /// Whether the text was longer than `max_length` and was cut.
    pub truncated: bool,
}

impl Encoding {
    /// Returns the number of tokens, including special tokens.
    pub fn len(&self) -> usize {
        self.input_ids.len()
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
        }
    }
}
