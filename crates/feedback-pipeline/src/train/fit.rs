//! The training loop of a run, from its first step or a checkpoint to the best model.

use std::time::Duration;

use burn::module::Module;
use burn::tensor::Device;
use feedback_bert::BertTokenizer;
use feedback_bert::config::BertConfig;
use feedback_trainer::callbacks::{EventLog, TimeBudget};
use feedback_trainer::{
    Callback, CheckedArguments, Checkpoint, CheckpointFolder, StopReason, TrainOutput, Trainer,
    trainable_parameters,
};

use super::notice::TrainNotice;
use super::prepare::Prepared;
use super::settings::TrainOptions;
use crate::data::PreparedData;
use crate::error::{Error, Result};
use crate::objectives::{ClassificationEvaluator, ClassificationObjective, EncodedExamples};
use crate::run_folder::RunFolder;
use feedback_corrections::CorrectionsSummary;

/// The trained model, with everything that the model folder needs.
pub(super) struct Fitted {
    pub(super) trained: TrainOutput<ClassificationObjective>,
    /// The data, including the texts that were added to training because people labelled them.
    pub(super) data: PreparedData,
    pub(super) config: BertConfig,
    pub(super) tokenizer: BertTokenizer,
    /// The encoded training rows; `None` for a run with corrections, which may change the rows.
    pub(super) train_set: Option<EncodedExamples>,
    /// The validation rows, without the rows that answers of people removed from the metrics.
    pub(super) validation_set: EncodedExamples,
    /// Fingerprints of all validation rows: a row that was removed from the metrics still influenced the selection of the
    /// model.
    pub(super) validation_fingerprints: Vec<String>,
    pub(super) corrected: Option<CorrectionsSummary>,
    pub(super) parameters: usize,
    pub(super) trainable_parameters: usize,
}

/// The settings, folder and device of the training loop.
#[derive(Debug, Clone, Copy)]
pub struct Loop<'a> {
    /// All settings.
    pub options: &'a TrainOptions,
    /// The checked training arguments.
    pub arguments: &'a CheckedArguments,
    /// The folder for checkpoints and the event log.
    pub run: &'a RunFolder,
    /// The device of the model.
    pub device: &'a Device,
}

/// The objective with its loss, and its training rows.
pub(super) struct Task {
    pub(super) objective: ClassificationObjective,
    pub(super) train_set: EncodedExamples,
}

impl Task {
    /// Sets up class weights and sampling according to the settings.
    pub(super) fn new(
        options: &TrainOptions,
        data: &PreparedData,
        model: feedback_bert::BertForSequenceClassification,
        train_set: EncodedExamples,
    ) -> Result<Self> {
        let smoothing = options.arguments.label_smoothing_factor;
        let loss = options
            .imbalance
            .loss(&data.train.labels, data.labels.len(), smoothing)?;
        let train_set = train_set
            .with_loss(loss.clone())
            .with_sampler(options.imbalance.sampler);
        Ok(Self {
            objective: ClassificationObjective::new(model, loss),
            train_set,
        })
    }
}

impl Loop<'_> {
    /// Trains until the last step or an early stop.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`] if training was interrupted; the errors of the trainer.
    pub(super) fn run(
        &self,
        prepared: Prepared,
        checkpoint: Option<Checkpoint>,
        callbacks: Vec<Box<dyn Callback>>,
    ) -> Result<Fitted> {
        drop(prepared.encoded); // the first model has read them, and the sets have their own
        let mut data = prepared.data;
        let mut validation_set = prepared.validation_set;
        let task = Task::new(self.options, &data, prepared.model, prepared.train_set)?;
        let mut trainer = self.trainer(checkpoint, callbacks)?;
        if let Some(callback) = prepared.unfreezing {
            trainer = trainer.with_callback(callback);
        }
        let eval_batch = self.arguments.per_device_eval_batch_size;
        let (parameters, trainable) = (task.objective.num_params(), trainable_parameters(&task.objective));
        let validation_fingerprints = data.validation.fingerprints();
        let mut train_set = Some(task.train_set.clone());
        let (trained, corrected) = match prepared.corrections {
            None => {
                let n_classes = data.labels.len();
                let mut evaluator =
                    ClassificationEvaluator::new(validation_set.clone(), n_classes, eval_batch, self.device);
                let trained = trainer.train(task.objective, &task.train_set, &mut evaluator)?;
                (self.completed(trained)?, None)
            }
            Some(corrections) => {
                let trainer = trainer.with_callback(corrections.callback());
                let rows = corrections.train_data(&task.train_set);
                let trained = trainer.train(task.objective, &rows, &mut corrections.evaluator())?;
                let trained = self.completed(trained)?;
                let (rest, summary) = corrections.finish(&mut data);
                validation_set = rest;
                train_set = None;
                (trained, Some(summary))
            }
        };
        Ok(Fitted {
            trained,
            data,
            config: prepared.config,
            tokenizer: prepared.tokenizer,
            train_set,
            validation_set,
            validation_fingerprints,
            corrected,
            parameters,
            trainable_parameters: trainable,
        })
    }

    /// Returns a trainer with the callbacks that the settings ask for, which writes checkpoints and the event log.
    ///
    /// # Errors
    ///
    /// A setting is invalid, or the event log cannot be opened.
    pub fn trainer(
        &self,
        checkpoint: Option<Checkpoint>,
        callbacks: Vec<Box<dyn Callback>>,
    ) -> Result<Trainer> {
        let mut trainer = Trainer::new(self.arguments.clone(), self.device)
            .with_checkpoints(CheckpointFolder::new(self.run.path()))
            .with_interrupt(self.options.interrupt.clone())
            .resume_from(checkpoint)
            .with_callback(EventLog::open(self.run.event_log_path())?);
        if let Some(callback) = self.options.early_stopping.callback(self.arguments)? {
            trainer = trainer.with_callback(callback);
        }
        if let Some(callback) = self.options.nan_guard.callback()? {
            trainer = trainer.with_callback(callback);
        }
        if let Some(seconds) = self.arguments.max_train_seconds {
            // A limit that is too large for `Duration` counts as no limit.
            let budget = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
            trainer = trainer.with_callback(TimeBudget::new(budget));
        }
        for callback in callbacks {
            trainer = trainer.with_boxed_callback(callback);
        }
        Ok(trainer)
    }

    /// Returns the trained model.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`] if training was interrupted.
    pub fn completed<M>(&self, trained: TrainOutput<M>) -> Result<TrainOutput<M>> {
        if trained.stop_reason == StopReason::Interrupted {
            return Err(Error::Interrupted {
                run: self.run.path().to_owned(),
                global_step: trained.state.global_step,
            });
        }
        Ok(trained)
    }
}

/// Returns the newest complete checkpoint of a run, if any. Damaged checkpoints are set aside and reported.
///
/// # Errors
///
/// The folder cannot be read.
pub fn newest_checkpoint(
    run: &RunFolder,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<Option<Checkpoint>> {
    let newest = CheckpointFolder::new(run.path()).newest()?;
    for damaged in &newest.damaged {
        notice(TrainNotice::Damaged(damaged));
    }
    let step = newest.checkpoint.as_ref().map(Checkpoint::global_step);
    notice(TrainNotice::Resumed(step));
    Ok(newest.checkpoint)
}
