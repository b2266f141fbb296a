//! Trains, resumes, reproduces and evaluates in the process of the test.

use std::path::Path;
use std::sync::Arc;

use clap::{Arg, Args, Command};
use feedback_bert::DeviceChoice;
use feedback_dataset::Dataset;
use feedback_inference::Classifier;
use feedback_pipeline::data::{DataFiles, DataOptions, Examples, PreparedData, read_labelled};
use feedback_pipeline::evaluate::{
    FileEvaluation, Scored, evaluate, evaluate_answers, examples_for, leakage, score,
};
use feedback_pipeline::train::{
    BaseModel, Reproduction, TrainNotice, TrainOptions, TrainSummary, reproduce, resume, train,
};
use serde_json::Value;

use super::place::Place;
use super::refusal::Refusal;
use super::rows::as_read;

/// Flags for quick training; the model is written to `model`, the run to `run`.
pub const QUICK: &str = "--epochs 1 --max-length 32 --output model --run-dir run";

/// The flags whose values are paths.
const PATHS: [&str; 7] = [
    "--data",
    "--train",
    "--validation",
    "--test",
    "--model",
    "--output",
    "--run-dir",
];

/// A training that succeeded.
#[derive(Debug)]
pub struct Trained<S = TrainSummary> {
    /// Its result.
    pub summary: S,
    /// What it notices on the way.
    pub notices: Notices,
}

impl Trained {
    /// Returns the summary as `report.json` has it.
    ///
    /// # Panics
    ///
    /// If the summary cannot be written as JSON.
    pub fn json(&self) -> Value {
        as_read(&self.summary)
    }
}

/// The notices of a training.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Notices {
    /// Numbers of training, validation and test rows.
    pub rows: [usize; 3],
    /// The prepared data.
    pub data: Option<PreparedData>,
    /// Whether a linear classifier was fitted on the frozen encoder.
    pub head: bool,
    /// Whether that classifier was put into the model folder before fine-tuning.
    pub first_model: bool,
    /// Whether the fine-tuned model was better than the linear classifier, if they were compared.
    pub fine_tuned_is_better: Option<bool>,
    /// Numbers of parameters that are trained, and of all parameters.
    pub parameters: (usize, usize),
    /// The tensors that were newly initialised.
    pub initialised: Vec<String>,
    /// The tensors of the base model that were not used.
    pub ignored: Vec<String>,
    /// Number of training texts that were cut.
    pub truncated: usize,
    /// Number of training texts that were read in windows, and the number of their windows.
    pub in_windows: (usize, usize),
    /// The update after which the run continued.
    pub resumed: Option<usize>,
    /// The damaged checkpoints, with what is wrong with them.
    pub damaged: Vec<String>,
}

impl Notices {
    /// Keeps the content of a notice.
    pub fn record(&mut self, notice: &TrainNotice<'_>) {
        match notice {
            TrainNotice::Damaged(damaged) => self.damaged.push(format!(
                "{}: {}",
                damaged.moved_to.file_name().unwrap_or_default().display(),
                damaged.reason
            )),
            TrainNotice::Resumed(step) => self.resumed = *step,
            TrainNotice::Data(data) => self.record_data(data),
            TrainNotice::Head { model, truncated, .. } => {
                self.head = true;
                self.first_model = model.is_some();
                self.truncated = *truncated;
            }
            TrainNotice::Compared {
                fine_tuned_is_better, ..
            } => self.fine_tuned_is_better = Some(*fine_tuned_is_better),
            TrainNotice::Model {
                parameters,
                trainable,
                report,
                truncated,
                in_windows,
            } => {
                self.parameters = (*trainable, *parameters);
                self.initialised.clone_from(&report.initialised);
                self.ignored.clone_from(&report.ignored);
                (self.truncated, self.in_windows) = (*truncated, *in_windows);
            }
            _ => {}
        }
    }

    fn record_data(&mut self, data: &PreparedData) {
        let test = data.test.as_ref().map_or(0, |test| test.len());
        self.rows = [data.train.len(), data.validation.len(), test];
        self.data = Some(data.clone());
    }
}

