//! Turns texts into token ids, in the same way for training and prediction.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Map, Value};
use tokenizers::{PostProcessor as _, Tokenizer, TruncationDirection, TruncationParams};

use super::beginning::{Needed, Part};
use super::encoding::{Encoding, TokenSpan};
use super::{files, training};
use crate::error::{Error, Result};
use crate::windows::{LongTexts, Window, cut, most_tokens};

/// A tokenizer of the BERT family with a maximum length.
///
/// The truncation and padding settings of a `tokenizer.json` are not used: this type sets the maximum length,
/// and a [`Batch`](crate::batch::Batch) needs no padding. Only the side on which long texts are cut is kept.
#[derive(Debug, Clone)]
pub struct BertTokenizer {
    inner: Tokenizer,
    max_length: usize,
    long_texts: LongTexts,
    needed: Needed,
    pad_token_id: u32,
    /// The token that stands for what the vocabulary does not know, if there is one.
    unknown: Option<u32>,
    /// The tokens that are not pieces of the text.
    special: Vec<u32>,
    /// The contents of `tokenizer_config.json`, written back for Transformers.
    settings: Map<String, Value>,
}

impl BertTokenizer {
    /// Reads the `tokenizer.json` of a folder, or its `vocab.txt` if there is no `tokenizer.json`.
    ///
    /// As in Transformers, the settings `do_lower_case`, `strip_accents`, `tokenize_chinese_chars`,
    /// `add_prefix_space`, `split_special_tokens` and `truncation_side` of `tokenizer_config.json` override
    /// `tokenizer.json`. `max_length` counts tokens, including special tokens.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if neither file exists, [`Error::Json`] or [`Error::Tokenizer`] if one cannot be used,
    /// [`Error::Config`] if `max_length` is below 3.
    pub fn from_folder(folder: &Path, max_length: usize) -> Result<Self> {
        let settings = files::read_settings(folder)?;
        let inner = files::read_tokenizer(folder, &settings)?;
        Self::new(inner, max_length, settings)
    }

    /// Trains a lower-casing WordPiece vocabulary of at most `vocab_size` entries on `texts`.
    ///
    /// The vocabulary does not depend on the order of the texts.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`] if the texts contain no word, [`Error::Config`] if `max_length` is below 3.
    pub fn train<S: AsRef<str>>(texts: &[S], vocab_size: usize, max_length: usize) -> Result<Self> {
        let tokenizer = training::train(texts, vocab_size)?;
        Self::new(tokenizer, max_length, files::bert_settings())
    }

    fn new(mut inner: Tokenizer, max_length: usize, mut settings: Map<String, Value>) -> Result<Self> {
        if max_length < 3 {
            let expected = "at least 3 tokens: [CLS], one of the text, [SEP]";
            return Err(Error::config("max_length", expected, max_length));
        }
        let pad_token = files::pad_token(&inner, &settings);
        let pad_token_id = pad_token
            .and_then(|token| inner.token_to_id(&token))
            .ok_or_else(|| Error::Tokenizer("the vocabulary has no padding token ([PAD] or <pad>)".into()))?;
        inner.with_padding(None);
        let direction = files::truncation_side(&inner, &settings);
        if direction == TruncationDirection::Left {
            settings.insert("truncation_side".into(), "left".into()); // `tokenizer.json` is saved without truncation
        }
        let truncation = TruncationParams {
            max_length,
            direction,
            ..TruncationParams::default()
        };
        inner
            .with_truncation(Some(truncation))
            .map_err(files::tokenizer_error)?;
        let ids = |tokens: &[&str]| -> Vec<u32> {
            let ids = tokens.iter().filter_map(|token| inner.token_to_id(token));
            ids.collect()
        };
        Ok(Self {
            needed: Needed::new(&inner, max_length),
            unknown: ids(&["[UNK]", "<unk>"]).first().copied(),
            special: ids(&["[CLS]", "[SEP]", "[PAD]", "<s>", "</s>", "<pad>"]),
            inner,
            max_length,
            long_texts: LongTexts::Truncate,
            pad_token_id,
            settings,
        })
    }

