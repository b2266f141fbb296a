//! What a model folder keeps of its texts: the profile of held-out texts, with which drift is noticed later, and where the
//! vectors of training texts are, with which unfamiliar texts are.

use std::path::Path;

use burn::tensor::Device;
use feedback_drift::{KnownTexts, MIN_TEXTS};
use feedback_inference::{Classifier, encoder_name, write_known_texts, write_reference};

use crate::data::PreparedData;
use crate::error::Result;

/// The most texts in a profile.
const MAX_TEXTS: usize = 1_000;

/// Stores what the saved model in a folder is compared with later.
pub(super) fn store_reference(folder: &Path, data: &PreparedData, device: &Device) -> Result<()> {
    let classifier = Classifier::load(folder, device)?;
    store_profile(folder, data, &classifier)?;
    store_known_texts(folder, data, &classifier)
}

/// Stores the profile of the test and validation texts. Training texts are no reference: a model is more confident about texts that it was
/// trained on. With too few texts for a comparison, nothing is stored.
fn store_profile(folder: &Path, data: &PreparedData, classifier: &Classifier) -> Result<()> {
    let test = data.test.iter().flat_map(|examples| &examples.texts);
    let held_out: Vec<&String> = test.chain(&data.validation.texts).collect();
    let kept = held_out.len().min(MAX_TEXTS);
    let texts: Vec<&String> = (0..kept)
        .map(|index| held_out[index * held_out.len() / kept])
        .collect();
    if texts.len() < MIN_TEXTS {
        return Ok(());
    }
    let profile = classifier.profile(&texts, &encoder_name(folder)?)?;
    if profile.n_texts() >= MIN_TEXTS {
        write_reference(folder, &profile)?;
    }
    Ok(())
}

/// Stores where the vectors of training texts are, and how far the validation texts are from them. With too few texts, nothing is stored.
fn store_known_texts(folder: &Path, data: &PreparedData, classifier: &Classifier) -> Result<()> {
    let train = &data.train;
    let labelled = train.texts.iter().zip(&train.labels);
    let training = KnownTexts::sample(labelled.map(|(text, &label)| (text.as_str(), label)));
    // All validation texts have equal chances: they stand for the texts to come.
    let validation = KnownTexts::sample(data.validation.texts.iter().map(|text| (text.as_str(), 0)));
    if training.len().min(validation.len()) < MIN_TEXTS {
        return Ok(());
    }
    let vectors = |texts: &[String], rows: &[usize]| {
        classifier.vectors(&rows.iter().map(|&row| &texts[row]).collect::<Vec<_>>())
    };
    let known = KnownTexts::new(
        classifier.width(),
        &vectors(&train.texts, &training)?,
        &training.iter().map(|&row| train.labels[row]).collect::<Vec<_>>(),
        &vectors(&data.validation.texts, &validation)?,
    );
    if let Some(known) = known.map_err(feedback_inference::Error::from)? {
        write_known_texts(folder, &known)?;
    }
    Ok(())
}
