//! Long texts: windows that overlap, and what they say together.
//!
//! A text of more tokens than a model reads at once is cut, or it is read in windows. This module computes with numbers only: which
//! tokens a window has, what the windows of a text say together, and which of them decided.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Maximum number of windows of a text; the rest of the text is cut. At 256 tokens and the default overlap they cover 12,000 tokens,
/// about 20 pages. Without a limit, one text of some megabytes would keep a server busy for minutes.
pub const MAX_WINDOWS: usize = 64;

/// What happens to a text that has more tokens than a model reads at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LongTexts {
    /// The text is cut.
    #[default]
    Truncate,
    /// The text is read in windows of the maximum length, and their logits are averaged; at most [`MAX_WINDOWS`].
    Windows {
        /// Number of tokens that two neighbouring windows have in common; at most half of the maximum length.
        overlap: usize,
    },
}

impl LongTexts {
    /// Returns windows with the default overlap for this maximum length: a quarter of it. A passage of up to that many tokens, such as
    /// two or three sentences at 64 tokens, is then complete in at least one window, and reading takes a third longer than without
    /// an overlap.
    pub fn windows(max_length: usize) -> Self {
        Self::Windows {
            overlap: max_length / 4,
        }
    }

    /// Returns true if long texts are cut.
    pub fn is_truncate(&self) -> bool {
        *self == Self::Truncate
    }

    /// Returns the overlap of windows; `None` if long texts are cut.
    pub fn overlap(self) -> Option<usize> {
        match self {
            Self::Truncate => None,
            Self::Windows { overlap } => Some(overlap),
        }
    }

    /// Checks the overlap for this maximum length.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the overlap is more than half of the maximum length: windows would repeat each token more than twice.
    pub fn check(self, max_length: usize) -> Result<Self> {
        match self.overlap() {
            Some(overlap) if overlap > max_length / 2 => Err(Error::config(
                "window_overlap",
                format!(
                    "at most {}, half of the maximum length of {max_length} tokens",
                    max_length / 2
                ),
                overlap,
            )),
            _ => Ok(self),
        }
    }
}

/// A part of a text that is read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its tokens, as positions in the tokens of the text; the special tokens at both ends of the text are not in any range.
    pub tokens: Range<usize>,
    /// Its first character and the character after its last one, counted in Unicode scalar values from 0.
    pub chars: Range<usize>,
}

/// Cuts `n_tokens` tokens into windows of at most `length` tokens. Neighbours have at least `overlap` tokens in common; the last window
/// ends with the last token, so it may have more in common with the one before. Tokens that fit are one window.
///
/// ```
/// use feedback_bert::windows::cut;
///
/// assert_eq!(cut(10, 4, 1), [0..4, 3..7, 6..10]);
/// assert_eq!(cut(9, 4, 1), [0..4, 3..7, 5..9]);
/// assert_eq!(cut(4, 4, 1), [0..4]);
/// ```
pub fn cut(n_tokens: usize, length: usize, overlap: usize) -> Vec<Range<usize>> {
    let step = length.saturating_sub(overlap).max(1);
    let mut windows = Vec::new();
    let mut start = 0;
    while start + length < n_tokens {
        windows.push(start..start + length);
        start += step;
    }
    windows.push(n_tokens.saturating_sub(length)..n_tokens);
    windows
}

/// Returns the number of tokens that [`MAX_WINDOWS`] windows cover.
pub(crate) fn most_tokens(length: usize, overlap: usize) -> usize {
    let step = length.saturating_sub(overlap).max(1);
    step.saturating_mul(MAX_WINDOWS - 1).saturating_add(length)
}

/// Returns the mean of the windows of each text. `rows` has one row of `width` numbers per window, and `counts` the number of windows
/// of each text; the result has one row per text. A text of one window keeps its numbers.
///
/// The last layer of a classifier is linear, so the mean of logits is also the logits of the mean vector.
///
/// ```
/// use feedback_bert::windows::pool;
///
/// let rows = [1.0, 0.0, 3.0, 2.0, 7.0, 7.0];
/// assert_eq!(pool(&rows, 2, &[2, 1]), [2.0, 1.0, 7.0, 7.0]);
/// ```
pub fn pool(rows: &[f32], width: usize, counts: &[usize]) -> Vec<f32> {
    let mut pooled = Vec::with_capacity(counts.len() * width);
    let mut rest = rows;
    for &count in counts {
        let (windows, after) = rest.split_at(count * width);
        rest = after;
        pooled.extend((0..width).map(|column| {
            let values = windows.iter().skip(column).step_by(width.max(1));
            let sum: f64 = values.map(|&value| f64::from(value)).sum();
            (sum / count as f64) as f32
        }));
    }
    pooled
}

