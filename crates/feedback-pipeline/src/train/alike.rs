//! Held-out texts that say what a training text says, in other words.

use feedback_drift::alike;
use feedback_inference::Classifier;
use serde::Serialize;

use crate::data::{Examples, PreparedData};
use crate::error::Result;

/// Maximum number of pairs of a held-out and a training text that are compared; about ten seconds for the built-in encoder.
const MAX_PAIRS: usize = 100_000_000;
/// Number of pairs that are named.
const N_NAMED: usize = 3;

/// How many held-out texts say what a training text says, in other words, by the base model's encoder. Such texts are not left out: people
/// do say the same things, but scores on them say little about texts that are new.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AlikeTexts {
    /// Number of held-out texts that were compared: all of validation and test or, if these are too many, an even selection.
    pub compared: usize,
    /// Number of those that are like a training text.
    pub found: usize,
    /// The most similar pairs.
    pub closest: Vec<AlikePair>,
}

/// A held-out text and the training text that it is like.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AlikePair {
    /// `validation` or `test`.
    pub part: &'static str,
    /// The line of the held-out text in its file.
    pub line: u64,
    /// The line of the training text in its file.
    pub training_line: u64,
    /// The similarity of their vectors, 0.7 to 1.
    pub similarity: f64,
}

/// Compares the held-out texts with the training texts, whose vectors are `training`. Returns `None` if there are no held-out texts.
pub(super) fn alike_texts(
    encoder: &Classifier,
    training: &[f32],
    data: &PreparedData,
) -> Result<Option<AlikeTexts>> {
    let of =
        |part: &'static str, examples: &Examples| (0..examples.len()).map(move |row| (part, row)).collect();
    let mut held_out: Vec<(&str, usize)> = of("validation", &data.validation);
    held_out.extend(data.test.iter().flat_map(|test| -> Vec<_> { of("test", test) }));
    let most = MAX_PAIRS / data.train.len().max(1);
    let compared = held_out.len().min(most);
    if compared == 0 {
        return Ok(None);
    }
    let chosen: Vec<(&'static str, usize)> = (0..compared)
        .map(|index| held_out[index * held_out.len() / compared])
        .collect();
    let examples = |part: &str| match (&data.test, part) {
        (Some(test), "test") => test,
        _ => &data.validation,
    };
    let texts: Vec<&String> = chosen
        .iter()
        .map(|(part, row)| &examples(part).texts[*row])
        .collect();
    let found = alike(training, &encoder.vectors(&texts)?, encoder.width());
    let found = found.map_err(feedback_inference::Error::from)?;
    let closest = found.iter().take(N_NAMED).map(|one| {
        let (part, row) = chosen[one.row];
        AlikePair {
            part,
            line: examples(part).lines[row],
            training_line: data.train.lines[one.training_row],
            similarity: one.similarity,
        }
    });
    Ok(Some(AlikeTexts {
        compared,
        found: found.len(),
        closest: closest.collect(),
    }))
}
