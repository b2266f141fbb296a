//! A folder in which several trainings are done one after the other, and gone on with after an interruption.

use std::path::{Path, PathBuf};

use feedback_files::JsonLayout;
use feedback_trainer::Callback;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Result, TrainNotice, TrainOptions, TrainSummary, resume, train};

const PLAN: &str = "plan.json";
const RESULT: &str = "result.json";

/// What is worth telling while trainings are done one after the other.
#[derive(Debug)]
#[non_exhaustive]
pub enum StudyNotice<'a> {
    /// The folder, and how many trainings it will hold.
    Begin {
        /// The folder.
        folder: &'a Path,
        /// Trainings.
        n: usize,
    },
    /// Rows of the data that could not be used and were left out.
    SetAside {
        /// How many.
        rows: usize,
    },
    /// A training begins.
    Member {
        /// Its name, which is that of its folder.
        name: &'a str,
        /// What sets it apart from the others.
        what: &'a str,
    },
    /// A training was done before and is not done again.
    Kept {
        /// Its name.
        name: &'a str,
    },
    /// The training tells something.
    Train(TrainNotice<'a>),
}

/// Makes the callbacks of each training anew, and hears what happens.
pub trait Watch {
    /// Callbacks for one training.
    fn callbacks(&mut self) -> Vec<Box<dyn Callback>> {
        Vec::new()
    }

    /// Something worth telling.
    fn notice(&mut self, notice: StudyNotice<'_>) {
        let _ = notice;
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {}

/// A folder with a plan, and a folder for each training with its result once it is done.
#[derive(Debug)]
pub(super) struct Study {
    folder: PathBuf,
}

impl Study {
    /// Begins a study, or goes on with the one in the folder where it has the same plan.
    pub(super) fn open(folder: &Path, plan: &Value) -> Result<Self> {
        let path = folder.join(PLAN);
        let plan: &Value = &reread(plan)?;
        if path.exists() {
            let found: Value = read_json(&path)?;
            if found != *plan {
                return Err(Error::Files {
                    reason: format!(
                        "`{}` was begun with another plan: {}",
                        folder.display(),
                        difference(&found, plan)
                    ),
                    hint: "call it with what it was begun with to go on, or name another folder (--run-dir)"
                        .into(),
                });
            }
        } else {
            if folder.exists() && fs_err::read_dir(folder)?.next().is_some() {
                return Err(Error::Files {
                    reason: format!("`{}` holds something else", folder.display()),
                    hint: "give --run-dir a folder of its own".into(),
                });
            }
            fs_err::create_dir_all(folder)?;
            write_json(&path, plan)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The result of a training that is done, or else what `body` makes of its folder.
    pub(super) fn member<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        what: &str,
        watch: &mut dyn Watch,
        body: impl FnOnce(&Path, &mut dyn Watch) -> Result<T>,
    ) -> Result<T> {
        let folder = self.path(name);
        let result = folder.join(RESULT);
        if result.exists() {
            watch.notice(StudyNotice::Kept { name });
            return read_json(&result);
        }
        watch.notice(StudyNotice::Member { name, what });
        fs_err::create_dir_all(&folder)?;
        let value = body(&folder, watch)?;
        write_json(&result, &value)?;
        read_json(&result) // so that the report is the same, to the last digit, when this one is kept
    }
}

/// Trains into `folder/model` and `folder/run`; a run that was cut off is taken up where it was.
pub(super) fn train_in(
    folder: &Path,
    mut options: TrainOptions,
    watch: &mut dyn Watch,
) -> Result<TrainSummary> {
    options.output = folder.join("model");
    let run = folder.join("run");
    if run.join("report.json").exists() {
        // Trained to the end, but what came of it was never written down: that is done again.
        fs_err::remove_dir_all(&run)?;
    }
    let begun = run.join("arguments.json").exists();
    options.run_dir = Some(run.clone());
    let callbacks = watch.callbacks();
    let notice = &mut |notice: TrainNotice<'_>| watch.notice(StudyNotice::Train(notice));
    let summary = match begun {
        true => resume(&run, options.interrupt.clone(), callbacks, notice),
        false => train(&options, callbacks, notice),
    }
    .map_err(|error| match error {
        // Taking up this run alone would end it without its place in the study.
        Error::Interrupted { .. } => Error::StudyInterrupted {
            folder: folder.to_owned(),
        },
        other => other,
    })?;
    remove_checkpoints(&run)?;
    Ok(summary)
}

/// As it would be read from a file: floating-point numbers may come back with another last bit.
fn reread(plan: &Value) -> Result<Value> {
    Ok(serde_json::from_str(&plan.to_string()).map_err(std::io::Error::from)?)
}

/// Nobody goes on with a training that is done, and checkpoints of many are large.
fn remove_checkpoints(run: &Path) -> Result<()> {
    for entry in fs_err::read_dir(run)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("checkpoint-") {
            fs_err::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Where two plans differ first.
fn difference(found: &Value, plan: &Value) -> String {
    let (Some(found), Some(plan)) = (found.as_object(), plan.as_object()) else {
        return "it is no plan".into();
    };
    for (key, value) in plan {
        match found.get(key) {
            Some(before) if before == value => {}
            Some(before @ Value::Object(_)) if value.is_object() => {
                return format!("`{key}`: {}", difference(before, value));
            }
            before => {
                let before = before.unwrap_or(&Value::Null);
                return format!("`{key}` was `{before}` and is now `{value}`");
            }
        }
    }
    "it has settings that this program does not know".into()
}

pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    Ok(feedback_files::write_json(
        path,
        value,
        JsonLayout::PrettyWithNewline,
    )?)
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    feedback_files::read_json(path).map_err(|error| match error {
        feedback_files::Error::ReadJson { source, .. } => Error::Files {
            reason: format!("`{}` cannot be read: {source}", path.display()),
            hint: "remove the folder that it stands in, and this training is done again".into(),
        },
        other => other.into(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_folder_is_gone_on_with_only_under_its_plan() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("study");
        let plan = json!({"folds": 5, "arguments": {"seed": 1, "learning_rate": 0.1}});
        Study::open(&folder, &plan).unwrap();
        let study = Study::open(&folder, &plan).unwrap();
        let other = json!({"folds": 5, "arguments": {"seed": 2, "learning_rate": 0.1}});
        let message = Study::open(&folder, &other).unwrap_err().to_string();
        assert!(
            message.contains("`arguments`: `seed` was `1` and is now `2`"),
            "{message}"
        );

        let mut calls = 0;
        for _ in 0..2 {
            let result = study.member("fold-1", "", &mut Silent, |_, _| {
                calls += 1;
                Ok(7)
            });
            assert_eq!(result.unwrap(), 7);
        }
        assert_eq!(calls, 1);
        let failed: Result<u32> = study.member("fold-2", "", &mut Silent, |_, _| {
            Err(std::io::Error::other("full").into())
        });
        assert!(failed.is_err());
        assert_eq!(study.member("fold-2", "", &mut Silent, |_, _| Ok(8)).unwrap(), 8);

        fs_err::create_dir(place.path().join("notes")).unwrap();
        fs_err::write(place.path().join("notes/diary.txt"), "precious").unwrap();
        assert!(Study::open(&place.path().join("notes"), &plan).is_err());
    }
}
