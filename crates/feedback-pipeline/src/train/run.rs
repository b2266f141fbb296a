//! The recipe behind `train`: data in, a model folder and a run folder out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::Device;
use feedback_bert::{
    BertConfig, BertForSequenceClassification, BertTokenizer, DeviceChoice, FeedbackManifest, LoadReport,
    ModelFolder, ParameterInit, Pooling, ScratchPreset, check_max_length, load_for_fine_tuning,
};
use feedback_corrections::CorrectionsSummary;
use feedback_files::sha256_of_file;
use feedback_hub::{DownloadProgress, HubOptions, resolve_model};
use feedback_inference::Classifier;
use feedback_metrics::calibration::{fit_temperature, propose_abstain_threshold};
use feedback_trainer::callbacks::{EarlyStopping, EventLog, TimeBudget};
use feedback_trainer::{
    Callback, Checkpoint, CheckpointFolder, Damaged, IntervalStrategy, LearningRateCurve, LearningRateRange,
    LrSchedulerType, StopReason, TrainOutput, Trainer, TrainingArguments, trainable_parameters,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::corrections::{CorrectionLoop, CorrectionsOptions};
use crate::evaluate::write_run_report;
use crate::objectives::{METRICS, logits};
use crate::run_folder::{RunFolder, differences};
use crate::train::card::{Card, CardProgress};
use crate::train::output::check_output;
use crate::train::saved_options::SavedOptions;
use crate::train::top_losses::write_top_losses;
use crate::{
    ClassificationEvaluator, ClassificationObjective, DataFiles, DataOptions, EncodedExamples, Error,
    FileEvaluation, ImbalanceOptions, NanGuardOptions, PreparedData, Result, Tuning, evaluate, leakage,
    prepare_data, score,
};

const INPUTS: &str = "inputs.json";

/// Greatest share of wrong answers among those given, on validation, for the proposed abstain threshold.
pub const MAXIMUM_RISK: f64 = 0.05;

/// What training starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BaseModel {
    /// A folder with a pretrained encoder.
    Folder(PathBuf),
    /// A pretrained encoder of the Hugging Face Hub, in its cache.
    Hub {
        /// Its name on the hub.
        id: String,
        /// The snapshot's folder.
        folder: PathBuf,
    },
    /// A new model of this size, with a vocabulary learnt from the training texts.
    Scratch(ScratchPreset),
}

impl BaseModel {
    /// `scratch`, `scratch:tiny`, `scratch:mini`, `scratch:small`, or a folder.
    ///
    /// # Errors
    ///
    /// An unknown preset.
    pub fn parse(name: &str) -> Result<Self> {
        Ok(match name.split_once(':') {
            None if name == "scratch" => Self::Scratch(ScratchPreset::default()),
            Some(("scratch", preset)) => Self::Scratch(preset.parse()?),
            _ => Self::Folder(PathBuf::from(name)),
        })
    }

    /// The same start, with a name on the hub replaced by its folder in the cache: see [`resolve_model`].
    ///
    /// # Errors
    ///
    /// Those of [`resolve_model`].
    pub fn resolve(self, hub: &HubOptions, progress: &mut dyn FnMut(DownloadProgress<'_>)) -> Result<Self> {
        match self {
            Self::Folder(path) if !path.exists() => {
                let id = path.to_string_lossy().into_owned();
                let folder = resolve_model(&id, hub, progress)?;
                Ok(Self::Hub { id, folder })
            }
            other => Ok(other),
        }
    }

    /// The folder with the files of a pretrained encoder.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) | Self::Hub { folder, .. } => Some(folder),
            Self::Scratch(_) => None,
        }
    }

    /// The name for a model card: the folder's last part, the name on the hub, or `scratch:…`.
    pub fn name(&self) -> String {
        match self {
            Self::Hub { id, .. } => id.clone(),
            Self::Folder(path) => path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
            Self::Scratch(preset) => format!("scratch:{preset}"),
        }
    }

    /// Its name and the hash of each of its files.
    pub(crate) fn fingerprint(&self) -> Result<Value> {
        let files = self.folder().map(folder_sha256).transpose()?.unwrap_or_default();
        Ok(json!({"name": self.name(), "files": files}))
    }

    /// Training arguments that suit this start: a pretrained encoder is adjusted gently, a new model needs many more
    /// passes at a higher rate. Both were chosen on the validation split of the fixtures.
    pub fn default_arguments(&self) -> TrainingArguments {
        match self {
            Self::Folder(_) | Self::Hub { .. } => TrainingArguments {
                num_train_epochs: 4,
                learning_rate: 1e-4,
                ..TrainingArguments::default()
            },
            Self::Scratch(_) => TrainingArguments {
                num_train_epochs: 30,
                learning_rate: 1e-3,
                ..TrainingArguments::default()
            },
        }
    }
}

