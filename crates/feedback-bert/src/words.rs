//! The words of a text, and which tokens belong to them.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::tokenizer::TokenSpan;

/// The position of a word, or of a punctuation mark or symbol between words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The range of the word in UTF-8 bytes: `&text[word.bytes.clone()]` is the word.
    pub bytes: Range<usize>,
    /// The range of the word in Unicode code points, as Python counts them: in Python, `text[start:end]` is the
    /// word.
    pub chars: Range<usize>,
}

/// Returns the words of a text, in order. Every character except white space belongs to exactly one word.
///
/// Words follow Unicode's text segmentation (UAX #29, word boundaries): combining marks stay with their
/// letter, an emoji of several code points is one word, and so is each Chinese character. A punctuation mark
/// is a word; so is a run of the same mark, as in `!!!`.
///
/// ```
/// let text = "Crasht jäh!!! 😡";
/// let words = feedback_bert::words::words(text);
/// let found: Vec<&str> = words.iter().map(|word| &text[word.bytes.clone()]).collect();
/// assert_eq!(found, ["Crasht", "jäh", "!!!", "😡"]);
/// assert_eq!(words[3].chars, 14..15);
/// assert_eq!(words[3].bytes, 15..19);
/// ```
pub fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut chars = 0;
    let mut before = "";
    for (start, piece) in text.split_word_bound_indices() {
        let begin = chars;
        chars += piece.chars().count();
        let word = Word {
            bytes: start..start + piece.len(),
            chars: begin..chars,
        };
        let sign = !piece.chars().any(char::is_alphanumeric);
        match found.last_mut() {
            _ if piece.chars().all(char::is_whitespace) => {}
            Some(last) if sign && piece == before => {
                last.bytes.end = word.bytes.end;
                last.chars.end = word.chars.end;
            }
            _ => found.push(word),
        }
        before = piece;
    }
    found
}

/// Returns for each token the index of its word: the word with which it shares the most characters, or the
/// first such word. A token without a position in the text, such as `[CLS]`, has `None`.
///
/// `tokens` comes from [`BertTokenizer::encode_with_spans`](crate::BertTokenizer::encode_with_spans).
pub fn words_of_tokens(words: &[Word], tokens: &[Option<TokenSpan>]) -> Vec<Option<usize>> {
    let tokens = tokens.iter();
    tokens
        .map(|token| token.as_ref().and_then(|token| word_of(words, token)))
        .collect()
}

fn word_of(words: &[Word], token: &TokenSpan) -> Option<usize> {
    let first = words.partition_point(|word| word.chars.end <= token.start);
    let mut best = None;
    let mut max_shared = 0;
    for (index, word) in words.iter().enumerate().skip(first) {
        if word.chars.start >= token.end {
            break;
        }
        let shared = word.chars.end.min(token.end) - word.chars.start.max(token.start);
        if shared > max_shared {
            (best, max_shared) = (Some(index), shared);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        words(text).iter().map(|word| &text[word.bytes.clone()]).collect()
    }

    #[test]
    fn words_follow_unicode_segmentation() {
        assert_eq!(
            found("It's 3.5 stars, not more..."),
            ["It's", "3.5", "stars", ",", "not", "more", "..."]
        );
        assert_eq!(found("应用崩溃"), ["应", "用", "崩", "溃"]);
        assert_eq!(found("👩‍👩‍👧 🇩🇪!"), ["👩‍👩‍👧", "🇩🇪", "!"]);
        assert_eq!(found("cafe\u{301} au lait"), ["cafe\u{301}", "au", "lait"]);
        assert_eq!(found(" \t\r\n\u{3000}"), Vec::<&str>::new());
        assert_eq!(found("! !"), ["!", "!"], "white space ends a run");
    }

    #[test]
    fn both_ranges_denote_the_same_word() {
        let text = "  ça 😡😡 e\u{301}t 崩!?";
        let chars: Vec<char> = text.chars().collect();
        for word in words(text) {
            let by_chars: String = chars[word.chars.clone()].iter().collect();
            assert_eq!(by_chars, text[word.bytes.clone()]);
        }
    }

    #[test]
    fn a_token_belongs_to_the_word_it_shares_most_characters_with() {
        let words = words("ab cdef");
        let span = |start, end| Some(TokenSpan { start, end, word: 0 });
        let tokens = [
            None,
            span(0, 2),
            span(2, 4),
            span(1, 6),
            span(3, 7),
            span(7, 9),
            span(2, 2),
        ];
        let expected = [None, Some(0), Some(1), Some(1), Some(1), None, None];
        assert_eq!(words_of_tokens(&words, &tokens), expected);
    }
}
