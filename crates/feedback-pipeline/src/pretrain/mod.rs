//! The recipe behind `pretrain`: unlabelled texts in, a model that knows them better out.

mod checkpoints;
mod distillation;
mod masked_lm;
mod texts;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use burn::tensor::Device;
use feedback_bert::{
    BertForMaskedLm, BertForSequenceClassification, BertTokenizer, DeviceChoice, FeedbackManifest,
    LoadReport, ModelFolder, ParameterInit, Pooling, ScratchPreset, WholeWordMasking, load_for_fine_tuning,
};
use feedback_dataset::{OnBadRow, ReadOptions};
use feedback_trainer::{
    Callback, Damaged, Evaluate, Metrics, StopReason, TrainOutput, Trainer, TrainingArguments,
};
use serde::Serialize;

pub use distillation::{
    DistillationBatch, DistillationEvaluator, DistillationObjective, DistillationTarget, TaughtTexts,
};
pub use masked_lm::{MaskedLmEvaluator, MaskedLmObjective, MaskedLmScope, MaskedTexts};
pub use texts::{UnlabelledTexts, read_unlabelled};

use crate::output::check_output;
use crate::{BaseModel, Error, Result};

/// What is learnt from unlabelled texts.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PretrainObjective {
    /// To guess hidden words.
    MaskedLm {
        /// Part of the tokens that is hidden; BERT's is 0.15.
        probability: f64,
        /// What of the model learns.
        scope: MaskedLmScope,
    },
    /// To agree with a larger model.
    Distillation {
        /// The folder of the larger model: a trained classifier for soft targets, otherwise any encoder.
        teacher: PathBuf,
        /// In what to agree.
        target: DistillationTarget,
    },
}

impl PretrainObjective {
    /// `masked_lm` or `distillation`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MaskedLm { .. } => "masked_lm",
            Self::Distillation { .. } => "distillation",
        }
    }
}

/// Everything that `pretrain` can be told.
#[derive(Debug, Clone)]
pub struct PretrainOptions {
    /// The texts: `.txt` with a text a line, JSONL or CSV; labels are not looked at.
    pub input: PathBuf,
    /// How it is read.
    pub read: ReadOptions,
    /// What to do about rows that cannot be used.
    pub on_bad_row: OnBadRow,
    /// Texts that are held out to measure on.
    pub validation_rows: usize,
    /// What is trained: a folder with an encoder or, in distillation, also a new model of a given size with the
    /// teacher's vocabulary.
    pub base: BaseModel,
    /// What is learnt.
    pub objective: PretrainObjective,
    /// Where the model folder goes.
    pub output: PathBuf,
    /// Greatest length of a text in tokens; what is longer is cut.
    pub max_length: usize,
    /// How to train; `metric_for_best_model` is `loss`.
    pub arguments: TrainingArguments,
    /// Where to train.
    pub device: DeviceChoice,
    /// A folder for checkpoints; training goes on from the newest one there that is whole. None are kept where absent.
    pub checkpoints: Option<PathBuf>,
    /// Ends training at the next step boundary once it is set, after saving a checkpoint where they are kept.
    pub interrupt: Arc<AtomicBool>,
}

impl PretrainOptions {
    /// Masked language modelling with whole words hidden: one epoch, rate 1e-4, 512 texts held out, 128 tokens a text.
    pub fn new(input: PathBuf, base: BaseModel, output: PathBuf) -> Self {
        Self {
            input,
            read: ReadOptions::default(),
            on_bad_row: OnBadRow::Fail,
            validation_rows: 512,
            base,
            objective: PretrainObjective::MaskedLm {
                probability: 0.15,
                scope: MaskedLmScope::All,
            },
            output,
            max_length: 128,
            arguments: TrainingArguments {
                num_train_epochs: 1,
                learning_rate: 1e-4,
                metric_for_best_model: "loss".into(),
                greater_is_better: Some(false),
                ..TrainingArguments::default()
            },
            device: DeviceChoice::Auto,
            checkpoints: None,
            interrupt: Arc::default(),
        }
    }
}

