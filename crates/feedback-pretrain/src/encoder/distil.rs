//! The stage in which the student learns from its teacher.

use std::path::Path;

use feedback_bert::weights::{Storage, save_compact};
use feedback_files::AtomicFolder;
use feedback_pipeline::train::BaseModel;
use feedback_trainer::{Callback, IntervalStrategy};

use super::build::{ALL_TEXTS, EncoderBuild, EncoderNotice, STUDENT, TEACHER, TEXTS};
use crate::distillation::DistillationTarget;
use crate::error::Result;
use crate::options::{PretrainObjective, PretrainOptions};
use crate::recipe::pretrain;

/// Trains the student to reproduce the teacher's hidden states.
///
/// # Errors
///
/// The errors of [`pretrain`].
pub(super) fn distil(
    build: &EncoderBuild,
    to: &Path,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(EncoderNotice<'_>),
) -> Result<()> {
    let recipe = &build.recipe.distillation;
    let models = build.folder(STUDENT);
    let input = build.folder(TEXTS).join(ALL_TEXTS);
    let base = BaseModel::Folder(models.join(STUDENT));
    let full = build.folder("distilled.f32");
    let mut options = PretrainOptions::new(input, base, full.clone());
    options.objective = PretrainObjective::Distillation {
        teacher: models.join(TEACHER),
        target: DistillationTarget::HiddenStates,
    };
    options.validation_rows = recipe.validation_rows;
    options.max_length = build.recipe.max_length;
    options.device = build.device;
    options.interrupt = build.interrupt.clone();
    options.checkpoints = Some(build.folder("distilled.checkpoints"));
    options.arguments.seed = build.recipe.seed;
    options.arguments.learning_rate = recipe.learning_rate;
    options.arguments.per_device_train_batch_size = recipe.batch_size;
    options.arguments.num_train_epochs = recipe.epochs;
    options.arguments.eval_strategy = IntervalStrategy::Steps;
    options.arguments.eval_steps = recipe.save_steps;
    options.arguments.save_strategy = IntervalStrategy::Steps;
    options.arguments.save_steps = recipe.save_steps;
    options.arguments.max_steps = recipe.max_steps;
    if !full.exists() {
        pretrain(&options, callbacks, &mut |progress| {
            notice(EncoderNotice::Training(progress))
        })?;
    }
    store_as_f16(&full, to)
}

/// Copies a model folder, with its tables as F16: half the size, so that the result of the stage can be kept.
fn store_as_f16(from: &Path, to: &Path) -> Result<()> {
    const WEIGHTS: &str = "model.safetensors";
    let folder = AtomicFolder::create(to)?;
    for entry in fs_err::read_dir(from)? {
        let name = entry?.file_name();
        if name != WEIGHTS {
            fs_err::copy(from.join(&name), folder.path().join(&name))?;
        }
    }
    save_compact(&from.join(WEIGHTS), &folder.path().join(WEIGHTS), |_| {
        Some(Storage::F16)
    })?;
    Ok(folder.commit()?)
}