impl Place {
    /// Returns the settings that these flags of `train` stand for. Paths are relative to the folder.
    ///
    /// # Errors
    ///
    /// The flags cannot be parsed, or contradict each other.
    pub fn options(&self, line: &str) -> Result<TrainOptions, Refusal> {
        let mut words = Vec::new();
        let mut is_path = false;
        for word in line.split_whitespace() {
            let is_name = word == "builtin" || word.starts_with("scratch");
            words.push(match is_path && !is_name {
                true => self.path(word).display().to_string(),
                false => word.to_owned(),
            });
            is_path = PATHS.contains(&word);
        }
        let command = TrainOptions::augment_args_for_update(Command::new("train").no_binary_name(true));
        let matches = command
            .arg(Arg::new("run_dir").long("run-dir"))
            .arg(Arg::new("folds").long("folds")) // a flag of the program that contradicts a setting
            .mut_args(|argument| argument.env(None::<&str>))
            .try_get_matches_from(words)?;
        let data = DataOptions::new(DataFiles::Single(self.path("data.jsonl")));
        let mut options = TrainOptions::new(data, BaseModel::standard(), self.path("model"));
        options.set_from_arguments(&matches)?;
        options.run_dir = matches.get_one::<String>("run_dir").map(Into::into);
        Ok(options)
    }

    /// Trains with these flags of `train`.
    ///
    /// # Errors
    ///
    /// The flags or the input cannot be used.
    pub fn train(&self, line: &str) -> Result<Trained, Refusal> {
        self.train_with(&self.options(line)?)
    }

    /// Trains with these settings.
    ///
    /// # Errors
    ///
    /// The settings or the input cannot be used.
    pub fn train_with(&self, options: &TrainOptions) -> Result<Trained, Refusal> {
        let mut notices = Notices::default();
        let summary = train(options, Vec::new(), &mut |notice| notices.record(&notice))?;
        Ok(Trained { summary, notices })
    }

    /// Continues an interrupted run.
    ///
    /// # Errors
    ///
    /// The run cannot be continued.
    pub fn resume(&self, run: &str) -> Result<Trained, Refusal> {
        let mut notices = Notices::default();
        let summary = resume(&self.path(run), Arc::default(), Vec::new(), &mut |notice| {
            notices.record(&notice);
        })?;
        Ok(Trained { summary, notices })
    }

    /// Repeats a finished run in another folder.
    ///
    /// # Errors
    ///
    /// The run cannot be repeated.
    pub fn reproduce(&self, run: &str, again: &str) -> Result<Reproduction, Refusal> {
        let (run, again) = (self.path(run), self.path(again));
        Ok(reproduce(
            &run,
            Some(&again),
            Arc::default(),
            Vec::new(),
            &mut |_| (),
        )?)
    }

    /// Loads a model folder.
    ///
    /// # Errors
    ///
    /// The folder cannot be used.
    pub fn classifier(&self, model: &str) -> Result<Classifier, Refusal> {
        let (device, _) = DeviceChoice::Auto
            .open()
            .map_err(feedback_pipeline::Error::from)?;
        Ok(Classifier::load(&self.path(model), &device)?)
    }

    /// Measures a model on a labelled file, and returns the result as JSON.
    ///
    /// # Errors
    ///
    /// The model or the file cannot be used.
    ///
    /// # Panics
    ///
    /// If the result cannot be written as JSON.
    pub fn evaluate(&self, model: &str, data: &str) -> Result<Value, Refusal> {
        let measured = self.measure(&self.classifier(model)?, model, data)?;
        Ok(as_read(&measured.found))
    }

    /// Measures the classifier of the folder `model`, perhaps changed, on a labelled file.
    ///
    /// # Errors
    ///
    /// The file cannot be used.
    pub fn measure(&self, classifier: &Classifier, model: &str, data: &str) -> Result<Measured, Refusal> {
        let defaults = DataOptions::new(DataFiles::Single(self.path(data)));
        let read = &defaults.read;
        let dataset = read_labelled(defaults.files.training(), read, defaults.on_bad_row)?;
        let examples = examples_for(classifier, Path::new(model), &dataset)?;
        let scored = score(classifier, &examples)?;
        let temperature = classifier.manifest().temperature;
        let seen = leakage(classifier, &examples);
        let mut found = evaluate(&scored, &examples, classifier.labels(), temperature, seen)?;
        found.answers = evaluate_answers(classifier, &examples, read)?;
        Ok(Measured {
            dataset,
            examples,
            scored,
            found,
        })
    }
}

/// A model's predictions for a file, and their figures.
#[derive(Debug)]
#[non_exhaustive]
pub struct Measured {
    /// The file.
    pub dataset: Dataset,
    /// Its texts and labels.
    pub examples: Examples,
    /// The predictions.
    pub scored: Scored,
    /// The figures.
    pub found: FileEvaluation,
}
