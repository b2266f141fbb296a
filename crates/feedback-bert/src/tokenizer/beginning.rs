//! Finds the part of a text that determines its tokens.
//!
//! Tokenizing a text needs hundreds of times its size in memory, although at most `max_length`
//! tokens are kept. Therefore a long text is cut before it is tokenized. The part that remains is
//! long enough to give the same tokens as the whole text; [`Needed::of`] names the exceptions.

use std::borrow::Cow;

use serde_json::Value;
use tokenizers::{ModelWrapper, NormalizerWrapper, PreTokenizerWrapper, Tokenizer, TruncationDirection};
use unicode_categories::UnicodeCategories;

/// A text of at most `max_length` times this many bytes is never cut. Feedback has about 4 bytes
/// per token.
const UNCUT_BYTES_PER_TOKEN: usize = 64;
/// The part that is tokenized has at most about `max_length` times this many bytes. With tokenizers
/// that split like BERT, only unusual texts reach this limit, such as texts made of control
/// characters, combining marks or emoji, or of words with hundreds of letters.
const MAX_BYTES_PER_TOKEN: usize = 512;
/// Maximum length in bytes of the part that is tokenized with positions.
const MAX_BYTES_WITH_POSITIONS: usize = 1 << 20;
/// A longer run of white space characters is shortened to this many.
const MAX_SPACES: usize = 64;
/// [`Scan`] counts `[SEP]` as three words (`[`, `SEP` and `]`), but it is one token. An added token
/// is assumed to contain at most this many words.
const MAX_WORDS_PER_ADDED_TOKEN: usize = 64;

/// Finds the part of a text that determines its tokens.
#[derive(Debug, Clone)]
pub(crate) struct Needed {
    max_length: usize,
    /// Whether texts are read from the end, because the tokenizer truncates at the beginning.
    from_end: bool,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    /// The tokenizer splits like BERT: each word gives at least one token.
    Words(Words),
    /// A token covers at most this many bytes.
    Bytes(usize),
}

#[derive(Debug, Clone, Copy)]
struct Words {
    /// A text with this many words has at least `max_length` tokens.
    enough: usize,
    /// Whether the normaliser makes each Chinese character a word.
    chinese: bool,
    /// A word with more letters than this becomes a single unknown token, so its other letters are
    /// left out.
    max_letters: usize,
}

/// The part of one text that is tokenized.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// The text to tokenize.
    pub(crate) text: Cow<'a, str>,
    /// How many bytes of the original text the part covers.
    pub(crate) used: usize,
    /// Whether the rest of the original text contains more than white space.
    pub(crate) is_cut: bool,
}

impl Needed {
    pub(crate) fn new(tokenizer: &Tokenizer, max_length: usize) -> Self {
        let side = tokenizer.get_truncation().map(|truncation| truncation.direction);
        Self {
            max_length,
            from_end: side == Some(TruncationDirection::Left),
            rule: rule(tokenizer, max_length),
        }
    }

    /// Returns the part of a text that determines its tokens.
    ///
    /// If the tokenizer splits like BERT, the part gives exactly the tokens of the whole text,
    /// unless the part reaches the limit of 512 bytes per token. Only unusual texts reach it, such as
    /// texts made of control characters, combining marks or emoji, or of words with hundreds of
    /// letters. With other tokenizers, equal tokens are likely but not guaranteed.
    pub(crate) fn of<'a>(&self, text: &'a str) -> Part<'a> {
        if text.len() <= self.max_length.saturating_mul(UNCUT_BYTES_PER_TOKEN) {
            return self.whole(text);
        }
        let max_bytes = self.max_length.saturating_mul(MAX_BYTES_PER_TOKEN);
        let words = match self.rule {
            Rule::Bytes(per_token) => {
                let needed = self.max_length.saturating_mul(per_token);
                return self.slice(text, needed.min(max_bytes));
            }
            Rule::Words(words) => words,
        };
        let mut scan = Scan::new(words);
        let mut kept = String::new();
        let mut used = 0;
        let mut characters = text.chars();
        while scan.words < words.enough && kept.len() < max_bytes {
            let next = if self.from_end {
                characters.next_back()
            } else {
                characters.next()
            };
            let Some(character) = next else { break };
            used += character.len_utf8();
            if scan.keeps(character) {
                kept.push(character);
            }
        }
        if used == text.len() && kept.len() == text.len() {
            return self.whole(text);
        }
        let is_cut = has_content(characters.as_str());
        let text = if self.from_end {
            kept.chars().rev().collect()
        } else {
            kept
        };
        Part {
            text: Cow::Owned(text),
            used,
            is_cut,
        }
    }

    /// Returns the part as an unchanged slice of the text. A position in the text is the position
    /// in the slice plus the start of the slice.
    pub(crate) fn slice_of<'a>(&self, text: &'a str) -> Part<'a> {
        let used = self.of(text).used.min(MAX_BYTES_WITH_POSITIONS);
        self.slice(text, used)
    }

    fn slice<'a>(&self, text: &'a str, bytes: usize) -> Part<'a> {
        if bytes >= text.len() {
            return self.whole(text);
        }
        let (part, rest) = if self.from_end {
            let (rest, part) = text.split_at(text.ceil_char_boundary(text.len() - bytes));
            (part, rest)
        } else {
            text.split_at(text.floor_char_boundary(bytes))
        };
        Part {
            text: Cow::Borrowed(part),
            used: part.len(),
            is_cut: has_content(rest),
        }
    }

    fn whole<'a>(&self, text: &'a str) -> Part<'a> {
        Part {
            text: Cow::Borrowed(text),
            used: text.len(),
            is_cut: false,
        }
    }

    /// Returns true if the parts are the ends of texts, and false if they are the beginnings.
    pub(crate) fn is_from_end(&self) -> bool {
        self.from_end
    }
}

