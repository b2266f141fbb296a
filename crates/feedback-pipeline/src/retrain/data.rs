//! Training as `serve` starts it: the same binary again, with a hidden subcommand.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use feedback_bert::DeviceChoice;
use feedback_dataset::{LabelSet, OnBadRow, ReadOptions, SplitOptions, atomic_write, fingerprint, read};
use feedback_inference::Classifier;
use feedback_pipeline::corrections::{Answer, CorrectionsOptions, Inbox, Queue, RowId};
use feedback_pipeline::{
    BaseModel, DataFiles, DataOptions, Error, Evaluation, SplitFileOptions, TrainNotice, TrainOptions,
    evaluate, examples_for, leakage, read_labelled, resume, score, split_file, train,
};
use feedback_server::{Question, Questions, Reply, Trainer, TrainingJob};
use serde::Serialize;

use crate::cli;

/// The hidden subcommand's name.
pub const SUBCOMMAND: &str = "train-in-background";
/// The exit code of a run that can go on later.
const STOPPED: u8 = 143;
/// The run folder, in the folder of a training.
const RUN: &str = "run";
/// The labels to choose from, in the folder of a training.
const LABELS: &str = "labels.json";
/// Who answers, for the audit log: the app knows keys, not persons.
const ANSWERED_BY: &str = "the web app";

/// Trains by running this program again.
#[derive(Debug, Clone)]
pub struct OwnProcess {
    /// Labelled files on offer.
    pub data: Vec<PathBuf>,
    /// Folders with pretrained encoders on offer.
    pub bases: Vec<PathBuf>,
    /// Where to compute.
    pub device: DeviceChoice,
}

impl Trainer for OwnProcess {
    fn data(&self) -> Vec<PathBuf> {
        self.data.clone()
    }

    fn bases(&self) -> Vec<String> {
        let folders = self.bases.iter().map(|path| path.display().to_string());
        let scratch = ["scratch:tiny", "scratch:mini", "scratch:small"].map(str::to_owned);
        folders.chain(scratch).collect()
    }

    /// Serving comes first: the training runs at a lower priority, where there is `nice`, and on one thread fewer.
    fn command(&self, folder: &Path) -> std::io::Result<Command> {
        let program = std::env::current_exe()?;
        let mut command = if Path::new("/usr/bin/nice").exists() {
            let mut nice = Command::new("/usr/bin/nice");
            nice.args(["-n", "10"]).arg(program);
            nice
        } else {
            Command::new(program)
        };
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        command
            .env("RAYON_NUM_THREADS", threads.saturating_sub(1).max(1).to_string())
            .arg(SUBCOMMAND)
            .arg(folder)
            .arg(self.device.to_string());
        Ok(command)
    }

    fn questions(&self, folder: &Path) -> std::io::Result<Questions> {
        let labels = match fs_err::read_to_string(folder.join(LABELS)) {
            Ok(text) => serde_json::from_str(&text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(), // before it has read the data
            Err(error) => return Err(error),
        };
        let run = folder.join(RUN);
        let answered = Inbox::of_run(&run).answered().map_err(std::io::Error::other)?;
        let queue = Queue::of_run(&run).read().map_err(std::io::Error::other)?;
        let open = queue.into_iter().filter(|item| !answered.contains(&item.id));
        let rows = open.map(|item| Question {
            row: item.id.to_string(),
            text: item.text,
            label: item.label,
            predicted_label: item.predicted_label,
            confidence: item.confidence,
        });
        Ok(Questions {
            labels,
            rows: rows.collect(),
        })
    }

    fn answer(&self, folder: &Path, reply: &Reply) -> std::io::Result<()> {
        let row: RowId = reply
            .row
            .parse()
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidInput, error))?;
        let answer = match &reply.label {
            Some(label) => Answer::label(row, label, ANSWERED_BY),
            None => Answer::drop(row, ANSWERED_BY),
        };
        let sent = Inbox::of_run(&folder.join(RUN)).send(&answer);
        sent.map_err(std::io::Error::other)
    }
}

/// What the page shows in the end: `result.json`.
#[derive(Debug, Serialize)]
struct Outcome {
    test: Option<Evaluation>,
    serving: Option<Evaluation>,
    corrections: Corrections,
}

/// What became of the corrections.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
struct Corrections {
    /// Trained on.
    used: usize,
    /// Left out, because their text stands in validation or test.
    held_out: usize,
    /// Left out, because their label is none of the data's.
    unknown_label: usize,
}

