//! What an explanation says, and the ways to find one.

use std::fmt;
use std::str::FromStr;

use feedback_bert::words::Word;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A way to find out how much each word matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExplainMethod {
    /// Leaves out one word at a time: the score is the label's probability with the word less that without it, from −1
    /// to 1. The model is asked once for each word, in as few batches as possible.
    #[default]
    Occlusion,
    /// The gradient of the label's logit times the embedding, summed over the word's tokens. Above 0 speaks for the label.
    Gradient,
    /// How much the last block attends to the word on behalf of the head, 0 to 1. The same for every label.
    Attention,
    /// The same through all blocks (Abnar and Zuidema 2020), 0 to 1. The same for every label.
    Rollout,
}

impl ExplainMethod {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Occlusion, Self::Gradient, Self::Attention, Self::Rollout];

    /// The name: `occlusion`, `gradient`, `attention`, `rollout`.
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
    /// The word, as it stands in the text.
    pub word: String,
    /// Its first code point: in Python it is `text[start:end]`.
    pub start: usize,
    /// The code point after its last.
    pub end: usize,
    /// Its first byte of UTF-8: in Rust it is `&text[byte_start..byte_end]`.
    pub byte_start: usize,
    /// The byte after its last.
    pub byte_end: usize,
    /// What [`Explanation::method`] says of it.
    pub score: f64,
}

/// The words of a text and how much each matters for a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// How the scores were found, and so what they mean.
    pub method: ExplainMethod,
    /// The label that is explained.
    pub label: String,
    /// The words that the model reads, in the order of the text. One that is cut off at the model's greatest length, or of
    /// which the tokenizer makes nothing, is not among them.
    pub words: Vec<WordScore>,
    /// Whether the text was longer than the model reads and its end was ignored.
    pub truncated: bool,
    /// Forward passes it took, each of one batch.
    #[serde(skip)]
    pub forward_passes: usize,
}

impl Explanation {
    /// The words from the one that matters most on, whichever way it speaks; of equal ones the earlier comes first.
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
