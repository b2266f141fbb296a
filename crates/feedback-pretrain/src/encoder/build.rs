//! What to build, where, and what is reported while it is built.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use feedback_bert::DeviceChoice;
use feedback_files::{JsonLayout, read_json, write_json};
use feedback_pipeline::run_folder::differences;
use feedback_trainer::Metrics;
use serde_json::Value;

use super::excluded::Excluded;
use super::recipe::EncoderRecipe;
use crate::error::{Error, Result};
use crate::progress::PretrainNotice;

/// The folder of the first stage, and its file with all texts.
pub(super) const TEXTS: &str = "texts";
pub(super) const ALL_TEXTS: &str = "texts.jsonl";
/// The folder of the second stage, and the two encoders in it.
pub(super) const STUDENT: &str = "student";
pub(super) const TEACHER: &str = "teacher";
/// The folder of the third stage.
pub(super) const DISTILLED: &str = "distilled";
/// The folder of the fourth stage.
pub(super) const TUNED: &str = "tuned";
pub(super) const ENCODER: &str = "encoder";
/// The folder of the last stage.
pub(super) const PACKED: &str = "packed";

/// Progress of [`build_encoder`](super::build_encoder).
#[derive(Debug)]
#[non_exhaustive]
pub enum EncoderNotice<'a> {
    /// A stage begins; its result will be in this folder.
    Stage(&'a Path),
    /// The result of a stage already exists.
    Kept(&'a Path),
    /// What was left out of the texts.
    Excluded(&'a [Excluded]),
    /// The numbers of training texts and validation texts of the tasks. For each task, also the number of rows that
    /// are not used because their text is held out for evaluation, or is nearly equal to a held-out text.
    Tasks(usize, usize, &'a [(String, usize)]),
    /// The metrics of the tasks, measured before the first step and again for the best model.
    Measured(&'a Metrics),
    /// Progress of the training of a stage.
    Training(PretrainNotice<'a>),
}

/// Where and how to build an encoder.
#[derive(Debug, Clone)]
pub struct EncoderBuild {
    /// The recipe.
    pub recipe: EncoderRecipe,
    /// The folder for the results of the stages. A stage is not repeated if its result exists.
    pub output: PathBuf,
    /// The device to train on.
    pub device: DeviceChoice,
    /// Set to true to save a checkpoint and end training at the next step.
    pub interrupt: Arc<AtomicBool>,
}

impl EncoderBuild {
    /// Writes the recipe to the output folder, or compares it with the recipe that the stages there were made with.
    ///
    /// # Errors
    ///
    /// [`Error::OtherRecipe`] with the differences.
    pub(super) fn keep_or_require_same(&self) -> Result<()> {
        fs_err::create_dir_all(&self.output)?;
        let path = self.output.join("recipe.json");
        if !path.exists() {
            return Ok(write_json(&path, &self.recipe, JsonLayout::PrettyWithNewline)?);
        }
        let now = serde_json::to_string(&self.recipe).map_err(std::io::Error::from)?;
        let now: Value = serde_json::from_str(&now).map_err(std::io::Error::from)?;
        let differences = differences(&read_json(&path)?, &now);
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::OtherRecipe {
            folder: self.output.clone(),
            differences,
        })
    }

    pub(super) fn folder(&self, stage: &str) -> PathBuf {
        self.output.join(stage)
    }

    /// Returns the folder of a stage if its result is missing.
    pub(super) fn missing(&self, stage: &str, notice: &mut dyn FnMut(EncoderNotice<'_>)) -> Option<PathBuf> {
        let folder = self.folder(stage);
        if folder.exists() {
            notice(EncoderNotice::Kept(&folder));
            return None;
        }
        notice(EncoderNotice::Stage(&folder));
        Some(folder)
    }
}