    /// Returns the same tokenizer, which cuts long texts or gives their encodings windows. At first, it cuts them.
    ///
    /// ```
    /// use feedback_bert::{BertTokenizer, LongTexts};
    ///
    /// # fn main() -> feedback_bert::Result<()> {
    /// let tokenizer = BertTokenizer::train(&["open the app"; 2], 100, 5)?.with_long_texts(LongTexts::windows(5))?;
    /// let text = "open the app open the app";
    /// let long = tokenizer.encode(&[text])?.remove(0);
    /// // Two special tokens and three words at once; neighbours have one word in common.
    /// let chars: Vec<_> = long.windows.iter().map(|window| &text[window.chars.clone()]).collect();
    /// assert_eq!(chars, ["open the app", "app open the", "open the app"]);
    /// assert!(long.parts().iter().all(|part| part.len() == 5) && !long.truncated);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the overlap of windows is more than half of the maximum length.
    pub fn with_long_texts(mut self, long_texts: LongTexts) -> Result<Self> {
        if long_texts == self.long_texts {
            return Ok(self);
        }
        self.long_texts = long_texts.check(self.max_length)?;
        let special = self.inner.get_post_processor();
        let special = special.map_or(0, |processor| processor.added_tokens(false));
        let max_length = match long_texts.overlap() {
            None => self.max_length,
            Some(overlap) => special + most_tokens(self.max_length.saturating_sub(special), overlap),
        };
        let truncation = self.inner.get_truncation().cloned().unwrap_or_default();
        let truncation = TruncationParams {
            max_length,
            ..truncation
        };
        self.inner
            .with_truncation(Some(truncation))
            .map_err(files::tokenizer_error)?;
        self.needed = Needed::new(&self.inner, max_length);
        Ok(self)
    }

    /// Returns what happens to texts of more than [`max_length`](Self::max_length) tokens.
    pub fn long_texts(&self) -> LongTexts {
        self.long_texts
    }

    /// Returns `model_max_length` from the `tokenizer_config.json` of a folder, if it is set. Transformers
    /// writes a huge number for "no limit"; a number too large for `usize` counts as not set.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if the file cannot be parsed.
    pub(crate) fn saved_max_length(folder: &Path) -> Result<Option<usize>> {
        let settings = files::read_settings(folder)?;
        let saved = settings.get("model_max_length").and_then(Value::as_u64);
        Ok(saved.and_then(|length| usize::try_from(length).ok()))
    }

    /// Returns the tokens of each text, in order. A long text is cut at `max_length`, or its encoding has windows:
    /// see [`with_long_texts`](Self::with_long_texts).
    ///
    /// Time and memory are bounded by `max_length`, times [`MAX_WINDOWS`](crate::windows::MAX_WINDOWS) with windows, however
    /// long a text is.
    ///
    /// # Errors
    ///
    /// [`Error::Tokenizer`], which does not occur with a well-formed BERT tokenizer.
    pub fn encode<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<Encoding>> {
        let parts: Vec<Part> = texts.iter().map(|text| self.needed.of(text.as_ref())).collect();
        let inputs: Vec<&str> = parts.iter().map(|part| &*part.text).collect();
        let encodings =
            files::caught(|| self.inner.encode_batch_fast(inputs, true)).map_err(Error::Tokenizer)?;
        let encodings = encodings.into_par_iter().zip(parts).zip(texts);
        let encodings = encodings.map(|((encoding, part), text)| {
            let encoding = Encoding::from(&encoding);
            if self.has_windows(&encoding) {
                return Ok(self.encode_with_spans(text.as_ref())?.0);
            }
            Ok(Encoding {
                truncated: encoding.truncated || part.is_cut,
                ..encoding
            })
        });
        encodings.collect()
    }

    fn has_windows(&self, encoding: &Encoding) -> bool {
        self.long_texts.overlap().is_some() && encoding.len() > self.max_length
    }

    /// Returns the windows of a text; `special` says for each token whether it is a special token at one of the ends.
    fn windows(&self, special: &[u32], spans: &[Option<TokenSpan>]) -> Vec<Window> {
        let Some(overlap) = self.long_texts.overlap() else {
            return Vec::new();
        };
        let is_special = |token: &&u32| **token == 1;
        let before = special.iter().take_while(is_special).count();
        let after = special.iter().rev().take_while(is_special).count();
        let n_tokens = special.len() - before - after;
        let windows = cut(n_tokens, self.max_length.saturating_sub(before + after), overlap).into_iter();
        let windows = windows.map(|range| {
            let tokens = range.start + before..range.end + before;
            let of_text = || spans[tokens.clone()].iter().flatten();
            let chars = of_text().next().map_or(0, |first| first.start)
                ..of_text().next_back().map_or(0, |last| last.end);
            Window { tokens, chars }
        });
        windows.collect()
    }