/// What is worth telling while `pretrain` runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum PretrainNotice<'a> {
    /// The device that was chosen.
    Device(DeviceChoice),
    /// The texts.
    Texts(&'a UnlabelledTexts),
    /// What of the model was not simply read from its folder.
    Model(&'a LoadReport),
    /// A checkpoint that is not what was written has been set aside.
    Damaged(&'a Damaged),
    /// Training goes on after this update.
    Resumed(usize),
    /// The figures on the held-out texts before the first step.
    Before(&'a Metrics),
}

/// The result of `pretrain`, in the form that `--format json` prints.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PretrainSummary {
    /// The model folder.
    pub model: PathBuf,
    /// Wall time of the whole recipe.
    pub seconds: f64,
    /// Epochs done.
    pub epochs: f64,
    /// Updates done.
    pub steps: usize,
    /// The update after which the model that was kept had been evaluated.
    pub best_step: Option<usize>,
    /// Why training ended: `completed`, or what ended it.
    pub stopped_by: String,
    /// Texts learnt from.
    pub train_rows: usize,
    /// Texts measured on.
    pub validation_rows: usize,
    /// Rows that could not be used and were left out.
    pub set_aside: usize,
    /// Figures on the held-out texts before training.
    pub before: BTreeMap<String, f64>,
    /// Figures on the held-out texts of the model that was kept.
    pub after: BTreeMap<String, f64>,
}

/// Trains a model on unlabelled texts and writes its folder, from which `train` can start.
///
/// # Errors
///
/// Unusable data, arguments, models or device, each named; [`Error::PretrainInterrupted`] where
/// [`PretrainOptions::interrupt`] was set. What stood at `output` is then untouched.
pub fn pretrain(
    options: &PretrainOptions,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(PretrainNotice<'_>),
) -> Result<PretrainSummary> {
    let start = Instant::now();
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
    if let Some(folder) = &options.checkpoints {
        let (checkpoints, newest) = checkpoints::open(folder, options, notice)?;
        trainer = trainer.with_checkpoints(checkpoints).resume_from(newest);
    }
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

/// What both objectives have to tell at the end.
struct Outcome {
    before: Metrics,
    after: Metrics,
    state: feedback_trainer::TrainState,
    stop_reason: StopReason,
}

/// What both objectives need.
struct Pretraining<'a> {
    options: &'a PretrainOptions,
    texts: &'a UnlabelledTexts,
    device: &'a Device,
    notice: &'a mut dyn FnMut(PretrainNotice<'_>),
}

impl Pretraining<'_> {
    fn masked_lm(self, trainer: Trainer, probability: f64, scope: MaskedLmScope) -> Result<Outcome> {
        let Some(folder) = self.options.base.folder() else {
            return Err(Error::Files {
                reason: "masked language modelling starts from a folder with an encoder".into(),
                hint: "give --model DIR".into(),
            });
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
        let before = measure(&mut evaluator, &objective)?;
        (self.notice)(PretrainNotice::Before(&before));
        let trained = self.whole(trainer.train(objective, &data, &mut evaluator)?)?;
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
        self,
        trainer: Trainer,
        teacher: &std::path::Path,
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
        let before = measure(&mut evaluator, &objective)?;
        (self.notice)(PretrainNotice::Before(&before));
        let trained = self.whole(trainer.train(objective, &data, &mut evaluator)?)?;
        student.model = trained.model.student;
        match target {
            DistillationTarget::SoftTargets { .. } => student.save(&self.options.output)?,
            // Nothing has taught the head: it would give random labels.
            _ => student.save_encoder(&self.options.output)?,
        }
        Ok(Outcome {
            before,
            after: trained.metrics,
            state: trained.state,
            stop_reason: trained.stop_reason,
        })
    }

    /// What came of a training that was not interrupted.
    fn whole<M>(&self, trained: TrainOutput<M>) -> Result<TrainOutput<M>> {
        if trained.stop_reason == StopReason::Interrupted {
            return Err(Error::PretrainInterrupted {
                global_step: trained.state.global_step,
                kept: self.options.checkpoints.is_some(),
            });
        }
        Ok(trained)
    }

    /// For soft targets a whole classifier; otherwise the head does not matter.
    fn teacher(&self, folder: &std::path::Path, target: DistillationTarget) -> Result<ModelFolder> {
        if let DistillationTarget::SoftTargets { .. } = target {
            return Ok(ModelFolder::load(folder, self.device)?);
        }
        self.encoder(folder).map(|(model, _)| model)
    }

    fn student(&self, teacher: &ModelFolder) -> Result<(ModelFolder, LoadReport)> {
        match &self.options.base {
            BaseModel::Folder(folder) | BaseModel::Hub { folder, .. } => {
                let labels = teacher.config.labels()?;
                let (mut model, report) = self.with_labels(folder, &labels, teacher.manifest.pooling)?;
                model.manifest.base_model = self.options.base.name();
                Ok((model, report))
            }
            BaseModel::Scratch(preset) => Ok((self.scratch(*preset, teacher)?, LoadReport::default())),
        }
    }

    /// A new model with the teacher's vocabulary and labels.
    fn scratch(&self, preset: ScratchPreset, teacher: &ModelFolder) -> Result<ModelFolder> {
        let seed = self.options.arguments.seed;
        let labels = teacher.config.labels()?;
        let config = preset.config(teacher.config.vocab_size, &labels);
        feedback_bert::check_max_length(self.options.max_length, &config)?;
        let mut init = ParameterInit::normal(seed, config.initializer_range, self.device)?;
        let pooling = teacher.manifest.pooling;
        Ok(ModelFolder {
            model: BertForSequenceClassification::new(&config, pooling, &mut init),
            tokenizer: teacher.tokenizer.clone(),
            manifest: FeedbackManifest::new(
                self.options.max_length,
                pooling,
                &self.options.base.name(),
                seed,
            ),
            config,
        })
    }

    fn encoder(&self, folder: &std::path::Path) -> Result<(ModelFolder, LoadReport)> {
        let labels = ["LABEL_0".to_owned(), "LABEL_1".to_owned()];
        self.with_labels(folder, &labels, Pooling::Mean)
    }

    fn with_labels(
        &self,
        folder: &std::path::Path,
        labels: &[String],
        pooling: Pooling,
    ) -> Result<(ModelFolder, LoadReport)> {
        let (max_length, seed) = (self.options.max_length, self.options.arguments.seed);
        let start = load_for_fine_tuning(folder, labels, pooling, max_length, seed, self.device)?;
        let name = BaseModel::Folder(folder.to_owned()).name();
        let model = ModelFolder {
            config: start.config,
            tokenizer: start.tokenizer,
            model: start.model,
            manifest: FeedbackManifest::new(max_length, pooling, &name, seed),
        };
        Ok((model, start.report))
    }
}

/// The same ids must mean the same tokens, as texts are tokenised once for both.
fn same_vocabulary(student: &BertTokenizer, teacher: &BertTokenizer) -> Result<()> {
    let size = student.vocab_size();
    let differs = size != teacher.vocab_size()
        || (0..size as u32).any(|id| student.id_to_token(id) != teacher.id_to_token(id));
    if differs {
        return Err(Error::Files {
            reason: "student and teacher have different vocabularies".into(),
            hint: "choose a student with the teacher's tokenizer.json, or scratch".into(),
        });
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

#[cfg(test)]
mod tests;
