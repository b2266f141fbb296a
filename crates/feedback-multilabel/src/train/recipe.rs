//! The stages of a training run: prepare, fit, decide, publish.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_bert::folder::{ModelKind, make_final};
use feedback_pipeline::run_folder::RunFolder;
use feedback_pipeline::train::output::check_output;
use feedback_pipeline::train::{
    Loop, RunLocation, StartModel, TrainNotice, TrainOptions, TrainSummary, head_stays, keep_or_require_same,
    newest_checkpoint, start_model,
};
use feedback_trainer::callbacks::GradualUnfreezing;
use feedback_trainer::losses::MultiLabelLoss;
use feedback_trainer::{Callback, CheckedArguments, Checkpoint, TrainOutput, trainable_parameters};

use super::check::check_settings;
use super::head::{HeadModel, may_stay};
use super::notice::MultiLabelNotice;
use super::publish::{manifest, publish};
use super::summary::MultiLabelSummary;
use crate::data::{MultiLabelData, prepare};
use crate::error::{Error, Result};
use crate::objective::{EncodedMultiLabel, MultiLabelEvaluator, MultiLabelObjective};

type Notify<'a> = &'a mut dyn FnMut(MultiLabelNotice<'_>);

/// Trains a classifier that gives each text any number of labels, and writes the model folder and the run folder.
///
/// # Errors
///
/// The data, arguments, base model or device cannot be used, or a setting has no effect on several labels
/// ([`Error::Setting`]); the model folder at `output` is then unchanged. If [`TrainOptions::interrupt`] was set,
/// [`feedback_pipeline::Error::Interrupted`]: [`resume`] continues the run.
pub fn train(
    options: &TrainOptions,
    callbacks: Vec<Box<dyn Callback>>,
    notice: Notify<'_>,
) -> Result<MultiLabelSummary> {
    run(options, RunLocation::New, callbacks, notice)
}

/// Resumes a run that was interrupted or killed, with the settings that it was started with. The result is the same as without the
/// interruption.
///
/// # Errors
///
/// The folder does not contain an unfinished run, the data or the base model have changed, or one of the errors of [`train`].
pub fn resume(
    run_folder: &Path,
    interrupt: Arc<AtomicBool>,
    callbacks: Vec<Box<dyn Callback>>,
    notice: Notify<'_>,
) -> Result<MultiLabelSummary> {
    let (options, location) = RunLocation::take_up(run_folder, interrupt)?;
    run(&options, location, callbacks, notice)
}

fn run(
    options: &TrainOptions,
    location: RunLocation,
    callbacks: Vec<Box<dyn Callback>>,
    notice: Notify<'_>,
) -> Result<MultiLabelSummary> {
    let start = Instant::now();
    let arguments = check_settings(options)?; // before the run folder is created
    let (device, choice) = options.model.device.open()?;
    notice(MultiLabelNotice::Common(TrainNotice::Device(choice)));
    check_output(&options.output.model, options.run_dir.as_deref())?;
    let opened = location.open(options, choice)?;
    let (folder, again) = (&opened.folder, opened.again);
    notice(MultiLabelNotice::Common(TrainNotice::Run(folder.path())));
    let stages = Stages {
        options,
        arguments: &arguments,
        run: folder,
        device: &device,
        start,
    };
    let discard = |_: &Error| opened.discard_if_new();
    let data = stages.data(again, notice).inspect_err(discard)?;
    if options.tuning.head_only {
        return stages.only_head(&data, notice).inspect_err(discard);
    }
    // The settings of fine-tuning are checked before a first model replaces an older one.
    let prepared = stages.prepare(&data, notice).inspect_err(discard)?;
    let first = stages.head(&data, Some(&prepared), notice).inspect_err(discard)?;
    let checkpoint = match again {
        true => newest_checkpoint(folder, &mut |common| notice(MultiLabelNotice::Common(common)))?,
        false => None,
    };
    let fitted = stages.fit(prepared, checkpoint, callbacks)?;
    stages.finish(&data, first, fitted, notice)
}

/// The settings, folder and device of a run.
struct Stages<'a> {
    options: &'a TrainOptions,
    arguments: &'a CheckedArguments,
    run: &'a RunFolder,
    device: &'a Device,
    start: Instant,
}