fn has_content(text: &str) -> bool {
    text.contains(|character: char| !character.is_whitespace())
}

fn rule(tokenizer: &Tokenizer, max_length: usize) -> Rule {
    let added = tokenizer.get_added_tokens_decoder();
    let longest_added = added.values().map(|token| token.content.chars().count());
    let in_a_token = longest_added
        .max()
        .unwrap_or(1)
        .clamp(1, MAX_WORDS_PER_ADDED_TOKEN);
    match (
        tokenizer.get_normalizer(),
        tokenizer.get_pre_tokenizer(),
        tokenizer.get_model(),
    ) {
        (
            Some(NormalizerWrapper::BertNormalizer(normalizer)),
            Some(PreTokenizerWrapper::BertPreTokenizer(_)),
            ModelWrapper::WordPiece(model),
        ) => {
            let model = serde_json::to_value(model).unwrap_or_default();
            let max_letters = model.get("max_input_chars_per_word").and_then(Value::as_u64);
            // Four times as many letters are kept, because normalising may shorten a word.
            let max_letters = max_letters.and_then(|max| usize::try_from(max).ok()?.checked_mul(4));
            Rule::Words(Words {
                enough: max_length.saturating_mul(in_a_token),
                chinese: normalizer.handle_chinese_chars,
                max_letters: max_letters.unwrap_or(usize::MAX),
            })
        }
        _ => {
            let vocabulary = tokenizer.get_vocab(true);
            let longest = vocabulary.keys().map(String::len).max();
            // Times four, because normalising may replace a 4-byte character with a 1-byte character.
            Rule::Bytes(longest.unwrap_or(1).saturating_mul(4))
        }
    }
}

/// Counts words as BERT splits them. The count may be too low, but it is never too high.
struct Scan {
    rule: Words,
    words: usize,
    /// Number of letters in the current word so far.
    letters: usize,
    /// Number of consecutive white space characters so far.
    spaces: usize,
}

impl Scan {
    fn new(rule: Words) -> Self {
        Self {
            rule,
            words: 0,
            letters: 0,
            spaces: 0,
        }
    }

    /// Counts the next character. Returns whether to keep it; a character is left out if no token
    /// depends on it.
    fn keeps(&mut self, character: char) -> bool {
        if is_space(character) {
            self.letters = 0;
            self.spaces += 1;
            return self.spaces <= MAX_SPACES;
        }
        self.spaces = 0;
        if character.is_ascii_punctuation()
            || character.is_punctuation()
            || (self.rule.chinese && is_chinese(character))
        {
            self.letters = 0;
            self.words += 1;
            return true;
        }
        // The normaliser may remove marks, symbols and control characters, so a word begins with its first
        // letter or digit.
        if character.is_letter() || character.is_number() {
            self.words += usize::from(self.letters == 0);
            self.letters += 1;
        }
        self.letters <= self.rule.max_letters
    }
}

/// Returns whether a character is white space that separates words. Tabs and line breaks do; the
/// normaliser removes all other control characters, so those do not.
fn is_space(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r') || (character.is_whitespace() && !character.is_other())
}

/// Returns whether a character is in a block that BERT's normaliser treats as Chinese.
fn is_chinese(character: char) -> bool {
    matches!(
        u32::from(character),
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x20000..=0x2A6DF
            | 0x2A700..=0x2B73F
            | 0x2B740..=0x2B81F
            | 0x2B920..=0x2CEAF
            | 0xF900..=0xFAFF
            | 0x2F800..=0x2FA1F
    )
}
