//! Running a finished run again, and saying what differs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use feedback_trainer::Callback;
use serde::Serialize;
use serde_json::Value;

use crate::corrections::carry_over;
use crate::run_folder::RunFolder;
use super::differences::differences;
use super::notice::TrainNotice;
use super::recipe::{self, RunLocation};
use super::summary::TrainSummary;
use crate::error::{Error, Result};

/// What comes of running a run again.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Reproduction {
    /// The new run.
    pub again: TrainSummary,
    /// Every figure, hash and log entry that differs, by its place; none where the run repeats.
    pub differences: Vec<String>,
}

/// Runs a finished run again, with the settings it was begun with, in a new folder that holds its model too, and
/// compares: the weights by their hash, the report, the log, and what both were made from.
///
/// Only `time` and `seconds`, and the places of the two runs, may differ.
///
/// # Errors
///
/// A folder that holds no finished run, and as [`train`](crate::train()).
pub fn reproduce(
    run: &Path,
    run_dir: Option<&Path>,
    interrupt: Arc<AtomicBool>,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<Reproduction> {
    let old = RunFolder::open(run)?;
    if !old.is_finished() {
        return Err(Error::Files {
            reason: format!("the run in `{}` is not finished", run.display()),
            hint: "`--resume` goes on with it".into(),
        });
    }
    let mut options = old.options()?;
    options.interrupt = interrupt;
    let name = run.file_name().unwrap_or_default().to_string_lossy();
    let new = RunFolder::create(run_dir, &format!("again-{name}"))?;
    let new_path = new.path().to_owned();
    options.output.model = new_path.join("model");
    options.run_dir = None;
    if options.corrections.is_some() {
        carry_over(run, &new_path)?; // what entered when is part of the run
    }
    let again = recipe::run(&options, RunLocation::Created(new), callbacks, notice)?;
    let new = RunFolder::open(&new_path)?;
    let mut differences = Vec::new();
    for file in [
        "environment.json",
        "inputs.json",
        "report.json",
        "trainer_state.json",
    ] {
        let (old, new) = (
            without_place(old.read_json(file)?),
            without_place(new.read_json(file)?),
        );
        differences.extend(differences(&old, &new).into_iter().map(in_file(file)));
    }
    let (old, new) = (Value::Array(events(&old)?), Value::Array(events(&new)?));
    differences.extend(
        differences(&old, &new)
            .into_iter()
            .map(in_file("events.jsonl")),
    );
    Ok(Reproduction { again, differences })
}

fn in_file(file: &str) -> impl Fn(String) -> String {
    move |difference| format!("{file} {difference}")
}

/// Without what tells of time and place alone.
fn without_place(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        for name in ["seconds", "model", "run", "adapter", "time"] {
            fields.shift_remove(name);
        }
    }
    value
}

fn events(run: &RunFolder) -> Result<Vec<Value>> {
    let path = run.event_log_path();
    let text = fs_err::read_to_string(&path)?;
    let parse = |(index, line)| {
        serde_json::from_str(line)
            .map(without_place)
            .map_err(|error| Error::Files {
                reason: format!("`{}` line {}: {error}", path.display(), index + 1),
                hint: "copy the run folder again".into(),
            })
    };
    text.lines().enumerate().map(parse).collect()
}
