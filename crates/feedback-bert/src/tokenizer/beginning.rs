//! The part of a text that can matter to its tokens.
//!
//! A megabyte of text takes hundreds of times its size in memory to tokenize, and all but `max_length` tokens are then
//! dropped. So a long text is cut before, where its first `max_length` tokens are certain to end.

use std::borrow::Cow;

use serde_json::Value;
use tokenizers::{ModelWrapper, NormalizerWrapper, PreTokenizerWrapper, Tokenizer, TruncationDirection};
use unicode_categories::UnicodeCategories;

/// Texts of at most so many bytes a token are not looked at: feedback has about four.
const SHORT: usize = 64;
/// The longest part of a text that is tokenized, in bytes a token. Only words of hundreds of letters come close.
const LONGEST: usize = 512;
/// The longest part of a text that is tokenized with positions, in bytes.
const LONGEST_WITH_POSITIONS: usize = 1 << 20;
/// White space beyond so many characters in a row is left out.
const SPACES: usize = 64;
/// An added token may be read where we count so many words.
const MOST_WORDS_IN_A_TOKEN: usize = 64;

/// How the part that matters is found.
#[derive(Debug, Clone)]
pub(crate) struct Needed {
    max_length: usize,
    /// From which end a text is read.
    from_end: bool,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    /// As BERT splits: each word gives at least one token.
    Words(Words),
    /// A token covers at most so many bytes.
    Bytes(usize),
}

#[derive(Debug, Clone, Copy)]
struct Words {
    /// So many words are certain to give `max_length` tokens.
    enough: usize,
    /// Whether the normaliser makes each Chinese character a word.
    chinese: bool,
    /// A word of more letters is one unknown token, so further letters change nothing.
    longest: usize,
}

/// The part of one text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// What to tokenize.
    pub(crate) text: Cow<'a, str>,
    /// How many bytes of the text it stands for.
    pub(crate) used: usize,
    /// Whether there is more than white space beyond it.
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

    /// The part of a text that decides its tokens.
    ///
    /// Exact for tokenizers that split like BERT, except where the part would be longer than 512 bytes a token: only in texts
    /// that are made of control characters or of words of hundreds of letters.
    pub(crate) fn of<'a>(&self, text: &'a str) -> Part<'a> {
        if text.len() <= self.max_length.saturating_mul(SHORT) {
            return self.whole(text);
        }
        let most = self.max_length.saturating_mul(LONGEST);
        let words = match self.rule {
            Rule::Bytes(most_of_token) => {
                let most = self.max_length.saturating_mul(most_of_token).min(most);
                return self.slice(text, most);
            }
            Rule::Words(words) => words,
        };
        let mut scan = Scan::new(words);
        let mut kept = String::new();
        let mut used = 0;
        let mut characters = text.chars();
        while scan.words < words.enough && kept.len() < most {
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

    /// The part as a slice, so that positions in it are positions in the text.
    pub(crate) fn slice_of<'a>(&self, text: &'a str) -> Part<'a> {
        let used = self.of(text).used.min(LONGEST_WITH_POSITIONS);
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

    /// Whether the part is at the end of the text.
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
    let in_a_token = longest_added.max().unwrap_or(1).clamp(1, MOST_WORDS_IN_A_TOKEN);
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
            let longest = model.get("max_input_chars_per_word").and_then(Value::as_u64);
            // Four times as many letters, since normalising may shorten a word.
            let longest = longest.and_then(|longest| usize::try_from(longest).ok()?.checked_mul(4));
            Rule::Words(Words {
                enough: max_length.saturating_mul(in_a_token),
                chinese: normalizer.handle_chinese_chars,
                longest: longest.unwrap_or(usize::MAX),
            })
        }
        _ => {
            let vocabulary = tokenizer.get_vocab(true);
            let longest = vocabulary.keys().map(String::len).max();
            // Normalising may make a character of four bytes into one of one.
            Rule::Bytes(longest.unwrap_or(1).saturating_mul(4))
        }
    }
}

/// Counts words as BERT splits, never too many.
struct Scan {
    rule: Words,
    words: usize,
    /// Letters of the current word.
    letters: usize,
    /// Characters of white space in a row.
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

    /// Takes the next character; false if leaving it out changes no token.
    fn keeps(&mut self, character: char) -> bool {
        if is_space(character) {
            self.letters = 0;
            self.spaces += 1;
            return self.spaces <= SPACES;
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
        // Marks, symbols and control characters may vanish, so a word begins with its first letter or digit.
        if character.is_letter() || character.is_number() {
            self.words += usize::from(self.letters == 0);
            self.letters += 1;
        }
        self.letters <= self.rule.longest
    }
}

/// White space that separates words; other control characters are removed before.
fn is_space(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r') || (character.is_whitespace() && !character.is_other())
}

/// The blocks that BERT's normaliser takes for Chinese.
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