/// The model of a run before its first step, and its encoded texts.
struct Prepared {
    start: StartModel,
    train: EncodedMultiLabel,
    validation: EncodedMultiLabel,
    unfreezing: Option<GradualUnfreezing>,
}

/// The trained model, with everything that its folder needs except the manifest.
struct Fitted {
    trained: TrainOutput<MultiLabelObjective>,
    config: feedback_bert::config::BertConfig,
    tokenizer: feedback_bert::BertTokenizer,
    validation: EncodedMultiLabel,
    parameters: usize,
    trainable: usize,
}

/// The linear classifier that was fitted first.
struct First {
    validation: BTreeMap<String, f64>,
    /// The summary of the classifier if it is in the model folder.
    published: Option<MultiLabelSummary>,
}

impl Stages<'_> {
    fn data(&self, again: bool, notice: Notify<'_>) -> Result<MultiLabelData> {
        let (options, folder) = (self.options, self.run.path().join("data"));
        let data = prepare(&options.data, &options.task.layout, &folder)?;
        keep_or_require_same(self.run, again, &data.description, &options.model.base)?;
        notice(MultiLabelNotice::Data(&data));
        Ok(data)
    }

    /// Loads the model and tokenises the texts.
    fn prepare(&self, data: &MultiLabelData, notice: Notify<'_>) -> Result<Prepared> {
        let start = start_model(self.options, data.labels.names(), &data.train.texts, self.device)?;
        let encode = |examples| EncodedMultiLabel::new(examples, data.labels.len(), &start.tokenizer);
        let (train, validation) = (encode(&data.train)?, encode(&data.validation)?);
        notice(MultiLabelNotice::Common(TrainNotice::Model {
            parameters: start.model.num_params(),
            trainable: trainable_parameters(&start.model),
            report: &start.report,
            truncated: train.truncated(),
            in_windows: (0, 0),
        }));
        Ok(Prepared {
            unfreezing: self.options.tuning.gradual_unfreezing(&start.model)?,
            start,
            train,
            validation,
        })
    }

    /// Fits a linear classifier if the base model has an encoder, and writes the model folder if the classifier may stay there.
    fn head(
        &self,
        data: &MultiLabelData,
        prepared: Option<&Prepared>,
        notice: Notify<'_>,
    ) -> Result<Option<First>> {
        let (options, device) = (self.options, self.device);
        let encoded = prepared.map(|prepared| [&prepared.train, &prepared.validation]);
        let encoded = encoded.map(|sets| sets.map(EncodedMultiLabel::encodings));
        let Some(head) = HeadModel::fit(options, self.arguments, data, encoded, device)? else {
            return Ok(None);
        };
        let (c, truncated, validation) = (head.c, head.truncated, head.validation.clone());
        let published = if options.tuning.head_only || may_stay(options) {
            let test = publish(options, data, head.folder, device)?;
            let mut summary = self.summary(data, test)?;
            summary.validation.clone_from(&validation);
            summary.head = Some(validation.clone());
            (summary.parameters, summary.trainable_parameters) = (head.parameters, head.parameters);
            Some(summary)
        } else {
            None
        };
        notice(MultiLabelNotice::Head {
            c,
            validation: &validation,
            test: published.as_ref().and_then(|summary| summary.test.as_ref()),
            model: published.as_ref().map(|summary| summary.model.as_path()),
            truncated,
            seconds: self.start.elapsed().as_secs_f64(),
        });
        Ok(Some(First {
            validation,
            published,
        }))
    }

    /// Returns the summary of a run that trains nothing else, and writes its report.
    fn only_head(&self, data: &MultiLabelData, notice: Notify<'_>) -> Result<MultiLabelSummary> {
        let first = self.head(data, None, notice)?.and_then(|first| first.published);
        let summary = first.ok_or(feedback_pipeline::Error::Tuning {
            reason: "a linear classifier needs a pretrained encoder, but the base model has random weights"
                .into(),
            hint: "name a folder with a pretrained encoder as `model`",
        })?;
        self.run.write_json("report.json", &summary)?;
        Ok(summary)
    }

    /// Trains until the last step or an early stop.
    fn fit(
        &self,
        prepared: Prepared,
        checkpoint: Option<Checkpoint>,
        callbacks: Vec<Box<dyn Callback>>,
    ) -> Result<Fitted> {
        let training = Loop {
            options: self.options,
            arguments: self.arguments,
            run: self.run,
            device: self.device,
        };
        let mut trainer = training.trainer(checkpoint, callbacks)?;
        if let Some(callback) = prepared.unfreezing {
            trainer = trainer.with_callback(callback);
        }
        let objective = MultiLabelObjective::new(prepared.start.model, MultiLabelLoss::new());
        let (parameters, trainable) = (objective.num_params(), trainable_parameters(&objective));
        let batch_size = self.arguments.per_device_eval_batch_size;
        let mut evaluator = MultiLabelEvaluator::new(prepared.validation.clone(), batch_size, self.device);
        let trained = trainer.train(objective, &prepared.train, &mut evaluator)?;
        Ok(Fitted {
            trained: training.completed(trained)?,
            config: prepared.start.config,
            tokenizer: prepared.start.tokenizer,
            validation: prepared.validation,
            parameters,
            trainable,
        })
    }

    /// Publishes the trained model, unless the linear classifier in the model folder is at least as good.
    fn finish(
        &self,
        data: &MultiLabelData,
        first: Option<First>,
        mut fitted: Fitted,
        notice: Notify<'_>,
    ) -> Result<MultiLabelSummary> {
        let stays = self.head_stays(first.as_ref(), &fitted.trained.metrics, notice);
        let head = first.as_ref().map(|first| first.validation.clone());
        let published = first.and_then(|first| first.published).filter(|_| stays);
        let mut summary = match published {
            Some(summary) => {
                make_final(&summary.model)?;
                summary
            }
            None => self.publish(data, &mut fitted)?,
        };
        summary.head = head;
        let trained = &mut fitted.trained;
        if let Some(test) = &summary.test {
            trained.callbacks.on_predict(&trained.state, &test.metrics())?;
        }
        let state = trained.state.to_hugging_face(self.arguments, Vec::new());
        self.run.write_json("trainer_state.json", &state)?;
        summary.seconds = self.start.elapsed().as_secs_f64();
        summary.epochs = trained.state.epoch;
        summary.stopped_by = trained.stop_reason.as_str().to_owned();
        self.run.write_json("report.json", &summary)?;
        Ok(summary)
    }

    /// Returns true if the published classifier stays, because fine-tuning did not improve the metric for the best model.
    fn head_stays(
        &self,
        first: Option<&First>,
        fine_tuned: &BTreeMap<String, f64>,
        notice: Notify<'_>,
    ) -> bool {
        let Some(first) = first.filter(|first| first.published.is_some()) else {
            return false;
        };
        head_stays(self.arguments, &first.validation, fine_tuned, &mut |common| {
            notice(MultiLabelNotice::Common(common));
        })
    }

    fn publish(&self, data: &MultiLabelData, fitted: &mut Fitted) -> Result<MultiLabelSummary> {
        let (options, trained) = (self.options, &fitted.trained);
        let (model, base) = (trained.model.model.clone(), &options.model.base);
        let merged = options
            .tuning
            .finish(model, &fitted.config, base, self.run.path())?;
        let batch_size = self.arguments.per_device_eval_batch_size;
        let logits = fitted.validation.logits(&merged.model, batch_size, self.device);
        let logits = logits.map_err(|source| feedback_trainer::Error::Evaluation {
            global_step: trained.state.global_step,
            source,
        })?;
        let manifest = manifest(options, data, &logits, options.model.pooling)?;
        let (config, tokenizer) = (fitted.config.clone(), fitted.tokenizer.clone());
        let folder = ModelFolder::new(config, tokenizer, merged.model, manifest);
        let test = publish(options, data, folder, self.device)?;
        let mut summary = self.summary(data, test)?;
        summary.kind = ModelKind::FineTuned;
        summary.best_step = trained.state.best_step;
        summary.model_step = trained.model_step;
        summary.validation.clone_from(&trained.metrics);
        (summary.parameters, summary.trainable_parameters) = (fitted.parameters, fitted.trainable);
        summary.adapter = merged.adapter;
        Ok(summary)
    }

    /// Returns the summary of a model that has been written.
    fn summary(
        &self,
        data: &MultiLabelData,
        test: Option<crate::evaluate::MultiLabelEvaluation>,
    ) -> Result<MultiLabelSummary> {
        let model = self.options.output.model.clone();
        let mut summary = TrainSummary::of_model(model, self.run, self.start, test)?;
        summary.set_aside = data.set_aside;
        Ok(summary)
    }
}
