//! What a model sees of a set of texts.

use std::collections::{BTreeMap, HashSet};

use feedback_text::comparison_key;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sketch::{Projection, Sketch};
use crate::words::Words;

/// The version of the saved form.
const VERSION: u32 = 1;

/// A text and what a model says about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation<'a> {
    /// The text.
    pub text: &'a str,
    /// The predicted label: its place in the list of labels.
    pub label: usize,
    /// The probability of that label, 0 to 1.
    pub confidence: f64,
    /// The number of tokens, without special tokens, before the text is cut.
    pub tokens: usize,
    /// The share of these tokens that the vocabulary does not know, 0 to 1.
    pub unknown_share: f64,
    /// The encoder's vector of the text.
    pub vector: &'a [f32],
}

/// A set of texts as a model sees them: predicted labels, confidence, lengths, unknown tokens, meaning and words.
///
/// A profile holds no text. Its words are those that occur in at least 3 texts, at most 2,000, with personal data masked
/// first. Texts that are equal after normalisation count once. As JSON, a profile of 1,000 texts has about 150 kB.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct Profile {
    pub(crate) labels: Vec<String>,
    pub(crate) encoder: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) words: Words,
    pub(crate) repeated: usize,
}

/// One text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    pub(crate) label: u32,
    /// In ten-thousandths.
    pub(crate) confidence: u32,
    pub(crate) tokens: u32,
    /// In ten-thousandths.
    pub(crate) unknown: u32,
    pub(crate) sketch: Sketch,
}

impl Profile {
    /// Makes the profile of a set of texts. `labels` are the labels of the model, `encoder` is any name that changes when the
    /// model's encoder does, such as a hash of its weights: vectors of different encoders cannot be compared.
    ///
    /// # Errors
    ///
    /// A label, confidence or share is out of range, or the vectors have different lengths.
    pub fn new<'a>(
        labels: &[String],
        encoder: &str,
        observations: impl IntoIterator<Item = Observation<'a>>,
    ) -> Result<Self> {
        let mut profile = Self {
            labels: labels.to_vec(),
            encoder: encoder.to_owned(),
            rows: Vec::new(),
            words: Words::default(),
            repeated: 0,
        };
        let mut seen = HashSet::new();
        let mut projection = None;
        for (row, observation) in observations.into_iter().enumerate() {
            if !seen.insert(comparison_key(observation.text).into_owned()) {
                profile.repeated += 1;
                continue;
            }
            let width = observation.vector.len();
            let projection = projection.get_or_insert_with(|| Projection::new(width));
            let sketch = projection.sketch(observation.vector).ok_or(Error::Vector {
                row,
                found: width,
                expected: projection.width(),
            })?;
            profile
                .rows
                .push(checked(&observation, labels.len(), row, sketch)?);
            profile.words.add(observation.text);
        }
        profile.words.shorten();
        Ok(profile)
    }

    /// The number of different texts.
    pub fn n_texts(&self) -> usize {
        self.rows.len()
    }

    /// The number of texts that were left out because they repeat an earlier one.
    pub fn n_repeated(&self) -> usize {
        self.repeated
    }

    /// The labels of the model.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The name of the encoder that the vectors come from.
    pub fn encoder(&self) -> &str {
        &self.encoder
    }
}

fn checked(observation: &Observation<'_>, n_labels: usize, row: usize, sketch: Sketch) -> Result<Row> {
    let share = |what, found: f64| {
        if (0.0..=1.0).contains(&found) {
            return Ok((found * 10_000.0).round() as u32);
        }
        let expected = "a number from 0 to 1";
        Err(Error::Value {
            row,
            what,
            found,
            expected,
        })
    };
    if observation.label >= n_labels {
        return Err(Error::Label {
            row,
            found: observation.label,
            n_labels,
        });
    }
    Ok(Row {
        label: observation.label as u32,
        confidence: share("confidence", observation.confidence)?,
        tokens: u32::try_from(observation.tokens).unwrap_or(u32::MAX),
        unknown: share("unknown_share", observation.unknown_share)?,
        sketch,
    })
}

/// The form on disk: one list per column, integers only, so that reading and writing changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Saved {
    version: u32,
    labels: Vec<String>,
    encoder: String,
    repeated: usize,
    label: Vec<u32>,
    confidence: Vec<u32>,
    tokens: Vec<u32>,
    unknown: Vec<u32>,
    sketch: Vec<Vec<i8>>,
    words_at_most: u32,
    words: BTreeMap<String, u32>,
}

impl From<Profile> for Saved {
    fn from(profile: Profile) -> Self {
        let rows = &profile.rows;
        Self {
            version: VERSION,
            repeated: profile.repeated,
            label: rows.iter().map(|row| row.label).collect(),
            confidence: rows.iter().map(|row| row.confidence).collect(),
            tokens: rows.iter().map(|row| row.tokens).collect(),
            unknown: rows.iter().map(|row| row.unknown).collect(),
            sketch: rows.iter().map(|row| row.sketch.0.to_vec()).collect(),
            words_at_most: profile.words.others_at_most,
            words: profile.words.counts,
            labels: profile.labels,
            encoder: profile.encoder,
        }
    }
}

impl TryFrom<Saved> for Profile {
    type Error = Error;

    fn try_from(saved: Saved) -> Result<Self> {
        let damaged = |reason: String| Error::Damaged { reason };
        if saved.version != VERSION {
            let found = saved.version;
            return Err(damaged(format!(
                "its version is {found}, this program knows {VERSION}"
            )));
        }
        let n = saved.label.len();
        let lengths = [
            ("confidence", saved.confidence.len()),
            ("tokens", saved.tokens.len()),
            ("unknown", saved.unknown.len()),
            ("sketch", saved.sketch.len()),
        ];
        if let Some((name, found)) = lengths.into_iter().find(|&(_, length)| length != n) {
            return Err(damaged(format!("`{name}` has {found} entries, `label` has {n}")));
        }
        let rows = (0..n).map(|index| {
            let (confidence, unknown) = (saved.confidence[index], saved.unknown[index]);
            if saved.label[index] as usize >= saved.labels.len() || confidence > 10_000 || unknown > 10_000 {
                return Err(damaged(format!("text {index} has a number out of range")));
            }
            let sketch = <[i8; Sketch::WIDTH]>::try_from(&*saved.sketch[index]);
            Ok(Row {
                label: saved.label[index],
                confidence,
                tokens: saved.tokens[index],
                unknown,
                sketch: sketch
                    .map(Sketch)
                    .map_err(|_| damaged(format!("text {index} has a sketch of another length")))?,
            })
        });
        Ok(Self {
            rows: rows.collect::<Result<_>>()?,
            words: Words {
                counts: saved.words,
                others_at_most: saved.words_at_most,
            },
            labels: saved.labels,
            encoder: saved.encoder,
            repeated: saved.repeated,
        })
    }
}
