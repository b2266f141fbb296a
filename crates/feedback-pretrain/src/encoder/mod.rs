//! Builds a small encoder for feedback from a larger one, by a recipe.
//!
//! ```text
//! texts ─── student ─── distilled ─── tuned ─── packed
//! ```

mod distil;
mod labelled;
mod pack;
mod recipe;
mod student;
#[cfg(test)]
mod tests;
mod texts;
mod tune;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use feedback_bert::DeviceChoice;
use feedback_trainer::{Callback, Metrics};

pub use crate::tasks::TaskSource;
pub use recipe::{DistillationRecipe, EncoderRecipe, PackingRecipe, StudentRecipe, TuningRecipe};
pub use texts::Excluded;

use crate::error::Result;
use crate::progress::PretrainNotice;
use distil::distil;
use pack::pack;
use student::cut_student;
use texts::write_texts;
use tune::tune;

/// The folder of the first stage, and its file with all texts.
const TEXTS: &str = "texts";
const ALL_TEXTS: &str = "texts.jsonl";
/// The folder of the second stage, and the two encoders in it.
const STUDENT: &str = "student";
const TEACHER: &str = "teacher";
/// The folder of the third stage.
const DISTILLED: &str = "distilled";
/// The folder of the fourth stage.
const TUNED: &str = "tuned";
const ENCODER: &str = "encoder";
/// The folder of the last stage.
const PACKED: &str = "packed";

/// Progress of [`build_encoder`].
#[derive(Debug)]
#[non_exhaustive]
pub enum EncoderNotice<'a> {
    /// A stage begins; its result will be in this folder.
    Stage(&'a Path),
    /// The result of a stage is there already.
    Kept(&'a Path),
    /// What was left out of the texts.
    Excluded(&'a [Excluded]),
    /// The numbers of training texts and held-out texts of the tasks, and for each task how many rows are not used because they
    /// are held out for evaluation, or similar to such a text.
    Tasks(usize, usize, &'a [(String, usize)]),
    /// The metrics of the tasks before the first step, then those of the best model.
    Measured(&'a Metrics),
    /// Progress of the training of a stage.
    Training(PretrainNotice<'a>),
}

/// Where and how to build an encoder.
#[derive(Debug, Clone)]
pub struct EncoderBuild {
    /// The recipe.
    pub recipe: EncoderRecipe,
    /// The folder for the results of the stages. A stage whose result is there is not repeated.
    pub output: PathBuf,
    /// The device to train on.
    pub device: DeviceChoice,
    /// Set to true to end training at the next step, with a checkpoint.
    pub interrupt: Arc<AtomicBool>,
}

impl EncoderBuild {
    fn folder(&self, stage: &str) -> PathBuf {
        self.output.join(stage)
    }

    /// Returns the folder of a stage if its result is missing.
    fn missing(&self, stage: &str, notice: &mut dyn FnMut(EncoderNotice<'_>)) -> Option<PathBuf> {
        let folder = self.folder(stage);
        if folder.exists() {
            notice(EncoderNotice::Kept(&folder));
            return None;
        }
        notice(EncoderNotice::Stage(&folder));
        Some(folder)
    }
}

/// Runs the stages of a recipe whose results are missing. The same command continues after an interruption.
///
/// `callbacks` returns the callbacks of one training.
///
/// # Errors
///
/// The recipe, a file or a model cannot be used; [`Error::Interrupted`](crate::Error::Interrupted) if
/// [`EncoderBuild::interrupt`] was set.
pub fn build_encoder(
    build: &EncoderBuild,
    mut callbacks: impl FnMut() -> Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(EncoderNotice<'_>),
) -> Result<()> {
    if let Some(folder) = build.missing(TEXTS, notice) {
        write_texts(&build.recipe, &folder, notice)?;
    }
    if let Some(folder) = build.missing(STUDENT, notice) {
        cut_student(build, &folder)?;
    }
    if let Some(folder) = build.missing(DISTILLED, notice) {
        distil(build, &folder, callbacks(), notice)?;
    }
    if let Some(folder) = build.missing(TUNED, notice) {
        tune(build, &folder, callbacks(), notice)?;
    }
    if let Some(folder) = build.missing(PACKED, notice) {
        pack(build, &folder)?;
    }
    Ok(())
}