/// Does the job in a folder, or goes on with it. Returns the exit code.
///
/// # Errors
///
/// What reading, training and evaluating give.
pub fn run(folder: &Path, device: DeviceChoice) -> anyhow::Result<u8> {
    let text = fs_err::read_to_string(folder.join("job.json"))?;
    let job: TrainingJob = serde_json::from_str(&text).context("job.json is damaged")?;
    let interrupt = until_input_ends();
    let mut notice = |notice: TrainNotice<'_>| match notice {
        TrainNotice::Data(data) => cli::say(format_args!(
            "{} train, {} validation, {} test rows",
            data.train.texts.len(),
            data.validation.texts.len(),
            data.test.as_ref().map_or(0, |test| test.texts.len())
        )),
        TrainNotice::Resumed(Some(step)) => cli::say(format_args!("goes on after step {step}")),
        TrainNotice::Model { parameters, .. } => cli::say(format_args!("{parameters} parameters")),
        _ => {}
    };
    let corrections = prepare(&job, folder)?;
    let run_dir = folder.join(RUN);
    let trained = if run_dir.join("arguments.json").is_file() {
        resume(&run_dir, interrupt, Vec::new(), &mut notice)
    } else {
        let mut options = options(&job, folder, device)?;
        options.interrupt = interrupt;
        train(&options, Vec::new(), &mut notice)
    };
    let summary = match trained {
        Err(Error::Interrupted { global_step, .. }) => {
            cli::say(format_args!("stopped after step {global_step}"));
            return Ok(STOPPED);
        }
        other => other?,
    };
    let outcome = Outcome {
        serving: on_same_rows(&job.serving, &folder.join("data/test.jsonl"), device)?,
        test: summary.test,
        corrections,
    };
    let json = serde_json::to_string_pretty(&outcome)?;
    atomic_write(folder.join("result.json"), |writer| {
        Ok(writer.write_all(json.as_bytes())?)
    })?;
    Ok(cli::OK)
}

/// The flag is set when standard input ends: when the server says so, or is no more.
fn until_input_ends() -> Arc<AtomicBool> {
    let ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        while std::io::stdin().read(&mut buffer).is_ok_and(|n| n > 0) {}
        flag.store(true, Ordering::SeqCst);
    });
    ended
}

/// Splits the data, and adds the corrections to the training rows alone.
///
/// The split does not depend on the corrections, so validation and test stay what they are whatever people correct. A
/// correction whose text stands in them is held out; one whose text stands in the training rows replaces its label.
fn prepare(job: &TrainingJob, folder: &Path) -> anyhow::Result<Corrections> {
    let data = folder.join("data");
    let split = SplitFileOptions {
        split: SplitOptions {
            seed: job.seed,
            ..SplitOptions::default()
        },
        group_by: None,
        group_near_duplicates: false,
        labels: None,
        read: ReadOptions::default(),
        on_bad_row: OnBadRow::SetAside,
        force: true,
    };
    split_file(&job.data, &data, &split)?;
    let labels = LabelSet::from_dataset(&read(&job.data, &ReadOptions::default(), OnBadRow::SetAside)?)?;
    let names = serde_json::to_string(labels.names())?;
    atomic_write(folder.join(LABELS), |writer| {
        Ok(writer.write_all(names.as_bytes())?)
    })?;
    let texts = |name: &str| -> anyhow::Result<HashSet<u64>> {
        let set = read(data.join(name), &ReadOptions::default(), OnBadRow::Fail)?;
        Ok(set.texts().into_iter().map(fingerprint).collect())
    };
    let mut held_out = texts("validation.jsonl")?;
    held_out.extend(texts("test.jsonl")?);
    let options = ReadOptions {
        allow_empty: true,
        ..ReadOptions::default()
    };
    let given = read(&job.corrections, &options, OnBadRow::Fail)?;
    let mut counts = Corrections::default();
    let mut accepted: HashMap<u64, (String, String)> = HashMap::new();
    let mut order = Vec::new();
    for row in &given.rows {
        let (text, label) = (row.record.text(), row.record.label().unwrap_or_default());
        let key = fingerprint(text);
        if held_out.contains(&key) {
            counts.held_out += 1;
        } else if labels.id(label).is_none() {
            counts.unknown_label += 1;
        } else {
            counts.used += 1;
            if accepted
                .insert(key, (text.to_owned(), label.to_owned()))
                .is_none()
            {
                order.push(key);
            }
        }
    }
    let mut lines = String::new();
    let mut replaced = HashSet::new();
    for mut row in read(data.join("train.jsonl"), &ReadOptions::default(), OnBadRow::Fail)?.rows {
        let key = fingerprint(row.record.text());
        if let Some((_, label)) = accepted.get(&key) {
            row.record.set("label", label.as_str());
            replaced.insert(key);
        }
        lines += &(row.record.to_json() + "\n");
    }
    order.retain(|key| !replaced.contains(key));
    for (text, label) in order.iter().filter_map(|key| accepted.get(key)) {
        lines += &format!(
            "{}\n",
            serde_json::json!({ "text": text, "label": label, "source": "correction" })
        );
    }
    atomic_write(data.join("train-with-corrections.jsonl"), |writer| {
        Ok(writer.write_all(lines.as_bytes())?)
    })?;
    Ok(counts)
}

