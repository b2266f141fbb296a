//! Trains a new model from a [`Job`] whose serving model gives each text any number of labels.
//!
//! As [`feedback_pipeline::retrain`] does for one label a text: splits the data, adds the corrections to the training rows, trains, and
//! compares the new model with the serving model on the same test rows.

use std::path::Path;
use std::sync::Arc;

use feedback_bert::folder::saved_cleaning;
use feedback_bert::{DeviceChoice, ModelFolder};
use feedback_clean::Cleaning;
use feedback_corrections::{
    CorrectionCounts, Ending, Guard, Job, LabelsPerText, Outcome, SameRows, TrainingFolder, add_corrections,
};
use feedback_dataset::read::{LabelRule, OnBadRow, ReadOptions};
use feedback_dataset::{Dataset, LabelSet};
use feedback_files::write_bytes;
use feedback_inference::MultiLabelClassifier;
use feedback_pipeline::data::{LabelLayout, SplitFileOptions, Task};
use feedback_pipeline::retrain::{
    CORRECTED, RetrainEvent, RetrainOptions, Seen, set_aside, source, train_options,
};
use feedback_pipeline::train::TrainNotice;

use crate::error::{Error, Result};
use crate::evaluate::{MultiLabelEvaluation, measure};
use crate::examples::MultiLabelExamples;
use crate::read::read_label_lists;
use crate::split::split_file;
use crate::train::{MultiLabelNotice, MultiLabelSummary, resume, train};

