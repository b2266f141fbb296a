//! Repeats a finished run and compares the results.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use feedback_trainer::Callback;
use serde::Serialize;
use serde_json::Value;

use crate::corrections::carry_over;
use crate::error::{Result, RunError};
use crate::run_folder::{self, RunFolder};
use crate::train::location::RunLocation;
use crate::train::notice::TrainNotice;
use crate::train::recipe;
use crate::train::summary::TrainSummary;

/// The result of repeating a run.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Reproduction {
    /// The new run.
    pub again: TrainSummary,
    /// Every value, hash and log entry that differs, with its path; empty if the run was reproduced.
    pub differences: Vec<String>,
}

/// Repeats a finished run with the same settings in a new folder, and saves the model there too. Compares the two runs:
/// hash of the weights, report, event log, trainer state, inputs and environment.
///
/// Ignores times, durations, the paths of the two runs, and report fields that the old run does not have.
///
/// # Errors
///
/// The folder does not contain a finished run, or one of the errors of [`train`](crate::train::train).
pub fn reproduce(
    run: &Path,
    run_dir: Option<&Path>,
    interrupt: Arc<AtomicBool>,
    callbacks: Vec<Box<dyn Callback>>,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<Reproduction> {
    let old = RunFolder::open(run)?;
    if !old.is_finished() {
        return Err(RunError::NotFinished { path: run.to_owned() }.into());
    }
    let mut options = old.options()?;
    options.interrupt = interrupt;
    let name = run.file_name().unwrap_or_default().to_string_lossy();
    let new = RunFolder::create(run_dir, &format!("again-{name}"))?;
    let new_path = new.path().to_owned();
    options.output.model = new_path.join("model");
    options.run_dir = None;
    if options.corrections.is_some() {
        carry_over(run, &new_path)?; // corrections must take effect at the same epochs as in the old run
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
        if !old.path().join(file).exists() && !new.path().join(file).exists() {
            continue; // nothing but a linear classifier was fitted
        }
        let (old, mut new) = (
            without_place(old.read_json(file)?),
            without_place(new.read_json(file)?),
        );
        if file == "report.json" {
            drop_added_fields(&old, &mut new); // this version may report more metrics than the version that made the run
        }
        let found = run_folder::differences(&old, &new).into_iter();
        differences.extend(found.map(in_file(file)));
    }
    let (old, new) = (Value::Array(events(&old)?), Value::Array(events(&new)?));
    let found = run_folder::differences(&old, &new).into_iter();
    differences.extend(found.map(in_file("events.jsonl")));
    Ok(Reproduction { again, differences })
}

fn in_file(file: &str) -> impl Fn(String) -> String {
    move |difference| format!("{file} {difference}")
}

/// Removes fields that contain only times and paths.
fn without_place(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        for name in ["seconds", "model", "run", "adapter", "time"] {
            fields.shift_remove(name);
        }
    }
    value
}

/// Removes the fields of `new` that `old` does not have, at every depth.
fn drop_added_fields(old: &Value, new: &mut Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            new.retain(|name, _| old.contains_key(name));
            for (name, value) in new {
                drop_added_fields(&old[name], value);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            old.iter()
                .zip(new)
                .for_each(|(old, new)| drop_added_fields(old, new));
        }
        _ => {}
    }
}

fn events(run: &RunFolder) -> Result<Vec<Value>> {
    let path = run.event_log_path();
    if !path.exists() {
        return Ok(Vec::new()); // nothing but a linear classifier was fitted
    }
    let text = fs_err::read_to_string(&path)?;
    let parse = |(index, line)| {
        serde_json::from_str(line).map(without_place).map_err(|source| {
            let path = path.clone();
            let line = Some(index + 1);
            RunError::Damaged { path, line, source }.into()
        })
    };
    text.lines().enumerate().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn new_fields_of_a_report_are_ignored() {
        let old = json!({"test": {"accuracy": 0.5, "bins": [{"count": 1}], "gone": 1}});
        let mut new = json!({"test": {"accuracy": 0.5, "bins": [{"count": 2, "gap": 0.1}], "roc_auc": null}});
        drop_added_fields(&old, &mut new);
        assert_eq!(
            run_folder::differences(&old, &new),
            ["/test/bins/0/count: 2, was 1", "/test/gone: nothing, was 1"]
        );
    }
}