    /// Returns the part of a text that determines its tokens, at most 1 MiB. Nearly always this is the whole
    /// text; otherwise it is the beginning, or the end if the tokenizer truncates at the beginning.
    pub fn decisive_part<'a>(&self, text: &'a str) -> &'a str {
        let part = self.needed.slice_of(text);
        if self.needed.is_from_end() {
            &text[text.len() - part.used..]
        } else {
            &text[..part.used]
        }
    }

    /// Returns the tokens of a text with their positions in the text; special tokens have no position.
    ///
    /// # Errors
    ///
    /// Those of [`BertTokenizer::encode`].
    pub fn encode_with_spans(&self, text: &str) -> Result<(Encoding, Vec<Option<TokenSpan>>)> {
        let part = self.needed.slice_of(text);
        let before = match self.needed.is_from_end() {
            true => text[..text.len() - part.used].chars().count(),
            false => 0,
        };
        let encoding =
            files::caught(|| self.inner.encode_char_offsets(&*part.text, true)).map_err(Error::Tokenizer)?;
        let places = encoding.get_offsets().iter().zip(encoding.get_word_ids());
        let special = encoding.get_special_tokens_mask();
        let spans = places.zip(special).map(|((&(start, end), &word), &special)| {
            let word = word.filter(|_| special == 0)? as usize;
            let (start, end) = (start + before, end + before);
            Some(TokenSpan { start, end, word })
        });
        let spans: Vec<Option<TokenSpan>> = spans.collect();
        let mut read = Encoding::from(&encoding);
        read.truncated |= part.is_cut;
        if self.has_windows(&read) {
            read.windows = self.windows(special, &spans);
        }
        Ok((read, spans))
    }

    /// Returns the share of a text's tokens that the vocabulary does not know, 0 to 1: `[UNK]` among all tokens but special ones. It is 1
    /// for a text without tokens, and 0 with a vocabulary that knows everything, such as one of bytes.
    #[must_use]
    pub fn unknown_share(&self, encoding: &Encoding) -> f64 {
        let (mut pieces, mut unknown) = (0_u32, 0_u32);
        for id in &encoding.input_ids {
            pieces += u32::from(!self.special.contains(id));
            unknown += u32::from(self.unknown == Some(*id));
        }
        match pieces {
            0 => 1.0,
            _ => f64::from(unknown) / f64::from(pieces),
        }
    }

    /// Returns the number of entries in the vocabulary, including added tokens.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Returns the largest id in the vocabulary, including added tokens. The ids may have gaps.
    pub(crate) fn max_id(&self) -> u32 {
        self.inner.get_vocab(true).into_values().max().unwrap_or(0)
    }

    /// Returns the id of a token, such as `[MASK]` or `##ing`, if the vocabulary has it.
    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// Returns the token with this id, if the vocabulary has it.
    pub fn id_to_token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// Returns the maximum length of an encoding or, with windows, of each window, in tokens.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// Returns the id of the padding token.
    pub fn pad_token_id(&self) -> u32 {
        self.pad_token_id
    }

    /// Writes `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`, and returns their
    /// paths.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Tokenizer`].
    pub fn save(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut plain = self.inner.clone();
        plain.with_truncation(None).map_err(files::tokenizer_error)?;
        let json = plain.to_string(true).map_err(files::tokenizer_error)?;
        let (settings, special) = files::settings_to_save(&self.settings, &json, self.max_length);
        let files = [
            ("tokenizer.json", json),
            (
                "tokenizer_config.json",
                format!("{:#}\n", Value::Object(settings)),
            ),
            (
                "special_tokens_map.json",
                format!("{:#}\n", Value::Object(special)),
            ),
        ];
        let mut written = Vec::new();
        for (name, text) in files {
            let path = folder.join(name);
            fs_err::write(&path, text)?;
            written.push(path);
        }
        Ok(written)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