/// Runs a job in its folder, or continues it. `layout` says how the rows of the job's data state their labels.
///
/// Afterwards the new model is in `model/` and the outcome in `result.json`. If the job was interrupted, the outcome says so, and the
/// same call continues it.
///
/// # Errors
///
/// The errors of reading, training and evaluating; [`Error::Setting`] if the job asks people about hard rows, which needs one label a
/// text.
pub fn retrain(
    job: &Job,
    folder: &TrainingFolder,
    layout: &LabelLayout,
    options: &RetrainOptions,
    events: &mut dyn FnMut(RetrainEvent),
) -> Result<Outcome<MultiLabelEvaluation>> {
    if job.ask_people {
        return Err(Error::Setting {
            setting: "`ask_people`",
            reason: "is about texts with one label each",
            hint: "leave it out",
        });
    }
    let cleaning = saved_cleaning(&job.serving);
    let by = &options.corrected_by;
    let corrections = prepare(job, folder, (layout, cleaning, by), events)?;
    let summary = match trained(job, folder, options, events) {
        Err(Error::Pipeline(feedback_pipeline::Error::Interrupted { global_step, .. })) => {
            events(RetrainEvent::Stopped { global_step });
            return Ok(Outcome {
                ending: Ending::Stopped { global_step },
                run: "run".into(),
                model: None,
                test: None,
                serving: None,
                same_rows: None,
                corrections,
            });
        }
        other => other?,
    };
    let (serving, same_rows) = compare(
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

/// Splits the data, and adds the corrections to the training rows only. The split does not depend on the corrections.
fn prepare(
    job: &Job,
    folder: &TrainingFolder,
    (layout, cleaning, corrected_by): (&LabelLayout, Cleaning, &str),
    events: &mut dyn FnMut(RetrainEvent),
) -> Result<CorrectionCounts> {
    let data = folder.data();
    let mut split = SplitFileOptions::default();
    split.split.seed = job.seed;
    split.on_bad_row = OnBadRow::SetAside;
    split.force = true;
    split.cleaning = cleaning;
    let rule = match layout.label_columns.is_empty() {
        true => LabelRule::Required,
        false => LabelRule::Optional,
    };
    let input = source(job, folder, rule, events)?;
    let found = split_file(&input, &data, &split, layout)?;
    set_aside(found.summary.set_aside, events);
    let labels = LabelSet::new(job.with_new_labels(found.labels.names()))?;
    folder.write_labels(labels.names())?;
    let part = |name: &str| read_part(&data.join(name));
    let guard = Guard::new(part("validation.jsonl")?.texts(), part("test.jsonl")?.texts());
    let rows = part("train.jsonl")?.rows;
    let (mut corrections, any) = (job.read_corrections()?, LabelsPerText::AnyNumber);
    for correction in &mut corrections {
        correction.text = cleaning.clean(&correction.text).into_owned();
    }
    let corrected = add_corrections(rows, &corrections, &labels, any, &guard, corrected_by);
    folder.write_corrections_audit(corrected.audit)?;
    write_bytes(data.join(CORRECTED), corrected.jsonl)?;
    Ok(corrected.counts)
}

fn read_part(path: &Path) -> Result<Dataset> {
    let mut options = ReadOptions::default();
    options.label_rule = LabelRule::Optional;
    Ok(feedback_formats::read(path, &options, OnBadRow::Fail)?)
}

/// Trains the model, or continues its training if the run was started before.
fn trained(
    job: &Job,
    folder: &TrainingFolder,
    options: &RetrainOptions,
    events: &mut dyn FnMut(RetrainEvent),
) -> Result<MultiLabelSummary> {
    let mut notice = |notice: MultiLabelNotice<'_>| match notice {
        MultiLabelNotice::Data(data) => events(RetrainEvent::Rows {
            train: data.train.len(),
            validation: data.validation.len(),
            test: data.test.as_ref().map_or(0, MultiLabelExamples::len),
        }),
        MultiLabelNotice::Common(TrainNotice::Resumed(Some(global_step))) => {
            events(RetrainEvent::Resumed { global_step });
        }
        MultiLabelNotice::Common(TrainNotice::Model { parameters, .. }) => {
            events(RetrainEvent::Model { parameters });
        }
        _ => {}
    };
    let run = folder.run();
    if run.join("arguments.json").is_file() {
        return resume(&run, Arc::clone(&options.interrupt), Vec::new(), &mut notice);
    }
    let mut training = train_options(job, folder, options)?;
    training.task.task = Task::MultiLabel;
    training.data.cleaning = saved_cleaning(&job.serving);
    train(&training, Vec::new(), &mut notice)
}

/// Returns the metrics of the serving model on a file, and both models on its rows; `None` if the file has a label that the serving model
/// does not have, or if the model gives each text one label.
fn compare(
    new: &Path,
    serving: &Path,
    test: &Path,
    device: DeviceChoice,
) -> Result<(Option<MultiLabelEvaluation>, Option<SameRows>)> {
    if !ModelFolder::is_multi_label(serving)? {
        return Ok((None, None));
    }
    let (device, _) = device.open()?;
    let lists = read_label_lists(
        test,
        &ReadOptions::default(),
        &LabelLayout::default(),
        OnBadRow::Fail,
    )?;
    let known = Seen::new(&[new, serving]);
    let mut seen = 0;
    let mut measured = |model: &Path| -> Result<(MultiLabelEvaluation, Vec<bool>)> {
        let classifier = MultiLabelClassifier::load(model, &device)?;
        let labels = LabelSet::new(classifier.labels().to_vec())?;
        let examples = MultiLabelExamples::new(&lists, &labels)?;
        let found = measure(&classifier, &examples)?;
        let width = labels.len().max(1);
        let truth = examples.table(labels.len());
        let unseen = known.unseen(&examples.fingerprints());
        seen = unseen.iter().filter(|unseen| !**unseen).count() as u64;
        let rows = found.given.chunks(width).zip(truth.chunks(width)).zip(&unseen);
        let right = rows
            .filter(|(_, unseen)| **unseen)
            .map(|((given, truth), _)| given == truth);
        Ok((found.evaluation, right.collect()))
    };
    let (evaluation, of_serving) = match measured(serving) {
        Err(Error::UnknownLabel { .. }) => return Ok((None, None)),
        other => other?,
    };
    let (_, of_new) = measured(new)?;
    let same_rows = SameRows::new(&of_new, &of_serving, Vec::new());
    Ok((Some(evaluation), same_rows.map(|same| same.without_seen(seen))))
}