fn options(job: &TrainingJob, folder: &Path, device: DeviceChoice) -> anyhow::Result<TrainOptions> {
    let data = folder.join("data");
    let mut data = DataOptions::new(DataFiles::Separate {
        train: data.join("train-with-corrections.jsonl"),
        validation: Some(data.join("validation.jsonl")),
        test: Some(data.join("test.jsonl")),
    });
    data.seed = job.seed;
    let mut options = TrainOptions::new(data, BaseModel::parse(&job.base)?, folder.join("model"));
    options.run_dir = Some(folder.join(RUN));
    options.corrections = job.ask_people.then(|| CorrectionsOptions::new(ANSWERED_BY));
    options.pooling = job.pooling.parse()?;
    options.device = device;
    let arguments = &mut options.arguments;
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
    Ok(options)
}

/// The serving model's figures; none where it knows other labels than the rows have.
fn on_same_rows(model: &Path, test: &Path, device: DeviceChoice) -> anyhow::Result<Option<Evaluation>> {
    let (device, _) = device.open()?;
    let classifier = Classifier::load(model, &device)?;
    let dataset = read_labelled(test, &ReadOptions::default(), OnBadRow::Fail)?;
    let examples = match examples_for(&classifier, model, &dataset) {
        Ok(examples) => examples,
        Err(Error::LabelUnknownToModel { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let scored = score(&classifier, &examples)?;
    let temperature = classifier.manifest().temperature;
    let seen = leakage(&classifier, &examples);
    Ok(Some(evaluate(
        &scored,
        &examples,
        classifier.labels(),
        temperature,
        seen,
    )?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Corrections of people reach the training rows, and never validation or test.
    #[test]
    fn corrections_join_the_training_rows_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut rows = String::new();
        for index in 0..40 {
            rows += &format!("{{\"text\": \"crash number {index}\", \"label\": \"bug\"}}\n");
            rows += &format!("{{\"text\": \"love number {index}\", \"label\": \"praise\"}}\n");
        }
        fs_err::write(path("data.jsonl"), rows).unwrap();
        let mut job = TrainingJob {
            data: path("data.jsonl"),
            corrections: path("corrections.jsonl"),
            base: "scratch:tiny".into(),
            pooling: "cls".into(),
            num_train_epochs: None,
            learning_rate: None,
            per_device_train_batch_size: None,
            ask_people: false,
            seed: 7,
            serving: PathBuf::new(),
            created_at: 0,
        };
        fs_err::write(path("corrections.jsonl"), "").unwrap();
        assert_eq!(prepare(&job, folder.path()).unwrap(), Corrections::default());
        let file = |name: &str| fs_err::read_to_string(path("data").join(name)).unwrap();
        let (test, validation) = (file("test.jsonl"), file("validation.jsonl"));
        let text_of = |lines: &str| -> String {
            let row: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
            row["text"].as_str().unwrap().to_owned()
        };
        let mut corrections = String::new();
        for (text, label) in [
            (text_of(&test).to_uppercase(), "praise"), // another spelling is the same text
            (text_of(&validation), "praise"),
            (text_of(&file("train.jsonl")), "praise"),
            ("something new".to_owned(), "bug"),
            ("something else".to_owned(), "no such label"),
        ] {
            corrections += &format!("{}\n", serde_json::json!({ "text": text, "label": label }));
        }
        job.corrections = path("more.jsonl");
        fs_err::write(path("more.jsonl"), corrections).unwrap();
        let counts = prepare(&job, folder.path()).unwrap();
        assert_eq!((counts.used, counts.held_out, counts.unknown_label), (2, 2, 1));
        assert_eq!(
            (file("test.jsonl"), file("validation.jsonl")),
            (test, validation),
            "they stay what they were"
        );
        let trained_on = file("train-with-corrections.jsonl");
        assert_eq!(
            trained_on.lines().count(),
            file("train.jsonl").lines().count() + 1
        );
        let corrected: serde_json::Value = serde_json::from_str(trained_on.lines().next().unwrap()).unwrap();
        assert_eq!(corrected["label"], "praise");
        assert!(trained_on.contains("something new") && !trained_on.contains("something else"));
    }
}
