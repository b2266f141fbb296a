//! Hyperparameter search: trains with different arguments and keeps the best model.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_files::write_file;
use feedback_trainer::TrainingArguments;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::error::Result;
use crate::parameters::{Search, with_parameters};
use crate::plan::{Study, read_json, write_json};
use crate::ranking::Ranking;
use crate::replicas::check_seeds;
use crate::trial::{SeedResult, Trial, TrialResult};
use crate::watch::{StudyNotice, Watch};
use feedback_pipeline::data::{DataFiles, Examples, PreparedData, prepare_data};
use feedback_pipeline::evaluate::FileEvaluation;
use feedback_pipeline::train::output::check_output;
use feedback_pipeline::train::{ChosenModel, TrainNotice, TrainOptions, check_settings, publish_chosen};

/// The results of a sweep, in the form that `--format json` prints.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct SweepReport {
    /// The folder of the study.
    pub folder: PathBuf,
    /// The metric that trials were compared by, measured on validation.
    pub metric: String,
    /// Whether higher values are better.
    pub greater_is_better: bool,
    /// The trials, the best first; failed trials are last.
    pub trials: Vec<TrialResult>,
    /// The model folder of the best trial.
    pub model: PathBuf,
    /// The chosen model's metrics on the test rows. They were computed for this model only, after it was chosen.
    pub test: Option<FileEvaluation>,
}

/// Trains each combination of `search` with each seed, all on the same rows, and writes the best model to
/// `options.output`.
///
/// The best trial has the best mean of `metric_for_best_model` on validation over its seeds; on ties, the first trial wins.
/// Of this trial, the model of the best seed is written. The test rows are set aside before the first trial and used once
/// at the end, for the chosen model. Models of other trials are removed; their run folders with arguments and metrics stay.
///
/// # Errors
///
/// A parameter is unknown, the data cannot be used, the folder was started with a different plan, a training fails, or no
/// trial has a score. A loss that is not finite only makes its trial fail.
pub fn sweep(
    options: &TrainOptions,
    search: &Search,
    seeds: &[u64],
    folder: &Path,
    watch: &mut dyn Watch,
) -> Result<SweepReport> {
    check_seeds(seeds)?;
    check_output(&options.output.model, Some(folder))?;
    let assignments = search.assignments();
    let tried = checked_arguments(options, &assignments)?;
    let plan = json!({
        "study": "sweep",
        "trials": assignments,
        "seeds": seeds,
        "data_sha256": options.data.files.sha256()?,
        "training": options.for_study()?,
    });
    let study = Study::open(folder, &plan)?;
    watch.notice(StudyNotice::Begin {
        folder,
        n: assignments.len() * seeds.len(),
    });
    let data = prepare_data(&options.data, &study.path("data"))?;
    watch.notice(StudyNotice::Train(TrainNotice::Data(&data)));
    let trial_options = without_test(options, &data, &study.path("data"))?;
    let (device, _) = options.model.device.open()?;
    let mut ranking = Ranking::new(&study, options.arguments.is_greater_better());
    for (index, (parameters, arguments)) in assignments.iter().zip(tried).enumerate() {
        let trial = Trial {
            number: index + 1,
            parameters,
            options: with_arguments(&trial_options, arguments),
            validation: &data.validation,
            device: &device,
        };
        ranking.add(trial.run(&study, seeds, watch)?)?;
    }
    let best = ranking.finish()?;
    let mut chosen = options.clone();
    chosen.arguments = with_parameters(&options.arguments, &best.trials[0].parameters)?;
    chosen.arguments.seed = best.seed;
    let test = publish(&best.folder, &chosen, &data, &device)?;
    let report = SweepReport {
        folder: folder.to_owned(),
        metric: options.arguments.metric_for_best_model.clone(),
        greater_is_better: options.arguments.is_greater_better(),
        trials: best.trials,
        model: options.output.model.clone(),
        test,
    };
    write_json(&folder.join("report.json"), &report)?;
    Ok(report)
}

/// Returns the arguments of each trial. Checks all of them before the first trial, so that an error appears early.
fn checked_arguments(
    options: &TrainOptions,
    assignments: &[Map<String, Value>],
) -> Result<Vec<TrainingArguments>> {
    let checked = |parameters| {
        let trial = with_arguments(options, with_parameters(&options.arguments, parameters)?);
        check_settings(&trial)?;
        Ok(trial.arguments)
    };
    assignments.iter().map(checked).collect()
}

fn with_arguments(options: &TrainOptions, arguments: TrainingArguments) -> TrainOptions {
    let mut options = options.clone();
    options.arguments = arguments;
    options
}

/// Returns the options of the trials, which train on the prepared rows and never see the test rows. Writes the training and
/// validation rows to `folder`.
fn without_test(options: &TrainOptions, data: &PreparedData, folder: &Path) -> Result<TrainOptions> {
    let (train, validation) = (
        folder.join("sweep_train.jsonl"),
        folder.join("sweep_validation.jsonl"),
    );
    write_examples(&train, &data.train, data, &options.data.read)?;
    write_examples(&validation, &data.validation, data, &options.data.read)?;
    let mut trial = options.clone();
    trial.data.files = DataFiles::Separate {
        train,
        validation: Some(validation),
        test: None,
    };
    trial.data.labels = Some(data.labels.names().to_vec());
    trial.data.on_bad_row = OnBadRow::Fail;
    let read = &options.data.read;
    trial.data.read = ReadOptions::with_fields(&read.text_field, &read.label_field);
    Ok(trial)
}

fn write_examples(path: &Path, examples: &Examples, data: &PreparedData, read: &ReadOptions) -> Result<()> {
    write_file(path, |writer| {
        for (text, &label) in examples.texts.iter().zip(&examples.labels) {
            let label = data.labels.name(label).unwrap_or_default();
            let row = json!({ read.text_field.as_str(): text, read.label_field.as_str(): label });
            writeln!(writer, "{row}")?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Evaluates the chosen model on test and writes it to the output folder.
fn publish(
    chosen: &Path,
    options: &TrainOptions,
    data: &PreparedData,
    device: &Device,
) -> Result<Option<FileEvaluation>> {
    let state: Value = read_json(&chosen.join("run").join("trainer_state.json"))?;
    let result: SeedResult = read_json(&chosen.join("result.json"))?;
    let chosen = ChosenModel {
        folder: &chosen.join("model"),
        global_step: state["global_step"].as_u64().unwrap_or(0) as usize,
        epoch: result.epochs,
        model_step: result.model_step,
        validation: &result.validation,
    };
    Ok(publish_chosen(&chosen, options, data, device)?)
}
