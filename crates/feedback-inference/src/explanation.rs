//! Explanations and the methods to compute them.

use std::fmt;
use std::str::FromStr;

use feedback_bert::words::Word;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::prediction::InWindows;

/// A method to measure how much each word matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExplainMethod {
    /// Leaves out one word at a time. The score is the label's probability with the word minus the probability
    /// without it, from −1 to 1. Needs one prediction per word, in as few batches as possible.
    #[default]
    Occlusion,
    /// The gradient of the label's logit times the embedding, summed over the word's tokens. A positive score
    /// supports the label.
    Gradient,
    /// The attention of the last block to the word, as seen by the head, from 0 to 1. The same for every label.
    Attention,
    /// The attention through all blocks (attention rollout, Abnar and Zuidema 2020), from 0 to 1. The same for
    /// every label.
    Rollout,
}

impl ExplainMethod {
    /// All methods.
    pub const ALL: [Self; 4] = [Self::Occlusion, Self::Gradient, Self::Attention, Self::Rollout];

    /// Returns the name: `occlusion`, `gradient`, `attention` or `rollout`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Occlusion => "occlusion",
            Self::Gradient => "gradient",
            Self::Attention => "attention",
            Self::Rollout => "rollout",
        }
    }
}

impl fmt::Display for ExplainMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ExplainMethod {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|method| method.name() == name);
        found.ok_or_else(|| Error::UnknownMethod {
            found: name.to_owned(),
            known: Self::ALL.map(Self::name).join(", "),
        })
    }
}

/// A word of a text and how much it matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordScore {
    /// The word as written in the text.
    pub word: String,
    /// Index of the first code point of the word: in Python, the word is `text[start:end]`.
    pub start: usize,
    /// Index of the code point after the word.
    pub end: usize,
    /// Index of the first UTF-8 byte of the word: in Rust, the word is `&text[byte_start..byte_end]`.
    pub byte_start: usize,
    /// Index of the byte after the word.
    pub byte_end: usize,
    /// The score of the word; [`Explanation::method`] defines its meaning.
    pub score: f64,
}

/// The words of a text and how much each matters for a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The method, which defines the meaning of the scores.
    pub method: ExplainMethod,
    /// The explained label.
    pub label: String,
    /// The words that the model reads, in text order. Words beyond the model's maximum length and words without tokens are
    /// left out.
    pub words: Vec<WordScore>,
    /// The text that the positions of the words refer to, if cleaning changed the text; else `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleaned_text: Option<String>,
    /// Whether the text was too long and was cut.
    pub truncated: bool,
    /// If the text was read in windows: the one that decided about the label, which alone is explained.
    #[serde(default, rename = "text_windows", skip_serializing_if = "Option::is_none")]
    pub windows: Option<InWindows>,
    /// Number of forward passes, each of one batch.
    #[serde(skip)]
    pub forward_passes: usize,
}

impl Explanation {
    /// Returns the words sorted by the absolute value of their score, highest first. Words with equal values stay in text
    /// order.
    pub fn ranked(&self) -> Vec<&WordScore> {
        let mut ranked: Vec<&WordScore> = self.words.iter().collect();
        ranked.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()));
        ranked
    }
}

impl WordScore {
    pub(crate) fn new(text: &str, word: &Word, score: f64) -> Self {
        Self {
            word: text[word.bytes.clone()].to_owned(),
            start: word.chars.start,
            end: word.chars.end,
            byte_start: word.bytes.start,
            byte_end: word.bytes.end,
            score,
        }
    }
}
