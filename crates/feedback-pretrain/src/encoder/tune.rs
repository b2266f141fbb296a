//! The stage in which the student learns from labelled texts.

use std::path::Path;

use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_bert::config::Pooling;
use feedback_bert::folder::{FeedbackManifest, load_for_fine_tuning};
use feedback_files::AtomicFolder;
use feedback_inference::Classifier;
use feedback_trainer::{
    Callback, Checkpoint, CheckpointFolder, Evaluate, IntervalStrategy, StopReason, Trainer,
    TrainingArguments,
};

use super::build::{DISTILLED, ENCODER, EncoderBuild, EncoderNotice, STUDENT, TEACHER};
use super::labelled::LabelledTexts;
use crate::error::{Error, Result};
use crate::progress::PretrainNotice;
use crate::tasks::{MultiTaskObjective, TaskEvaluator, TaskTexts, questions};

/// Trains the student on all tasks at the same time, and writes the encoder and the heads to keep.
///
/// # Errors
///
/// A file or the student cannot be used; [`Error::Interrupted`] if [`EncoderBuild::interrupt`] was set.
pub(super) fn tune(
    build: &EncoderBuild,
    to: &Path,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(EncoderNotice<'_>),
) -> Result<()> {
    let recipe = &build.recipe;
    let LabelledTexts {
        tasks,
        train,
        validation,
        left_out,
    } = LabelledTexts::read(recipe)?;
    notice(EncoderNotice::Tasks(
        train.texts.len(),
        validation.texts.len(),
        &left_out,
    ));
    let (device, _) = build.device.open()?;
    let labels = ["LABEL_0", "LABEL_1"].map(str::to_owned);
    let (from, max_length) = (build.folder(DISTILLED), recipe.max_length);
    let start = load_for_fine_tuning(&from, &labels, Pooling::Mean, max_length, recipe.seed, &device)?;
    let arguments = arguments(build).check()?;
    let teacher = teacher_vectors(build, &train.texts, &device)?;
    let data = TaskTexts::new(train, &tasks, &start.tokenizer)?.with_teacher(teacher);
    let measured = TaskTexts::new(validation, &tasks, &start.tokenizer)?;
    let mut evaluator = TaskEvaluator::new(measured, &tasks, arguments.per_device_eval_batch_size, &device);
    let width = start.config.hidden_size;
    let objective = MultiTaskObjective::new(start.model, width, &tasks, &device)
        .with_similarity(recipe.tuning.similarity_weight);
    let before = evaluator
        .evaluate(&objective)
        .map_err(|source| feedback_trainer::Error::Evaluation {
            global_step: 0,
            source,
        })?;
    notice(EncoderNotice::Measured(&before));
    let (checkpoints, newest) = open_checkpoints(build, notice)?;
    let mut trainer = Trainer::new(arguments, &device)
        .with_interrupt(build.interrupt.clone())
        .with_checkpoints(checkpoints)
        .resume_from(newest);
    for callback in callbacks {
        trainer = trainer.with_boxed_callback(callback);
    }
    let trained = trainer.train(objective, &data, &mut evaluator)?;
    if trained.stop_reason == StopReason::Interrupted {
        return Err(Error::Interrupted {
            global_step: trained.state.global_step,
            kept: true,
        });
    }
    notice(EncoderNotice::Measured(&trained.metrics));
    let folder = AtomicFolder::create(to)?;
    let manifest = FeedbackManifest::new(max_length, Pooling::Mean, "distilled", recipe.seed);
    let encoder = ModelFolder::new(start.config, start.tokenizer, trained.model.encoder, manifest);
    encoder.save_encoder(&folder.path().join(ENCODER))?;
    feedback_bert::questions::save(&questions(&tasks, &trained.model.heads)?, folder.path())?;
    Ok(folder.commit()?)
}

/// Returns the teacher's vector of each text, `[texts, width]`; nothing if the recipe does not use them.
fn teacher_vectors(build: &EncoderBuild, texts: &[String], device: &Device) -> Result<Vec<f32>> {
    if build.recipe.tuning.similarity_weight == 0.0 {
        return Ok(Vec::new());
    }
    let (folder, recipe) = (build.folder(STUDENT).join(TEACHER), &build.recipe);
    let labels = ["LABEL_0", "LABEL_1"].map(str::to_owned);
    let (max_length, seed) = (recipe.max_length, recipe.seed);
    let teacher = load_for_fine_tuning(&folder, &labels, Pooling::Mean, max_length, seed, device)?;
    let manifest = FeedbackManifest::new(max_length, Pooling::Mean, "teacher", seed);
    let teacher = ModelFolder::new(teacher.config, teacher.tokenizer, teacher.model, manifest);
    Ok(Classifier::new(teacher, device)?.vectors(texts)?)
}

/// Returns the folder of the checkpoints and the newest complete one; damaged ones are reported.
fn open_checkpoints(
    build: &EncoderBuild,
    notice: &mut dyn FnMut(EncoderNotice<'_>),
) -> Result<(CheckpointFolder, Option<Checkpoint>)> {
    let checkpoints = CheckpointFolder::new(build.folder("tuned.checkpoints"));
    let newest = checkpoints.newest()?;
    for damaged in &newest.damaged {
        notice(EncoderNotice::Training(PretrainNotice::Damaged(damaged)));
    }
    if let Some(checkpoint) = &newest.checkpoint {
        notice(EncoderNotice::Training(PretrainNotice::Resumed(
            checkpoint.global_step(),
        )));
    }
    Ok((checkpoints, newest.checkpoint))
}

fn arguments(build: &EncoderBuild) -> TrainingArguments {
    let recipe = &build.recipe.tuning;
    let mut arguments = TrainingArguments::default();
    arguments.seed = build.recipe.seed;
    arguments.num_train_epochs = recipe.epochs;
    arguments.max_steps = recipe.max_steps;
    arguments.per_device_train_batch_size = recipe.batch_size;
    arguments.learning_rate = recipe.learning_rate;
    arguments.eval_strategy = IntervalStrategy::Steps;
    arguments.eval_steps = recipe.save_steps;
    arguments.save_strategy = IntervalStrategy::Steps;
    arguments.save_steps = recipe.save_steps;
    arguments.metric_for_best_model = "loss".into();
    arguments.greater_is_better = Some(false);
    arguments
}