/// Everything that `train` can be told.
#[derive(Debug, Clone)]
pub struct TrainOptions {
    /// The data and how to read them.
    pub data: DataOptions,
    /// What to start from.
    pub base: BaseModel,
    /// Where the model folder goes.
    pub output: PathBuf,
    /// The run folder; named after the time, below `runs/`, where absent.
    pub run_dir: Option<PathBuf>,
    /// How tokens become one vector.
    pub pooling: Pooling,
    /// Greatest length of a text in tokens.
    pub max_length: usize,
    /// How to train.
    pub arguments: TrainingArguments,
    /// What to do about classes of different size.
    pub imbalance: ImbalanceOptions,
    /// What to train of the model.
    pub tuning: Tuning,
    /// Evaluations without improvement after which training ends, if set.
    pub early_stopping_patience: Option<usize>,
    /// How much better a value must be to count as improvement there.
    pub early_stopping_threshold: f64,
    /// Epochs that are done in any case.
    pub early_stopping_min_epochs: usize,
    /// What to do about updates that go astray.
    pub nan_guard: NanGuardOptions,
    /// How many of the hardest training rows the run folder lists in the end, as `top_losses.jsonl`; 0 for no list.
    pub top_losses: usize,
    /// Where to train.
    pub device: DeviceChoice,
    /// How people are asked for corrections, if they are.
    pub corrections: Option<CorrectionsOptions>,
    /// Ends the run at the next step boundary once it is set, after saving a checkpoint.
    pub interrupt: Arc<AtomicBool>,
}

