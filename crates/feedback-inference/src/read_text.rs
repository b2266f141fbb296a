//! Texts with the positions of their words and tokens.

use feedback_bert::Encoding;
use feedback_bert::windows::Window;
use feedback_bert::words::{Word, words, words_of_tokens};

use crate::classifier::Classifier;
use crate::error::{Error, Result};
use crate::prediction::InWindows;
use crate::softmax::{argmax, softmax};

/// A text with the positions of its words and tokens. Of a text that is read in windows, only the window that decided is explained.
pub(crate) struct ReadText {
    /// The text after cleaning, if that changed it; positions refer to this text.
    pub(crate) cleaned: Option<String>,
    /// The tokens of the text or of the window that decided.
    pub(crate) encoding: Encoding,
    /// The words of the text.
    pub(crate) words: Vec<Word>,
    /// The index of the word that each token of `encoding` belongs to; `None` for tokens outside words.
    pub(crate) word_of_token: Vec<Option<usize>>,
    /// The window that decided, if there are several.
    pub(crate) window: Option<Deciding>,
}

/// The window that decided.
pub(crate) struct Deciding {
    /// All tokens of the text, with its windows.
    pub(crate) text: Encoding,
    pub(crate) windows: InWindows,
    /// The class that it decided about.
    pub(crate) class: usize,
}

impl Classifier {
    /// Cleans and encodes a text, and finds its words. If it is read in windows, finds the window that decided about `class`; by default,
    /// this is the class of the predicted label.
    pub(crate) fn read(&self, text: &str, class: Option<usize>) -> Result<ReadText> {
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
        let word_of_token = words_of_tokens(&words, &spans);
        let read = ReadText {
            word_of_token,
            encoding,
            words,
            cleaned,
            window: None,
        };
        if read.encoding.windows.is_empty() {
            Ok(read)
        } else {
            self.deciding_window(read, class)
        }
    }

    /// Reduces a text to the window that decided.
    fn deciding_window(&self, read: ReadText, class: Option<usize>) -> Result<ReadText> {
        let text = read.encoding;
        let encodings = std::slice::from_ref(&text);
        let (logits, outputs) = self.logits_and_outputs(encodings)?;
        let temperature = self.manifest().temperature;
        let class = class.unwrap_or_else(|| argmax(&softmax(&logits, temperature)));
        let ngrams = self.folder().ngrams.as_ref();
        let found = outputs.in_windows(encodings, &[class], self.labels().len(), ngrams);
        let Some(windows) = found.into_iter().flatten().next() else {
            return Ok(ReadText {
                encoding: text,
                ..read
            }); // the text is read at once
        };
        let window = &text.windows[windows.deciding - 1];
        Ok(ReadText {
            encoding: text.part(window),
            word_of_token: words_of(&text, window, &read.word_of_token),
            window: Some(Deciding { windows, class, text }),
            ..read
        })
    }
}

/// Returns the words of the tokens of a window, between the special tokens.
fn words_of(text: &Encoding, window: &Window, word_of_token: &[Option<usize>]) -> Vec<Option<usize>> {
    let part = text.part(window);
    let before = text.windows.first().map_or(0, |first| first.tokens.start);
    let mut words = vec![None; part.len()];
    words[before..before + window.tokens.len()].copy_from_slice(&word_of_token[window.tokens.clone()]);
    words
}
