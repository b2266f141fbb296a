//! Publishes a model that was chosen among several trained ones.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use feedback_bert::ModelFolder;

use crate::data::PreparedData;
use crate::error::Result;
use crate::evaluate::FileEvaluation;
use crate::train::card::{Card, CardProgress};
use crate::train::publish::test_evaluation;
use crate::train::reference::store_reference;
use crate::train::settings::TrainOptions;

/// A model that was chosen by its figures on validation.
#[derive(Debug, Clone, Copy)]
pub struct ChosenModel<'a> {
    /// The folder of the model.
    pub folder: &'a Path,
    /// Number of updates of its training.
    pub global_step: usize,
    /// Number of epochs of its training.
    pub epoch: f64,
    /// The update whose weights the model has.
    pub model_step: usize,
    /// Its metrics on validation.
    pub validation: &'a BTreeMap<String, f64>,
}

/// Evaluates the chosen model on the test rows and writes it with a card to `options.output.model`. `options` are those that
/// it was trained with. Returns `None` if there are no test rows.
///
/// # Errors
///
/// The model cannot be read or written, or the test rows cannot be classified.
pub fn publish_chosen(
    chosen: &ChosenModel<'_>,
    options: &TrainOptions,
    data: &PreparedData,
    device: &Device,
) -> Result<Option<FileEvaluation>> {
    let mut folder = ModelFolder::load(chosen.folder, device)?;
    folder.manifest.data = data.description.clone();
    let test = test_evaluation(&mut folder, options, None, data, device)?;
    let card = Card {
        options,
        data,
        manifest: &folder.manifest,
        progress: CardProgress::Steps {
            global_step: chosen.global_step,
            epoch: chosen.epoch,
            model_step: chosen.model_step,
        },
        validation: chosen.validation,
        test: test.as_ref(),
        corrections: None,
    };
    let card = card.text();
    folder.save_with_card(&options.output.model, &card)?;
    store_reference(&options.output.model, data, device)?;
    Ok(test)
}