/// What is worth telling while `train` runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainNotice<'a> {
    /// The device that was chosen.
    Device(DeviceChoice),
    /// The run folder.
    Run(&'a Path),
    /// A checkpoint that is not what was written has been set aside.
    Damaged(&'a Damaged),
    /// The run goes on after this update; without a whole checkpoint it begins again.
    Resumed(Option<usize>),
    /// The data, divided and checked.
    Data(&'a PreparedData),
    /// The model, with what was drawn anew.
    Model {
        /// Number of parameters, adapters included.
        parameters: usize,
        /// How many of them training changes.
        trainable: usize,
        /// What was not simply read from the file.
        report: &'a LoadReport,
        /// Training texts that are cut at `max_length`.
        truncated: usize,
    },
}

/// The result of `train`, in the form that `--format json` prints.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct TrainSummary {
    /// The model folder.
    pub model: PathBuf,
    /// The run folder.
    pub run: PathBuf,
    /// Wall time of the whole recipe.
    pub seconds: f64,
    /// Epochs done.
    pub epochs: f64,
    /// Why training ended: `completed`, or what ended it.
    pub stopped_by: String,
    /// The update with the best evaluation.
    pub best_step: Option<usize>,
    /// The update after which the model that was kept stood: the best one, or with `load_best_model_at_end` off the last.
    pub model_step: usize,
    /// SHA-256 of its weights, `model.safetensors`.
    pub model_sha256: String,
    /// Its metrics on validation.
    pub validation: BTreeMap<String, f64>,
    /// Number of parameters while training, adapters included.
    pub parameters: usize,
    /// How many of them training changed, or could have: those that were not frozen before the first step.
    pub trainable_parameters: usize,
    /// The folder with the adapter, where one was trained. The model folder has it merged into its weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<PathBuf>,
    /// Rows that could not be used and were left out.
    pub set_aside: usize,
    /// What people corrected while it trained, where they were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrections: Option<CorrectionsSummary>,
    /// Its figures on the test set, where there is one.
    pub test: Option<FileEvaluation>,
}

/// Trains a classifier and writes the model folder and the run folder.
///
/// # Errors
///
/// Unusable data, arguments, base model or device, each named. The model folder that stood at `output` is then
/// untouched. [`Error::Interrupted`] where [`TrainOptions::interrupt`] was set: [`resume`] goes on.
pub fn train(
    options: &TrainOptions,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<TrainSummary> {
    work(options, Place::New, callbacks, notice)
}

/// The settings that a run was begun with, as [`TrainOptions::recipe`] gives them.
///
/// # Errors
///
/// A folder that holds no run.
pub fn recipe_of_run(run: &Path) -> Result<Vec<(String, Value)>> {
    Ok(RunFolder::open(run)?.options()?.recipe())
}

/// Takes up a run that was interrupted or killed, with the settings that it was begun with.
///
/// It goes on from the newest checkpoint that is whole, and the result is the same as if nothing had happened; damaged
/// ones are set aside ([`TrainNotice::Damaged`]). Without a whole one it begins again.
///
/// # Errors
///
/// A folder that holds no unfinished run; data or a base model that are no longer what they were; and as [`train`].
pub fn resume(
    run: &Path,
    interrupt: Arc<AtomicBool>,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<TrainSummary> {
    let run = RunFolder::take_up(run)?;
    if run.is_finished() {
        return Err(Error::Files {
            reason: format!("the run in `{}` is finished", run.path().display()),
            hint: "`--reproduce` runs it again and compares".into(),
        });
    }
    run.sweep()?;
    let mut options = run.options()?;
    options.interrupt = interrupt;
    work(&options, Place::Again(run), callbacks, notice)
}

/// Trains a copy of the model for some updates with rates that rise, and tells where the loss falls fastest; writes nothing.
///
/// Data, base model, batch size, sampler and seed are those with which [`train`] would begin. Where
/// [`TrainOptions::interrupt`] is set the curve ends early.
///
/// # Errors
///
/// As [`train`], and a range that does not rise.
pub fn find_learning_rate(options: &TrainOptions, range: &LearningRateRange) -> Result<LearningRateCurve> {
    let arguments = options.arguments.clone().check()?;
    let (device, _) = options.device.open()?;
    let folder = tempfile::tempdir()?; // for the parts of a single file
    let data = prepare_data(&options.data, folder.path())?;
    let (_, tokenizer, model, _) = start_model(options, &data, &device)?;
    let model = options
        .tuning
        .apply(model, &options.base, options.arguments.seed)?;
    let smoothing = arguments.label_smoothing_factor;
    let loss = options
        .imbalance
        .loss(&data.train.labels, data.labels.len(), smoothing)?;
    let train_set = EncodedExamples::new(&data.train, &tokenizer)?
        .with_loss(loss.clone())
        .with_sampler(options.imbalance.sampler);
    let objective = ClassificationObjective::new(model, loss);
    let stop = || options.interrupt.load(Ordering::Relaxed);
    Ok(feedback_trainer::find_learning_rate(
        &objective, &train_set, &arguments, range, &stop, &device,
    )?)
}

/// Where a run is kept.
pub(crate) enum Place {
    /// In a folder that is still to be made.
    New,
    /// In a folder that has just been made.
    Made(RunFolder),
    /// Where it was begun.
    Again(RunFolder),
}

pub(crate) fn work(
    options: &TrainOptions,
    place: Place,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<TrainSummary> {
    let start = Instant::now();
    check_settings(options)?; // before there is a run folder
    let arguments = options.arguments.clone().check()?;
    let early_stopping = early_stopping(options)?;
    let nan_guard = options.nan_guard.callback()?;
    let (device, choice) = options.device.open()?;
    notice(TrainNotice::Device(choice));
    check_output(&options.output, options.run_dir.as_deref())?;
    let (run, again) = match place {
        Place::New => {
            let name = options.output.file_name().unwrap_or_default().to_string_lossy();
            (RunFolder::create(options.run_dir.as_deref(), &name)?, false)
        }
        Place::Made(run) => (run, false),
        Place::Again(run) => (run, true),
    };
    if !again {
        run.write_arguments(options, choice)?;
    }
    let discard = |_: &Error| {
        if !again {
            run.discard()
        }
    };
    let prepared = prepare(options, &run, again, &device, notice);
    let Prepared {
        mut data,
        config,
        tokenizer,
        model,
        train_set,
        mut validation_set,
        corrections,
    } = prepared.inspect_err(discard)?;
    let checkpoints = CheckpointFolder::new(run.path());
    let checkpoint = if again {
        newest(&checkpoints, notice)?
    } else {
        None
    };

    let n_classes = data.labels.len();
    let eval_batch = arguments.per_device_eval_batch_size;
    let mut evaluator = ClassificationEvaluator::new(validation_set.clone(), n_classes, eval_batch, &device);
    let mut trainer = Trainer::new(arguments.clone(), &device)
        .with_checkpoints(checkpoints)
        .with_interrupt(options.interrupt.clone())
        .resume_from(checkpoint)
        .with_callback(EventLog::open(run.event_log_path())?);
    if let Some(callback) = early_stopping {
        trainer = trainer.with_callback(callback);
    }
    if let Some(callback) = nan_guard {
        trainer = trainer.with_callback(callback);
    }
    if let Some(seconds) = arguments.max_train_seconds {
        trainer = trainer.with_callback(TimeBudget::new(seconds_as_duration(seconds)));
    }
    for callback in callbacks {
        trainer = trainer.with_boxed_callback(callback);
    }
    let smoothing = arguments.label_smoothing_factor;
    let loss = options.imbalance.loss(&data.train.labels, n_classes, smoothing)?;
    let train_set = train_set
        .with_loss(loss.clone())
        .with_sampler(options.imbalance.sampler);
    let objective = ClassificationObjective::new(model, loss);
    let unfreezing = options.tuning.gradual_unfreezing(&objective);
    if let Some(callback) = unfreezing.inspect_err(discard)? {
        trainer = trainer.with_callback(callback);
    }
    // A validation row that has left the metrics was still seen while the model was chosen.
    let fingerprints = data.validation.fingerprints();
    let (parameters, trainable_parameters) = (objective.num_params(), trainable_parameters(&objective));
    let (mut trained, corrected) = match corrections {
        None => (
            whole(trainer.train(objective, &train_set, &mut evaluator)?, &run)?,
            None,
        ),
        Some(corrections) => {
            let trainer = trainer.with_callback(corrections.callback());
            let trained = trainer.train(
                objective,
                &corrections.train_data(&train_set),
                &mut corrections.evaluator(),
            )?;
            let trained = whole(trained, &run)?;
            let (rest, summary) = corrections.finish(&mut data);
            validation_set = rest;
            (trained, Some(summary))
        }
    };
    if options.top_losses > 0 {
        let model = &trained.model;
        write_top_losses(
            run.path(),
            options.top_losses,
            model,
            &data,
            &tokenizer,
            eval_batch,
            &device,
        )?;
    }
    let (model, adapter) = options
        .tuning
        .finish(trained.model.model, &config, &options.base, run.path())?;
    trained.model.model = model;

    let mut manifest = manifest(options, &data, &trained, &validation_set, &device)?;
    manifest.fingerprints.insert("validation".into(), fingerprints);
    let mut folder = ModelFolder {
        config,
        tokenizer,
        model: trained.model.model,
        manifest,
    };
    let test = test_evaluation(&mut folder, options, Some(run.path()), &data, &device)?;
    let card = Card {
        options,
        data: &data,
        manifest: &folder.manifest,
        progress: CardProgress {
            global_step: trained.state.global_step,
            epoch: trained.state.epoch,
            model_step: trained.model_step,
        },
        validation: &trained.metrics,
        test: test.as_ref(),
        corrections: corrected.as_ref(),
    };
    let card = card.text();
    folder.save_with_card(&options.output, &card)?;
    if let Some(test) = &test {
        trained.callbacks.predicted(&trained.state, &test_metrics(test))?;
    }
    let state = trained.state.to_hugging_face(&arguments, Vec::new());
    run.write_json("trainer_state.json", &state)?;
    let summary = TrainSummary {
        model: options.output.clone(),
        run: run.path().to_owned(),
        seconds: start.elapsed().as_secs_f64(),
        epochs: trained.state.epoch,
        stopped_by: trained.stop_reason.as_str().to_owned(),
        best_step: trained.state.best_step,
        model_step: trained.model_step,
        model_sha256: sha256_of_file(options.output.join("model.safetensors"))?,
        validation: trained.metrics,
        parameters,
        trainable_parameters,
        adapter,
        set_aside: data.set_aside,
        corrections: corrected,
        test,
    };
    run.write_json("report.json", &summary)?;
    Ok(summary)
}

/// More seconds than a clock can count are no limit.
fn seconds_as_duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// What came of a run that was not interrupted.
fn whole<M>(trained: TrainOutput<M>, run: &RunFolder) -> Result<TrainOutput<M>> {
    if trained.stop_reason == StopReason::Interrupted {
        return Err(Error::Interrupted {
            run: run.path().to_owned(),
            global_step: trained.state.global_step,
        });
    }
    Ok(trained)
}

/// What the callbacks are told of the test set, by the names of the evaluations before.
fn test_metrics(test: &FileEvaluation) -> BTreeMap<String, f64> {
    let values = [
        ("accuracy", test.figures.accuracy),
        ("macro_f1", test.figures.macro_average.f1),
        ("weighted_f1", test.figures.weighted.f1),
    ];
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Refuses settings that cannot be trained with.
pub(crate) fn check_settings(options: &TrainOptions) -> Result<()> {
    let arguments = options.arguments.clone().check()?;
    early_stopping(options)?;
    options.nan_guard.callback()?;
    check_metric(&options.arguments)?;
    options.imbalance.unweighted(arguments.label_smoothing_factor)?;
    check_evaluations(options)
}

/// Refuses what waits for evaluations that never come.
fn check_evaluations(options: &TrainOptions) -> Result<()> {
    let arguments = &options.arguments;
    if arguments.eval_strategy != IntervalStrategy::No {
        return Ok(());
    }
    let plateau = arguments.lr_scheduler_type == LrSchedulerType::ReduceLrOnPlateau;
    let waits = [
        (
            options.early_stopping_patience.is_some(),
            "early stopping decides after evaluations",
        ),
        (plateau, "the plateau schedule lowers the rate after evaluations"),
        (
            options.corrections.is_some(),
            "people are asked for corrections after evaluations",
        ),
    ];
    match waits.into_iter().find(|(asked, _)| *asked) {
        None => Ok(()),
        Some((_, why)) => Err(feedback_trainer::Error::Argument {
            argument: "eval_strategy",
            expected: format!("`epoch` or `steps`, since {why}"),
            found: "`no`".to_owned(),
        }
        .into()),
    }
}

/// An unknown metric would be found out after the first epoch.
fn check_metric(arguments: &TrainingArguments) -> Result<()> {
    let name = &arguments.metric_for_best_model;
    if METRICS.contains(&name.as_str()) {
        return Ok(());
    }
    Err(feedback_trainer::Error::Argument {
        argument: "metric_for_best_model",
        expected: format!("one of {}", METRICS.join(", ")),
        found: format!("`{name}`"),
    }
    .into())
}

fn early_stopping(options: &TrainOptions) -> Result<Option<EarlyStopping>> {
    let arguments = &options.arguments;
    let (metric, greater) = (&arguments.metric_for_best_model, arguments.is_greater_better());
    let callback = options
        .early_stopping_patience
        .map(|patience| EarlyStopping::new(metric, patience, options.early_stopping_threshold, greater));
    let callback = callback.transpose()?;
    Ok(callback.map(|callback| callback.with_min_epochs(options.early_stopping_min_epochs)))
}

fn newest(
    checkpoints: &CheckpointFolder,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<Option<Checkpoint>> {
    let newest = checkpoints.newest()?;
    for damaged in &newest.damaged {
        notice(TrainNotice::Damaged(damaged));
    }
    let step = newest.checkpoint.as_ref().map(Checkpoint::global_step);
    notice(TrainNotice::Resumed(step));
    Ok(newest.checkpoint)
}

/// Everything that the first step needs.
struct Prepared {
    data: PreparedData,
    config: BertConfig,
    tokenizer: BertTokenizer,
    model: BertForSequenceClassification,
    train_set: EncodedExamples,
    validation_set: EncodedExamples,
    corrections: Option<CorrectionLoop>,
}

fn prepare(
    options: &TrainOptions,
    run: &RunFolder,
    again: bool,
    device: &Device,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<Prepared> {
    notice(TrainNotice::Run(run.path()));
    let data = prepare_data(&options.data, &run.path().join("data"))?;
    let inputs = inputs(&data, &options.base)?;
    if again {
        require_same_inputs(run, &inputs)?;
    } else {
        run.write_json(INPUTS, &inputs)?;
    }
    notice(TrainNotice::Data(&data));
    let (config, tokenizer, model, report) = start_model(options, &data, device)?;
    let model = options
        .tuning
        .apply(model, &options.base, options.arguments.seed)?;
    let train_set = EncodedExamples::new(&data.train, &tokenizer)?;
    let validation_set = EncodedExamples::new(&data.validation, &tokenizer)?;
    notice(TrainNotice::Model {
        parameters: model.num_params(),
        trainable: trainable_parameters(&model),
        report: &report,
        truncated: train_set.truncated(),
    });
    let corrections = options.corrections.as_ref().map(|wanted| {
        CorrectionLoop::open(wanted, run.path(), &data, &tokenizer, &options.arguments, device)
    });
    Ok(Prepared {
        corrections: corrections.transpose()?,
        data,
        config,
        tokenizer,
        model,
        train_set,
        validation_set,
    })
}

/// What a run was made from, by hashes.
fn inputs(data: &PreparedData, base: &BaseModel) -> Result<Value> {
    Ok(json!({"data": data.description, "base_model": base.fingerprint()?}))
}

/// The SHA-256 of each file of a model's folder. What is no folder is refused where the model is loaded.
pub(crate) fn folder_sha256(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    if folder.is_dir() {
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                files.insert(name.into_owned(), sha256_of_file(&path)?);
            }
        }
    }
    Ok(files)
}

/// A run that goes on with other data or another tokenizer would be neither the one nor the other.
fn require_same_inputs(run: &RunFolder, now: &Value) -> Result<()> {
    if !run.path().join(INPUTS).exists() && !run.has_checkpoints() {
        return run.write_json(INPUTS, now); // killed before it was written, so before the first step
    }
    let differences = differences(&run.read_json(INPUTS)?, now);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::Files {
        reason: format!(
            "what the run in `{}` was begun with has changed: {}",
            run.path().display(),
            differences.join("; ")
        ),
        hint: "put the files back, or begin a new run".into(),
    })
}

type StartModel = (
    BertConfig,
    BertTokenizer,
    BertForSequenceClassification,
    LoadReport,
);

fn start_model(options: &TrainOptions, data: &PreparedData, device: &Device) -> Result<StartModel> {
    let labels = data.labels.names();
    let seed = options.arguments.seed;
    match &options.base {
        BaseModel::Folder(folder) | BaseModel::Hub { folder, .. } => {
            load_for_fine_tuning(folder, labels, options.pooling, options.max_length, seed, device)
                .map(|start| (start.config, start.tokenizer, start.model, start.report))
                .map_err(|error| name_config(error, folder))
        }
        BaseModel::Scratch(preset) => {
            let tokenizer = BertTokenizer::train(&data.train.texts, preset.vocab_size(), options.max_length)?;
            let config = preset.config(tokenizer.vocab_size(), labels);
            check_max_length(options.max_length, &config)?;
            let mut init = ParameterInit::normal(seed, config.initializer_range, device)?;
            let model = BertForSequenceClassification::new(&config, options.pooling, &mut init);
            Ok((config, tokenizer, model, LoadReport::default()))
        }
    }
}

/// A key of `config.json` says nothing without the file; a `max_length` beyond the model's positions is the caller's.
fn name_config(error: feedback_bert::Error, folder: &Path) -> crate::Error {
    match error {
        source @ feedback_bert::Error::Config { field, .. } if field != "max_length" => {
            crate::Error::BaseConfig {
                path: folder.join("config.json"),
                source,
            }
        }
        other => other.into(),
    }
}

/// Temperature and threshold are found on validation; nothing is ever found on test.
fn manifest(
    options: &TrainOptions,
    data: &PreparedData,
    trained: &TrainOutput<ClassificationObjective>,
    validation_set: &EncodedExamples,
    device: &Device,
) -> Result<FeedbackManifest> {
    let batch_size = options.arguments.per_device_eval_batch_size;
    let logits = logits(
        &trained.model.model,
        validation_set,
        data.labels.len(),
        batch_size,
        device,
    )
    .map_err(|source| feedback_trainer::Error::Evaluation {
        global_step: trained.state.global_step,
        source,
    })?;
    let temperature = fit_temperature(&logits, &data.validation.labels)?;
    let calibrated = logits.softmax(temperature)?;
    let threshold = propose_abstain_threshold(&calibrated, &data.validation.labels, MAXIMUM_RISK)?;
    let base_model = options.base.name();
    let mut manifest = FeedbackManifest::new(
        options.max_length,
        options.pooling,
        &base_model,
        options.arguments.seed,
    );
    manifest.temperature = temperature;
    manifest.abstain_below = threshold.map(|threshold| threshold.abstain_below);
    manifest.data = data.description.clone();
    manifest.fingerprints = BTreeMap::from([
        ("train".to_owned(), data.train.fingerprints()),
        ("validation".to_owned(), data.validation.fingerprints()),
    ]);
    manifest.versions = BTreeMap::from([(
        "feedback-pipeline".to_owned(),
        env!("CARGO_PKG_VERSION").to_owned(),
    )]);
    Ok(manifest)
}

/// Evaluates the model as users will get it, and writes the figures into its manifest, and a report into its run.
pub(crate) fn test_evaluation(
    folder: &mut ModelFolder,
    options: &TrainOptions,
    run: Option<&Path>,
    data: &PreparedData,
    device: &Device,
) -> Result<Option<FileEvaluation>> {
    let Some(test) = &data.test else {
        return Ok(None);
    };
    if test.is_empty() {
        return Ok(None);
    }
    let classifier = Classifier::new(folder.clone(), device)?;
    let scored = score(&classifier, test)?;
    let seen = leakage(&classifier, test);
    let evaluation = evaluate(
        &scored,
        test,
        data.labels.names(),
        folder.manifest.temperature,
        seen,
    )?;
    if let Some(run) = run {
        let read = &options.data.read;
        write_run_report(
            run,
            &options.output,
            read,
            &classifier,
            test,
            &scored,
            &evaluation,
        )?;
    }
    folder.manifest.metrics = serde_json::to_value(&evaluation).unwrap_or_default(); // plain numbers and strings
    Ok(Some(evaluation))
}

impl TrainOptions {
    /// The options with which `train` runs when told nothing but its data and base model.
    pub fn new(data: DataOptions, base: BaseModel, output: PathBuf) -> Self {
        Self {
            arguments: base.default_arguments(),
            imbalance: ImbalanceOptions::default(),
            data,
            base,
            output,
            run_dir: None,
            pooling: Pooling::Cls,
            max_length: 256,
            tuning: Tuning::default(),
            early_stopping_patience: None,
            early_stopping_threshold: 0.0,
            early_stopping_min_epochs: 0,
            nan_guard: NanGuardOptions::default(),
            top_losses: 0,
            device: DeviceChoice::Auto,
            corrections: None,
            interrupt: Arc::default(),
        }
    }

    /// What decides about the model, by name, to be shown with a run: base model, names of the data files, pooling,
    /// `max_length`, the training arguments, and what is set of the rest.
    pub fn recipe(&self) -> Vec<(String, Value)> {
        let files = self.data.files.paths().into_iter();
        let names: Vec<_> = files
            .map(|path| path.file_name().unwrap_or_default().to_string_lossy())
            .collect();
        let mut all = vec![
            ("model".to_owned(), self.base.name().into()),
            ("data".to_owned(), names.join(", ").into()),
            ("pooling".to_owned(), self.pooling.to_string().into()),
            ("max_length".to_owned(), self.max_length.into()),
        ];
        all.extend(SavedOptions::new(self).recipe());
        all
    }

    /// The settings and the base model, without what may differ from training to training of a study.
    pub(crate) fn for_study(&self) -> Result<Value> {
        let mut values = serde_json::to_value(SavedOptions::new(self)).unwrap_or_default(); // strings and numbers
        if let Some(values) = values.as_object_mut() {
            for name in ["data", "output", "device"] {
                values.shift_remove(name);
            }
            values.insert("base_model".into(), self.base.fingerprint()?);
        }
        Ok(values)
    }
}

impl DataOptions {
    /// The usual way to read these files.
    pub fn new(files: DataFiles) -> Self {
        Self {
            files,
            labels: None,
            read: feedback_dataset::ReadOptions::default(),
            on_bad_row: feedback_dataset::OnBadRow::Fail,
            leak_policy: crate::LeakPolicy::Refuse,
            seed: 42,
        }
    }
}
