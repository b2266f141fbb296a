//! Texts with the positions of their words and tokens.

use feedback_bert::Encoding;
use feedback_bert::words::{Word, words, words_of_tokens};

use crate::classifier::Classifier;
use crate::error::{Error, Result};

/// A text with the positions of its words and tokens.
pub(crate) struct ReadText {
    /// The text after cleaning, if that changed it; positions refer to this text.
    pub(crate) cleaned: Option<String>,
    pub(crate) encoding: Encoding,
    pub(crate) words: Vec<Word>,
    /// The index of the word that each token belongs to; `None` for tokens outside words.
    pub(crate) word_of_token: Vec<Option<usize>>,
}

impl Classifier {
    /// Returns the logits as [`Classifier::logits`] does, and the number of texts of whose tokens the model's vocabulary knows none.
    ///
    /// # Errors
    ///
    /// Those of [`Classifier::logits`].
    pub fn logits_and_unknown<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<(Vec<f32>, usize)> {
        let encodings = self.encode(texts)?;
        let tokenizer = &self.folder().tokenizer;
        let is_unknown = |encoding: &&Encoding| tokenizer.unknown_share(encoding) >= 1.0;
        let unknown = encodings.iter().filter(is_unknown).count();
        Ok((self.forward(&encodings)?.0, unknown))
    }

    /// Cleans and encodes a text, and finds its words.
    pub(crate) fn read(&self, text: &str) -> Result<ReadText> {
        if text.trim().is_empty() {
            return Err(Error::EmptyText {
                position: 1,
                count: 1,
            });
        }
        let cleaned = self.cleaning().changed(text);
        let text = cleaned.as_deref().unwrap_or(text);
        let tokenizer = &self.folder().tokenizer;
        let (encoding, spans) = tokenizer.encode_with_spans(text)?;
        let words = words(tokenizer.decisive_part(text));
        Ok(ReadText {
            word_of_token: words_of_tokens(&words, &spans),
            encoding,
            words,
            cleaned,
        })
    }
}
