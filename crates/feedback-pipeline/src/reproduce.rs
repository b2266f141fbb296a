//! Running a finished run again, and saying what differs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use feedback_trainer::Callback;
use serde::Serialize;
use serde_json::Value;

use crate::corrections::carry_over;
use crate::run_folder::RunFolder;
use crate::train::{Place, work};
use crate::{Error, Result, TrainNotice, TrainSummary};

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
    options.output = new_path.join("model");
    options.run_dir = None;
    if options.corrections.is_some() {
        carry_over(run, &new_path)?; // what entered when is part of the run
    }
    let again = work(&options, Place::Made(new), callbacks, notice)?;
    let new = RunFolder::open(&new_path)?;
    let mut differences = Vec::new();
    for file in [
        "environment.json",
        "inputs.json",
        "report.json",
        "trainer_state.json",
    ] {
        let (old, mut new) = (
            without_place(old.read_json(file)?),
            without_place(new.read_json(file)?),
        );
        if file == "report.json" {
            drop_added_fields(&old, &mut new); // this version may measure more than the one that made the run
        }
        differences.extend(self::differences(&old, &new).into_iter().map(in_file(file)));
    }
    let (old, new) = (Value::Array(events(&old)?), Value::Array(events(&new)?));
    differences.extend(
        self::differences(&old, &new)
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

/// Where two documents differ, as `/path/to/value: this, was that`.
pub(crate) fn differences(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", Some(old), Some(new), &mut found);
    found
}

fn compare(path: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<String>) {
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                compare(&format!("{path}/{key}"), old.get(key), new.get(key), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().max(new.len()) {
                compare(&format!("{path}/{index}"), old.get(index), new.get(index), found);
            }
        }
        (old, new) if old == new => {}
        (old, new) => {
            let show = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
            found.push(format!("{path}: {}, was {}", show(new), show(old)));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_difference_is_named_with_its_place() {
        let old = json!({"same": 1, "a": {"b": [1, 2]}, "gone": null});
        let new = json!({"same": 1, "a": {"b": [1, 3, 4]}, "new": true});
        assert_eq!(
            differences(&old, &new),
            [
                "/a/b/1: 3, was 2",
                "/a/b/2: 4, was nothing",
                "/gone: nothing, was null",
                "/new: true, was nothing"
            ]
        );
        assert!(differences(&old, &old).is_empty());
    }

    #[test]
    fn a_report_may_gain_fields() {
        let old = json!({"test": {"accuracy": 0.5, "bins": [{"count": 1}], "gone": 1}});
        let mut new = json!({"test": {"accuracy": 0.5, "bins": [{"count": 2, "gap": 0.1}], "roc_auc": null}});
        drop_added_fields(&old, &mut new);
        assert_eq!(
            differences(&old, &new),
            ["/test/bins/0/count: 2, was 1", "/test/gone: nothing, was 1"]
        );
    }
}
