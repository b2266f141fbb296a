//! The profile of held-out texts, with which drift is noticed later.

use std::path::Path;

use burn::tensor::Device;
use feedback_drift::MIN_TEXTS;
use feedback_inference::{Classifier, encoder_name, write_reference};

use crate::data::PreparedData;
use crate::error::Result;

/// The most texts in a profile.
const MAX_TEXTS: usize = 1_000;

/// Stores the profile of the test and validation texts in a saved model folder. Training texts are no reference: a model is
/// surer about texts that it was trained on. With too few texts for a comparison, nothing is stored.
pub(super) fn store_reference(folder: &Path, data: &PreparedData, device: &Device) -> Result<()> {
    let test = data.test.iter().flat_map(|examples| &examples.texts);
    let held_out: Vec<&String> = test.chain(&data.validation.texts).collect();
    let kept = held_out.len().min(MAX_TEXTS);
    let texts: Vec<&String> = (0..kept)
        .map(|index| held_out[index * held_out.len() / kept])
        .collect();
    if texts.len() < MIN_TEXTS {
        return Ok(());
    }
    let profile = Classifier::load(folder, device)?.profile(&texts, &encoder_name(folder)?)?;
    if profile.n_texts() >= MIN_TEXTS {
        write_reference(folder, &profile)?;
    }
    Ok(())
}
