//! The labelled texts of a recipe.

use super::recipe::EncoderRecipe;
use super::texts::HeldOut;
use crate::error::Result;
use crate::tasks::{AnsweredTexts, Task, read_tasks};

/// The texts of all tasks, split into training and validation.
pub(super) struct LabelledTexts {
    pub(super) tasks: Vec<Task>,
    pub(super) train: AnsweredTexts,
    pub(super) validation: AnsweredTexts,
    /// For each task, the number of rows that are not used because their text is held out, or nearly equal to
    /// a held-out text.
    pub(super) left_out: Vec<(String, usize)>,
}

impl LabelledTexts {
    /// Reads all tasks. The split depends only on the recipe.
    ///
    /// # Errors
    ///
    /// The errors of [`read_tasks`].
    pub(super) fn read(recipe: &EncoderRecipe) -> Result<Self> {
        let held_out = HeldOut::read(&recipe.held_out)?;
        let (tasks, answered, left_out) =
            read_tasks(&recipe.tasks, recipe.seed, |texts| held_out.contains(texts))?;
        let (train, validation) = answered.split(recipe.tuning.validation_rows, recipe.seed);
        let names = tasks.iter().map(|task| task.name.clone());
        Ok(Self {
            left_out: names.zip(left_out).collect(),
            tasks,
            train,
            validation,
        })
    }
}
