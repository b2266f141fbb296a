//! The steps of pretraining.

use std::path::Path;
use std::time::Instant;

use burn::tensor::Device;
use feedback_bert::config::{Pooling, ScratchPreset};
use feedback_bert::folder::{FeedbackManifest, load_for_fine_tuning};
use feedback_bert::masked_lm::{BertForMaskedLm, WholeWordMasking};
use feedback_bert::model::ParameterInit;
use feedback_bert::weights::LoadReport;
use feedback_bert::{BertForSequenceClassification, BertTokenizer, ModelFolder};
use feedback_pipeline::train::BaseModel;
use feedback_pipeline::train::output::check_output;
use feedback_trainer::{Callback, Evaluate, Metrics, StopReason, TrainOutput, TrainState, Trainer};

use crate::checkpoints;
use crate::distillation::{DistillationEvaluator, DistillationObjective, DistillationTarget, TaughtTexts};
use crate::error::{Error, Result};
use crate::masked_lm::{MaskedLmEvaluator, MaskedLmObjective, MaskedLmScope, MaskedTexts};
use crate::options::{PretrainObjective, PretrainOptions, check_arguments};
use crate::progress::{PretrainNotice, PretrainSummary};
use crate::texts::{UnlabelledTexts, read_unlabelled};

/// Trains a model on unlabelled texts and writes a model folder that `train` can start from.
///
/// # Errors
///
/// The data, arguments, models or device cannot be used (the error names the cause); [`Error::Interrupted`] if
/// [`PretrainOptions::interrupt`] was set. After an error, `output` is unchanged.
pub fn pretrain(
    options: &PretrainOptions,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(PretrainNotice<'_>),
) -> Result<PretrainSummary> {
    let start = Instant::now();
    check_arguments(&options.arguments)?;
    let arguments = options.arguments.clone().check()?;
    if let PretrainObjective::MaskedLm { probability, .. } = options.objective {
        WholeWordMasking::check_probability(probability)?;
    }
    let (device, choice) = options.device.open()?;
    notice(PretrainNotice::Device(choice));
    check_output(&options.output, None)?;
    let texts = read_unlabelled(
        &options.input,
        &options.read,
        options.on_bad_row,
        options.validation_rows,
        arguments.seed,
    )?;
    notice(PretrainNotice::Texts(&texts));
    let mut trainer = Trainer::new(arguments, &device).with_interrupt(options.interrupt.clone());
    for callback in callbacks {
        trainer = trainer.with_boxed_callback(callback);
    }
    let run = Pretraining {
        options,
        texts: &texts,
        device: &device,
        notice,
    };
    let outcome = match &options.objective {
        &PretrainObjective::MaskedLm { probability, scope } => run.masked_lm(trainer, probability, scope)?,
        PretrainObjective::Distillation { teacher, target } => run.distillation(trainer, teacher, *target)?,
    };
    Ok(PretrainSummary {
        model: options.output.clone(),
        seconds: start.elapsed().as_secs_f64(),
        epochs: outcome.state.epoch,
        steps: outcome.state.global_step,
        best_step: outcome.state.best_step,
        stopped_by: outcome.stop_reason.as_str().to_owned(),
        train_rows: texts.train.len(),
        validation_rows: texts.held_out.len(),
        set_aside: texts.set_aside,
        before: outcome.before,
        after: outcome.after,
    })
}

/// The result of training, the same for all objectives.
struct Outcome {
    before: Metrics,
    after: Metrics,
    state: TrainState,
    stop_reason: StopReason,
}

/// The inputs of training, the same for all objectives.
struct Pretraining<'a> {
    options: &'a PretrainOptions,
    texts: &'a UnlabelledTexts,
    device: &'a Device,
    notice: &'a mut dyn FnMut(PretrainNotice<'_>),
}

