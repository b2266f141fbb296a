//! Trains a new model from a [`Job`]: a labelled file and the corrections that people have made.
//!
//! Splits the data, adds the corrections to the training rows, trains a model, and compares it with the serving
//! model on the same test rows. Texts are cleaned, and long texts are cut or read in windows, as the serving model does. If the job was started before, training continues from its checkpoint.

mod data;
mod event;
mod serving;
mod source;

pub use data::CORRECTED;
pub use event::RetrainEvent;
pub use serving::Seen;
pub use source::{set_aside, source};

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use feedback_bert::DeviceChoice;
use feedback_bert::config::Pooling;
use feedback_bert::folder::{saved_cleaning, saved_long_texts, saved_max_length};
use feedback_corrections::{CorrectionCounts, Ending, Job, JobPooling, Outcome, TrainingFolder};

use crate::corrections::CorrectionsOptions;
use crate::data::{DataFiles, DataOptions};
use crate::error::{Error, Result};
use crate::evaluate::FileEvaluation;
use crate::train::{BaseModel, TrainNotice, TrainOptions, TrainSummary, resume, train};

/// How to run a job; the job itself says what to train.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RetrainOptions {
    /// The device to train and evaluate on.
    pub device: DeviceChoice,
    /// Set to true to stop training after the current step, with a checkpoint.
    pub interrupt: Arc<AtomicBool>,
    /// The name to record in the audit log for corrections and answers that do not name a person.
    pub corrected_by: String,
}

impl RetrainOptions {
    /// Options for a job that is never interrupted.
    pub fn new(device: DeviceChoice, corrected_by: &str) -> Self {
        Self {
            device,
            interrupt: Arc::default(),
            corrected_by: corrected_by.to_owned(),
        }
    }
}

/// Runs a job in its folder, or continues it.
///
/// Afterwards the new model is in `model/` and the outcome in `result.json`. If the job was interrupted, the
/// outcome says so, and the same call continues it.
///
/// # Errors
///
/// The errors of reading, training and evaluating.
///
/// # Examples
///
/// ```
/// use std::io::Write;
///
/// use feedback_bert::DeviceChoice;
/// use feedback_corrections::{Ending, Job, TrainingFolder};
/// use feedback_pipeline::retrain::{RetrainOptions, retrain};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let place = tempfile::tempdir()?;
/// # let data = place.path().join("feedback.jsonl");
/// # let mut file = std::fs::File::create(&data)?;
/// # for page in 0..20 {
/// #     writeln!(file, r#"{{"text": "it crashes on page {page}", "label": "bug"}}"#)?;
/// #     writeln!(file, r#"{{"text": "i love the look of page {page}", "label": "praise"}}"#)?;
/// # }
/// // `serving` is the folder of the model that serves.
/// # let serving = feedback_testkit::fixture("tiny-bert");
/// let folder = TrainingFolder::new(place.path());
/// let mut job = Job::new(data, "scratch:tiny", serving);
/// job.num_train_epochs = Some(1);
/// let options = RetrainOptions::new(DeviceChoice::Cpu, "anna");
/// let outcome = retrain(&job, &folder, &options, &mut |_| ())?;
/// assert_eq!(outcome.ending, Ending::Done);
/// assert_eq!(outcome.test.ok_or("there are test rows")?.figures.n, 8);
/// assert!(folder.outcome()?.is_some() && folder.model().is_dir());
/// # Ok(())
/// # }
/// ```
pub fn retrain(
    job: &Job,
    folder: &TrainingFolder,
    options: &RetrainOptions,
    events: &mut dyn FnMut(RetrainEvent),
) -> Result<Outcome<FileEvaluation>> {
    let cleaning = saved_cleaning(&job.serving);
    let corrections = data::prepare(job, folder, (&options.corrected_by, cleaning), events)?;
    let summary = match trained(job, folder, options, events) {
        Err(Error::Interrupted { global_step, .. }) => {
            events(RetrainEvent::Stopped { global_step });
            return Ok(stopped(global_step, corrections));
        }
        other => other?,
    };
    let (serving, same_rows) = serving::compare(
        &folder.model(),
        &job.serving,
        &folder.data().join("test.jsonl"),
        options.device,
    )?;
    let outcome = Outcome {
        ending: Ending::Done,
        run: "run".into(),
        model: Some("model".into()),
        serving,
        same_rows,
        test: summary.test,
        corrections,
    };
    folder.write_outcome(&outcome)?;
    Ok(outcome)
}

fn stopped(global_step: usize, corrections: CorrectionCounts) -> Outcome<FileEvaluation> {
    Outcome {
        ending: Ending::Stopped { global_step },
        run: "run".into(),
        model: None,
        test: None,
        serving: None,
        same_rows: None,
        corrections,
    }
}

/// Trains the model, or continues its training if the run was started before.
fn trained(
    job: &Job,
    folder: &TrainingFolder,
    options: &RetrainOptions,
    events: &mut dyn FnMut(RetrainEvent),
) -> Result<TrainSummary> {
    let mut notice = |notice: TrainNotice<'_>| match notice {
        TrainNotice::Data(data) => events(RetrainEvent::Rows {
            train: data.train.texts.len(),
            validation: data.validation.texts.len(),
            test: data.test.as_ref().map_or(0, |test| test.texts.len()),
        }),
        TrainNotice::Resumed(Some(global_step)) => events(RetrainEvent::Resumed { global_step }),
        TrainNotice::Model { parameters, .. } => events(RetrainEvent::Model { parameters }),
        _ => {}
    };
    let run = folder.run();
    if run.join("arguments.json").is_file() {
        resume(&run, Arc::clone(&options.interrupt), Vec::new(), &mut notice)
    } else {
        train(&train_options(job, folder, options)?, Vec::new(), &mut notice)
    }
}

/// Returns the settings of the training of a job, whose data have been split and corrected in its folder.
///
/// # Errors
///
/// The base of the job is not a base model.
pub fn train_options(job: &Job, folder: &TrainingFolder, options: &RetrainOptions) -> Result<TrainOptions> {
    let data = folder.data();
    let mut data = DataOptions::new(DataFiles::Separate {
        train: data.join(data::CORRECTED),
        validation: Some(data.join("validation.jsonl")),
        test: Some(data.join("test.jsonl")),
    });
    data.seed = job.seed;
    data.cleaning = saved_cleaning(&job.serving);
    let mut training = TrainOptions::new(data, BaseModel::parse(&job.base)?, folder.model());
    training.run_dir = Some(folder.run());
    training.model.long_texts = saved_long_texts(&job.serving).into();
    if let Some(max_length) = saved_max_length(&job.serving) {
        training.model.max_length = max_length;
    }
    training.corrections = job
        .ask_people
        .then(|| CorrectionsOptions::new(&options.corrected_by));
    training.model.pooling = match job.pooling {
        JobPooling::Auto => training.model.pooling, // the default of the base
        JobPooling::Cls => Pooling::Cls,
        JobPooling::Mean => Pooling::Mean,
    };
    training.model.device = options.device;
    training.interrupt = Arc::clone(&options.interrupt);
    let arguments = &mut training.arguments;
    arguments.seed = job.seed;
    if let Some(epochs) = job.num_train_epochs {
        arguments.num_train_epochs = epochs;
    }
    if let Some(rate) = job.learning_rate {
        arguments.learning_rate = rate;
    }
    if let Some(size) = job.per_device_train_batch_size {
        arguments.per_device_train_batch_size = size;
    }
    Ok(training)
}