/// Returns the position of the window with the highest score; of equal ones, the first. The scores are the logits of the label that a
/// text gets, one for each of its windows.
///
/// ```
/// assert_eq!(feedback_bert::windows::deciding([0.5, 2.0, 2.0]), 1);
/// ```
pub fn deciding(scores: impl IntoIterator<Item = f32>) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (window, score) in scores.into_iter().enumerate() {
        if score > best.1 {
            best = (window, score);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_overlap_of_more_than_half_is_refused() {
        let check = |overlap, max_length| LongTexts::Windows { overlap }.check(max_length);
        assert!(check(128, 256).is_ok() && check(0, 256).is_ok());
        let message = check(129, 256).unwrap_err().to_string();
        assert!(
            message.contains("`window_overlap` is `129`") && message.contains("at most 128"),
            "{message}"
        );
        assert_eq!(LongTexts::windows(256), LongTexts::Windows { overlap: 64 });
        assert!((3..600).all(|max_length| LongTexts::windows(max_length).check(max_length).is_ok()));
    }

    #[test]
    fn the_manifest_names_windows_and_their_overlap() {
        let windows = LongTexts::Windows { overlap: 64 };
        let json = serde_json::to_value(windows).unwrap();
        assert_eq!(json, serde_json::json!({"windows": {"overlap": 64}}));
        assert_eq!(serde_json::from_value::<LongTexts>(json).unwrap(), windows);
    }

    proptest! {
        #[test]
        fn every_token_is_in_a_window_and_no_window_is_too_long(
            n_tokens in 0_usize..2_000,
            length in 1_usize..300,
            overlap in 0_usize..150,
        ) {
            let overlap = overlap.min(length / 2);
            let windows = cut(n_tokens, length, overlap);
            prop_assert_eq!(windows[0].start, 0);
            prop_assert_eq!(windows[windows.len() - 1].end, n_tokens);
            for window in &windows {
                prop_assert!(window.len() <= length);
                prop_assert!(windows.len() == 1 || window.len() == length);
            }
            for pair in windows.windows(2) {
                prop_assert!(pair[0].start < pair[1].start, "each window adds tokens");
                prop_assert!(pair[1].start + overlap <= pair[0].end, "neighbours overlap");
            }
            if n_tokens <= length {
                prop_assert!(windows.len() == 1 && windows[0] == (0..n_tokens));
            }
        }

        #[test]
        fn the_most_tokens_fill_the_most_windows(length in 2_usize..300, overlap in 0_usize..150) {
            let overlap = overlap.min(length / 2);
            let most = most_tokens(length, overlap);
            prop_assert_eq!(cut(most, length, overlap).len(), MAX_WINDOWS);
            prop_assert_eq!(cut(most + 1, length, overlap).len(), MAX_WINDOWS + 1);
        }

        #[test]
        fn a_pooled_value_is_between_those_of_the_windows(
            texts in proptest::collection::vec(proptest::collection::vec(-30.0_f32..30.0, 1..8), 1..6),
        ) {
            let counts: Vec<usize> = texts.iter().map(Vec::len).collect();
            let pooled = pool(&texts.concat(), 1, &counts);
            for (windows, &value) in texts.iter().zip(&pooled) {
                let range = windows.iter().fold((f32::MAX, f32::MIN), |(low, high), &x| (low.min(x), high.max(x)));
                prop_assert!((range.0..=range.1).contains(&value));
                if let [only] = windows[..] {
                    prop_assert_eq!(only.to_bits(), value.to_bits());
                }
                let best = deciding(windows.iter().copied());
                prop_assert_eq!(windows[best], range.1);
            }
        }
    }
}
