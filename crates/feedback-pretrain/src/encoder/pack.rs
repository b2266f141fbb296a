//! The last stage: the tuned encoder as a small model folder that answers the kept tasks.

use std::path::Path;

use feedback_bert::ModelFolder;
use feedback_bert::config::Pooling;
use feedback_bert::folder::{FeedbackManifest, load_for_fine_tuning};
use feedback_bert::questions::{self, Question};
use feedback_inference::Classifier;
use feedback_metrics::Logits;
use feedback_metrics::calibration::fit_temperature;

use super::build::{ENCODER, EncoderBuild, TUNED};
use super::labelled::LabelledTexts;
use super::refit::{Answered, refit};
use crate::error::{Error, Result};

/// Writes a model folder. The model predicts the labels of the first kept task, and answers the other kept
/// tasks as further questions. For tasks with one label per text, the temperature is fitted on the validation
/// texts; the heads of the other tasks are [fitted once more](refit).
///
/// # Errors
///
/// [`Error::Recipe`] if no task is kept, or the first one has several labels per text; a file cannot be read or written.
pub(super) fn pack(build: &EncoderBuild, to: &Path) -> Result<()> {
    let (recipe, tuned) = (&build.recipe, build.folder(TUNED));
    let (device, _) = build.device.open()?;
    let encoder = tuned.join(ENCODER);
    let no_labels = ["LABEL_0", "LABEL_1"].map(str::to_owned);
    let start = load_for_fine_tuning(
        &encoder,
        &no_labels,
        Pooling::Mean,
        recipe.max_length,
        recipe.seed,
        &device,
    )?;
    let mut answers = questions::load(&tuned, start.config.hidden_size)?;
    if answers.first().is_none_or(|first| first.multi_label) {
        return Err(Error::Recipe {
            path: tuned,
            reason: "the first task with `keep_head` must have one label per text".into(),
        });
    }
    let mut first = answers.remove(0);
    let weights = transposed(&first.weights, first.labels.len());
    let manifest = FeedbackManifest::new(
        recipe.packing.max_length,
        Pooling::Mean,
        &recipe.packing.name,
        recipe.seed,
    );
    let mut folder = ModelFolder::new(
        start.config.with_labels(&first.labels),
        start.tokenizer,
        start.model.with_classifier(weights, first.bias.clone(), &device),
        manifest,
    );
    let measured = LabelledTexts::read(recipe)?;
    let classifier = Classifier::new(folder.clone(), &device)?;
    let task = |question: &Question| measured.tasks.iter().position(|task| task.name == question.name);
    for question in answers.iter_mut().chain([&mut first]) {
        let Some(task) = task(question) else {
            continue; // cannot happen: the heads were made with this recipe
        };
        if question.multi_label {
            refit(question, task, &classifier, &measured.train, &measured.validation)?;
        } else {
            let validation = Answered::new(&classifier, task, &measured.validation)?;
            question.temperature = temperature(question, &validation, classifier.width())?;
        }
    }
    folder.manifest.temperature = first.temperature;
    folder.questions = answers;
    let card = fs_err::read_to_string(&recipe.packing.card)?;
    let packing = &recipe.packing;
    Ok(folder.save_compact(to, &card, |name| match name {
        _ if name.ends_with("word_embeddings.weight") => Some(packing.embeddings),
        _ if name.contains("classifier") => None,
        _ => Some(packing.layers),
    })?)
}

/// Turns `[labels, width]` into `[width, labels]`.
fn transposed(weights: &[f32], labels: usize) -> Vec<f32> {
    let width = weights.len() / labels.max(1);
    let at = |index: usize| weights[index % labels * width + index / labels];
    (0..weights.len()).map(at).collect()
}

/// Fits the temperature of a question on texts with one label each.
fn temperature(question: &Question, validation: &Answered, width: usize) -> Result<f64> {
    let vectors = validation.vectors.chunks_exact(width);
    let logits: Vec<f32> = vectors.flat_map(|vector| question.logits(vector)).collect();
    let logits = Logits::from_f32(&logits, question.labels.len())?;
    Ok(fit_temperature(&logits, &validation.labels.concat())?)
}