impl Pretraining<'_> {
    fn masked_lm(mut self, trainer: Trainer, probability: f64, scope: MaskedLmScope) -> Result<Outcome> {
        let Some(folder) = self.options.base.folder()? else {
            return Err(Error::NoEncoder);
        };
        let seed = self.options.arguments.seed;
        let start = BertForMaskedLm::load(folder, self.options.max_length, seed, self.device)?;
        (self.notice)(PretrainNotice::Model(&start.report));
        let masking = WholeWordMasking::new(&start.tokenizer, probability, seed)?;
        let held_out = MaskedTexts::new(&self.texts.held_out, &start.tokenizer, masking.clone())?;
        let data = MaskedTexts::new(&self.texts.train, &start.tokenizer, masking)?;
        let eval_batch = self.options.arguments.per_device_eval_batch_size;
        let mut evaluator = MaskedLmEvaluator::new(held_out, eval_batch, self.device);
        let objective = MaskedLmObjective::new(start.model, scope);
        let trainer = self.with_checkpoints(trainer)?;
        let before = measure(&mut evaluator, &objective)?;
        (self.notice)(PretrainNotice::Before(&before));
        let trained = self.completed(trainer.train(objective, &data, &mut evaluator)?)?;
        let model = &trained.model.model;
        model.save(&start.config, &start.tokenizer, &self.options.output)?;
        Ok(Outcome {
            before,
            after: trained.metrics,
            state: trained.state,
            stop_reason: trained.stop_reason,
        })
    }

    fn distillation(
        mut self,
        trainer: Trainer,
        teacher: &Path,
        target: DistillationTarget,
    ) -> Result<Outcome> {
        let teacher = self.teacher(teacher, target)?;
        let (mut student, report) = self.student(&teacher)?;
        (self.notice)(PretrainNotice::Model(&report));
        target.check(&student.config, &teacher.config)?;
        same_vocabulary(&student.tokenizer, &teacher.tokenizer)?;
        let taught = |texts: &[String]| {
            let model = teacher.model.clone();
            TaughtTexts::new(texts, &student.tokenizer, model, target, self.device)
        };
        let (data, held_out) = (taught(&self.texts.train)?, taught(&self.texts.held_out)?);
        let eval_batch = self.options.arguments.per_device_eval_batch_size;
        let mut evaluator = DistillationEvaluator::new(held_out, eval_batch, self.device);
        let objective = DistillationObjective::new(student.model, target);
        let trainer = self.with_checkpoints(trainer)?;
        let before = measure(&mut evaluator, &objective)?;
        (self.notice)(PretrainNotice::Before(&before));
        let trained = self.completed(trainer.train(objective, &data, &mut evaluator)?)?;
        student.model = trained.model.student;
        match target {
            DistillationTarget::SoftTargets { .. } => student.save(&self.options.output)?,
            // The head was not trained and would predict random labels.
            _ => student.save_encoder(&self.options.output)?,
        }
        Ok(Outcome {
            before,
            after: trained.metrics,
            state: trained.state,
            stop_reason: trained.stop_reason,
        })
    }

    /// Returns the trainer. If the options name a folder for checkpoints, the trainer saves checkpoints there and continues
    /// from the newest one.
    fn with_checkpoints(&mut self, trainer: Trainer) -> Result<Trainer> {
        let Some(folder) = &self.options.checkpoints else {
            return Ok(trainer);
        };
        let (checkpoints, newest) = checkpoints::open(folder, self.options, &mut *self.notice)?;
        Ok(trainer.with_checkpoints(checkpoints).resume_from(newest))
    }

    /// Returns the result of training, or an error if training was interrupted.
    fn completed<M>(&self, trained: TrainOutput<M>) -> Result<TrainOutput<M>> {
        if trained.stop_reason == StopReason::Interrupted {
            return Err(Error::Interrupted {
                global_step: trained.state.global_step,
                kept: self.options.checkpoints.is_some(),
            });
        }
        Ok(trained)
    }

    /// Loads the teacher: a complete classifier for soft targets, otherwise an encoder with a head that is not used.
    fn teacher(&self, folder: &Path, target: DistillationTarget) -> Result<ModelFolder> {
        if let DistillationTarget::SoftTargets { .. } = target {
            return Ok(ModelFolder::load(folder, self.device)?);
        }
        self.encoder(folder).map(|(model, _)| model)
    }

    fn student(&self, teacher: &ModelFolder) -> Result<(ModelFolder, LoadReport)> {
        let base = &self.options.base;
        if let BaseModel::Scratch(preset) = base {
            return Ok((self.scratch(*preset, teacher)?, LoadReport::default()));
        }
        let folder = base.folder()?.ok_or(Error::NoEncoder)?;
        let labels = teacher.config.labels()?;
        let (mut model, report) = self.with_labels(folder, &labels, teacher.manifest.pooling)?;
        model.manifest.base_model = base.name();
        Ok((model, report))
    }

    /// Creates a new model with the teacher's vocabulary and labels.
    fn scratch(&self, preset: ScratchPreset, teacher: &ModelFolder) -> Result<ModelFolder> {
        let seed = self.options.arguments.seed;
        let labels = teacher.config.labels()?;
        let config = preset.config(teacher.config.vocab_size, &labels);
        feedback_bert::folder::check_max_length(self.options.max_length, &config)?;
        let mut init = ParameterInit::normal(seed, config.initializer_range, self.device)?;
        let pooling = teacher.manifest.pooling;
        let model = BertForSequenceClassification::new(&config, pooling, &mut init);
        let (name, max_length) = (self.options.base.name(), self.options.max_length);
        let manifest = FeedbackManifest::new(max_length, pooling, &name, seed);
        Ok(ModelFolder::new(
            config,
            teacher.tokenizer.clone(),
            model,
            manifest,
        ))
    }

    fn encoder(&self, folder: &Path) -> Result<(ModelFolder, LoadReport)> {
        let labels = ["LABEL_0".to_owned(), "LABEL_1".to_owned()];
        self.with_labels(folder, &labels, Pooling::Mean)
    }

    fn with_labels(
        &self,
        folder: &Path,
        labels: &[String],
        pooling: Pooling,
    ) -> Result<(ModelFolder, LoadReport)> {
        let (max_length, seed) = (self.options.max_length, self.options.arguments.seed);
        let start = load_for_fine_tuning(folder, labels, pooling, max_length, seed, self.device)?;
        let name = BaseModel::Folder(folder.to_owned()).name();
        let manifest = FeedbackManifest::new(max_length, pooling, &name, seed);
        let model = ModelFolder::new(start.config, start.tokenizer, start.model, manifest);
        Ok((model, start.report))
    }
}

/// Checks that both models have the same vocabulary. Texts are tokenised only once, so the same ids must mean the same tokens.
fn same_vocabulary(student: &BertTokenizer, teacher: &BertTokenizer) -> Result<()> {
    let size = student.vocab_size();
    let differs = size != teacher.vocab_size()
        || (0..size as u32).any(|id| student.id_to_token(id) != teacher.id_to_token(id));
    if differs {
        return Err(Error::Vocabularies);
    }
    Ok(())
}

fn measure<M>(evaluator: &mut impl Evaluate<M>, model: &M) -> Result<Metrics> {
    evaluator.evaluate(model).map_err(|source| {
        feedback_trainer::Error::Evaluation {
            global_step: 0,
            source,
        }
        .into()
    })
}
