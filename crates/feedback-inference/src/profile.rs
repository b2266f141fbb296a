//! What a classifier sees of a set of texts, to notice later that the texts have changed.

use std::path::Path;

use feedback_drift::{Observation, Profile};
use feedback_files::{JsonLayout, read_json, sha256_of_file, write_json};

use crate::classifier::Classifier;
use crate::error::Result;

/// The file of a model folder with the profile of texts that the model was not trained on.
const REFERENCE: &str = "drift.json";
/// The tokens that the tokenizer adds to each text: `[CLS]` and `[SEP]`.
const ADDED_TOKENS: usize = 2;

impl Classifier {
    /// Returns the profile of texts: predicted labels, confidence, lengths, unknown tokens, meaning and words. `encoder` names
    /// the weights ([`encoder_name`]). A text longer than the model's maximum length counts with that length.
    ///
    /// # Errors
    ///
    /// The errors of [`Classifier::predict_many`].
    pub fn profile<S: AsRef<str> + Sync>(&self, texts: &[S], encoder: &str) -> Result<Profile> {
        let encodings = self.encode(texts)?;
        let (predictions, vectors) = self.both(&encodings)?;
        let observations = texts.iter().enumerate().map(|(row, text)| {
            let (prediction, encoding) = (&predictions[row], &encodings[row]);
            let label = self
                .labels()
                .iter()
                .position(|name| *name == prediction.predicted_label);
            Observation {
                text: text.as_ref(),
                label: label.unwrap_or(usize::MAX),
                confidence: prediction.confidence.clamp(0.0, 1.0),
                tokens: encoding.len().saturating_sub(ADDED_TOKENS),
                unknown_share: prediction.unknown_share,
                vector: &vectors[row * self.width()..][..self.width()],
            }
        });
        Ok(Profile::new(self.labels(), encoder, observations)?)
    }
}

/// Returns the name of a model's weights: the SHA-256 of its `model.safetensors`.
///
/// # Errors
///
/// The file cannot be read.
pub fn encoder_name(folder: &Path) -> Result<String> {
    Ok(sha256_of_file(folder.join("model.safetensors"))?)
}

/// Returns the profile that training stored in a model folder; `None` if there is none, or if it is about other weights than `encoder`
/// ([`encoder_name`]) names.
///
/// # Errors
///
/// The file cannot be read.
pub fn read_reference(folder: &Path, encoder: &str) -> Result<Option<Profile>> {
    let path = folder.join(REFERENCE);
    if !path.exists() {
        return Ok(None);
    }
    let profile: Profile = read_json(path)?;
    Ok((profile.encoder() == encoder).then_some(profile))
}

/// Stores a profile in a model folder, for [`read_reference`].
///
/// # Errors
///
/// The file cannot be written.
pub fn write_reference(folder: &Path, profile: &Profile) -> Result<()> {
    Ok(write_json(folder.join(REFERENCE), profile, JsonLayout::Compact)?)
}
