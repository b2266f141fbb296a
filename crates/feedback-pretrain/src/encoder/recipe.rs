//! A recipe for an encoder: the settings of all stages, as a TOML file.

use std::path::{Path, PathBuf};

use feedback_bert::weights::Storage;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::tasks::TaskSource;

/// The settings of [`build_encoder`](super::build_encoder). Fields without a stated default are required.
///
/// In a path, `${NAME}` is replaced by the environment variable of this name. A relative path starts at the
/// folder of the recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderRecipe {
    /// Seed of all random numbers.
    pub seed: u64,
    /// Maximum length of a text in tokens, in all stages.
    pub max_length: usize,
    /// Files with texts that no stage may learn from; texts that are nearly equal to one of them are left out too.
    pub held_out: Vec<PathBuf>,
    /// Files with texts to learn from; labels are ignored.
    pub texts: Vec<PathBuf>,
    /// What the student takes from its teacher.
    pub student: StudentRecipe,
    /// How the student learns from its teacher.
    pub distillation: DistillationRecipe,
    /// What the student then learns from labelled texts.
    pub tasks: Vec<TaskSource>,
    /// How it learns these tasks.
    pub tuning: TuningRecipe,
    /// How the result is stored.
    pub packing: PackingRecipe,
}

/// What the student takes from its teacher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentRecipe {
    /// The folder of the teacher, a BERT encoder.
    pub teacher: PathBuf,
    /// The layers to keep, counted from 0.
    pub layers: Vec<usize>,
    /// Number of tokens to keep.
    pub vocabulary_size: usize,
}

/// How the student learns to reproduce the teacher's hidden states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistillationRecipe {
    /// Number of epochs.
    pub epochs: usize,
    /// Number of updates. If it is set, `epochs` has no effect.
    #[serde(default)]
    pub max_steps: Option<usize>,
    /// Number of updates from one evaluation and checkpoint to the next.
    pub save_steps: usize,
    /// Number of texts per update.
    pub batch_size: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Number of texts to hold out, to measure the distance from the teacher.
    pub validation_rows: usize,
}

/// How the student learns its tasks, all at the same time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TuningRecipe {
    /// Number of epochs.
    pub epochs: usize,
    /// Number of updates. If it is set, `epochs` has no effect.
    #[serde(default)]
    pub max_steps: Option<usize>,
    /// Number of texts per update.
    pub batch_size: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Number of updates from one evaluation and checkpoint to the next.
    pub save_steps: usize,
    /// Number of texts to hold out, to measure the tasks.
    pub validation_rows: usize,
    /// Keeps the text vectors similar to the teacher's, so that they still encode differences that no task is about. The loss of a text contains this weight times (1 − cosine of its vector and the teacher's). At least 0; with the
    /// default 0, the tasks can change the vectors freely.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub similarity_weight: f64,
}

/// A weight of 0 is not written to `recipe.json`, so that output folders begun before this setting existed can still be continued.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// How the result is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackingRecipe {
    /// The name of the model.
    pub name: String,
    /// The file with its card.
    pub card: PathBuf,
    /// Maximum length of a text in tokens.
    pub max_length: usize,
    /// How the table of word embeddings is stored.
    pub embeddings: Storage,
    /// How the other tables are stored, except the classifier, which is stored as `f32`.
    pub layers: Storage,
}

impl EncoderRecipe {
    /// Reads a recipe, with all paths resolved.
    ///
    /// # Errors
    ///
    /// [`Error::Recipe`] if the file is not a recipe, a setting is invalid, or an environment variable is not set; [`Error::Io`] if the
    /// file cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let wrong = |reason: String| Error::Recipe {
            path: path.to_owned(),
            reason,
        };
        let text = fs_err::read_to_string(path)?;
        let mut recipe: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let lists = [&mut recipe.held_out, &mut recipe.texts].into_iter().flatten();
        let of_tasks = recipe.tasks.iter_mut().flat_map(|task| &mut task.files);
        let single = [&mut recipe.student.teacher, &mut recipe.packing.card];
        let paths = lists.chain(of_tasks).chain(single);
        for found in paths {
            *found = resolved(found, folder).map_err(&wrong)?;
        }
        recipe.check().map_err(wrong)?;
        Ok(recipe)
    }

    /// Checks settings that would otherwise cause an error only after hours.
    fn check(&self) -> std::result::Result<(), String> {
        let mut names: Vec<&str> = self.tasks.iter().map(|task| task.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("two tasks have the name `{}`", twice[0]));
        }
        for task in &self.tasks {
            let weight = task.weight.is_finite() && task.weight > 0.0;
            if !weight || task.repeat == 0 || task.limit == Some(0) {
                let name = &task.name;
                return Err(format!(
                    "task `{name}`: `weight` must be above 0, `repeat` and `limit` at least 1"
                ));
            }
        }
        let first = self.tasks.iter().find(|task| task.keep_head);
        if first.is_none_or(|first| first.multi_label) {
            return Err(
                "at least one task must have `keep_head = true`, and the first task with `keep_head` must \
                 have one label per text"
                    .into(),
            );
        }
        for (name, rows) in [
            ("distillation", self.distillation.validation_rows),
            ("tuning", self.tuning.validation_rows),
        ] {
            if rows == 0 {
                return Err(format!("`{name}.validation_rows` is 0, expected at least 1"));
            }
        }
        let similarity = self.tuning.similarity_weight;
        if !similarity.is_finite() || similarity < 0.0 {
            return Err(format!(
                "`tuning.similarity_weight` is {similarity}, expected a number of at least 0"
            ));
        }
        if self.student.vocabulary_size < SMALLEST_VOCABULARY {
            return Err(format!(
                "`student.vocabulary_size` is {}, expected at least {SMALLEST_VOCABULARY}",
                self.student.vocabulary_size
            ));
        }
        if !self.packing.card.is_file() {
            return Err(format!(
                "there is no file `{}` (`packing.card`)",
                self.packing.card.display()
            ));
        }
        Ok(())
    }
}

/// Minimum size of the vocabulary, with room for the special tokens and the characters of the texts.
const SMALLEST_VOCABULARY: usize = 50;

/// Replaces `${NAME}`, and prepends `folder` to a relative path.
fn resolved(path: &Path, folder: &Path) -> std::result::Result<PathBuf, String> {
    let mut rest = path.to_str().ok_or("a path is not UTF-8")?;
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or("`${` has no `}`")?;
        let value =
            std::env::var(name).map_err(|_| format!("the environment variable `{name}` is not set"))?;
        text += before;
        text += &value;
        rest = after;
    }
    text += rest;
    Ok(folder.join(text))
}
