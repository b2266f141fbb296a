//! Builds a small encoder for feedback from a larger one, by a recipe.
//!
//! ```text
//! texts ─── student ─── distilled ─── tuned ─── packed
//! ```

mod build;
mod distil;
mod excluded;
mod labelled;
mod pack;
#[cfg(test)]
mod real_recipe;
mod recipe;
mod refit;
mod student;
#[cfg(test)]
mod tests;
mod texts;
mod tune;

use feedback_trainer::Callback;

pub use crate::tasks::TaskSource;
pub use build::{EncoderBuild, EncoderNotice};
pub use excluded::Excluded;
pub use recipe::{DistillationRecipe, EncoderRecipe, PackingRecipe, StudentRecipe, TuningRecipe};

use crate::error::Result;
use build::{DISTILLED, PACKED, STUDENT, TEXTS, TUNED};
use distil::distil;
use pack::pack;
use student::cut_student;
use texts::write_texts;
use tune::tune;

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
    build.keep_or_require_same()?;
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
