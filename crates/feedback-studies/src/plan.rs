//! Runs several trainings, as listed in a plan, one after the other in one folder. An interrupted study can be continued.

use std::path::{Path, PathBuf};

use feedback_files::JsonLayout;
use feedback_pipeline::Error as PipelineError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::watch::{StudyNotice, Watch};
use feedback_pipeline::run_folder::PLAN;
use feedback_pipeline::train::{TrainNotice, TrainOptions, TrainSummary, resume, train};

const RESULT: &str = "result.json";

/// One training of a plan.
pub(crate) trait Training {
    /// The result that is kept.
    type Kept: Serialize + DeserializeOwned;

    /// Returns the name of the training, which is also the name of its folder.
    fn name(&self) -> String;

    /// Describes how this training differs from the others in the plan.
    fn what(&self) -> String;

    /// Trains in `folder` and returns what to keep.
    fn run(&self, folder: &Path, watch: &mut dyn Watch) -> Result<Self::Kept>;
}

/// The folder of a study. It has the plan and a subfolder for each training; a finished training has a result file there.
#[derive(Debug)]
pub(crate) struct Study {
    folder: PathBuf,
}

impl Study {
    /// Starts a study, or continues the study in the folder if that has the same plan.
    pub(crate) fn open(folder: &Path, plan: &Value) -> Result<Self> {
        let path = folder.join(PLAN);
        let plan = &reread(plan)?;
        if path.exists() {
            let found: Value = read_json(&path)?;
            if found != *plan {
                return Err(Error::OtherPlan {
                    folder: folder.to_owned(),
                    difference: difference(&found, plan),
                });
            }
        } else {
            if folder.exists() && fs_err::read_dir(folder)?.next().is_some() {
                return Err(Error::FolderInUse {
                    folder: folder.to_owned(),
                });
            }
            fs_err::create_dir_all(folder)?;
            write_json(&path, plan)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns the result of each training, in order. Runs the trainings that have no result yet.
    pub(crate) fn run<T: Training>(&self, trainings: &[T], watch: &mut dyn Watch) -> Result<Vec<T::Kept>> {
        trainings
            .iter()
            .map(|training| self.result(training, watch))
            .collect()
    }

    fn result<T: Training>(&self, training: &T, watch: &mut dyn Watch) -> Result<T::Kept> {
        let name = &training.name();
        let folder = self.path(name);
        let result = folder.join(RESULT);
        if result.exists() {
            watch.notice(StudyNotice::Kept { name });
            return read_json(&result);
        }
        let what = &training.what();
        watch.notice(StudyNotice::Member { name, what });
        fs_err::create_dir_all(&folder)?;
        write_json(&result, &training.run(&folder, watch)?)?;
        // Read back from the file, so that a later run that reuses this result writes exactly the same report.
        read_json(&result)
    }
}

/// Trains, with the model in `folder/model` and the run in `folder/run`. Continues an interrupted run in `folder/run`.
pub(crate) fn train_in(
    folder: &Path,
    mut options: TrainOptions,
    watch: &mut dyn Watch,
) -> Result<TrainSummary> {
    options.output.model = folder.join("model");
    options.fine_tuned_only = true;
    let run = folder.join("run");
    if run.join("report.json").exists() {
        // Trained to the end, but the result was never written: train again.
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
        // Resuming this run alone would finish it outside of the study.
        PipelineError::Interrupted { .. } => Error::Interrupted {
            folder: folder.to_owned(),
        },
        other => other.into(),
    })?;
    remove_checkpoints(&run)?;
    Ok(summary)
}

/// Returns the plan as it would be read from a file: the last bit of floating-point numbers may change.
fn reread(plan: &Value) -> Result<Value> {
    Ok(serde_json::from_str(&plan.to_string()).map_err(std::io::Error::from)?)
}

/// Removes the checkpoints of a finished training. They are not needed any more and can be large.
fn remove_checkpoints(run: &Path) -> Result<()> {
    for entry in fs_err::read_dir(run)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("checkpoint-") {
            fs_err::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Describes the first difference between two plans.
fn difference(found: &Value, plan: &Value) -> String {
    let (Some(found), Some(plan)) = (found.as_object(), plan.as_object()) else {
        return "the file is not a plan".into();
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
    "the earlier plan has settings that this version does not know".into()
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    Ok(feedback_files::write_json(
        path,
        value,
        JsonLayout::PrettyWithNewline,
    )?)
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    feedback_files::read_json(path).map_err(|error| match error {
        feedback_files::Error::ReadJson { path, source } => Error::Damaged { path, source },
        other => other.into(),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;
    use crate::watch::Silent;

    /// A training that only counts its runs.
    struct Counted<'a> {
        name: &'static str,
        runs: &'a Cell<usize>,
        fails: bool,
    }

    impl Training for Counted<'_> {
        type Kept = usize;

        fn name(&self) -> String {
            self.name.to_owned()
        }

        fn what(&self) -> String {
            String::new()
        }

        fn run(&self, _folder: &Path, _watch: &mut dyn Watch) -> Result<usize> {
            self.runs.set(self.runs.get() + 1);
            match self.fails {
                true => Err(std::io::Error::other("full").into()),
                false => Ok(7),
            }
        }
    }

    #[test]
    fn a_study_continues_only_with_the_same_plan() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("study");
        let plan = json!({"folds": 5, "arguments": {"seed": 1, "learning_rate": 0.1}});
        Study::open(&folder, &plan).unwrap();
        Study::open(&folder, &plan).unwrap();
        let other = json!({"folds": 5, "arguments": {"seed": 2, "learning_rate": 0.1}});
        let message = Study::open(&folder, &other).unwrap_err().to_string();
        assert!(
            message.contains("`arguments`: `seed` was `1` and is now `2`"),
            "{message}"
        );

        fs_err::create_dir(place.path().join("notes")).unwrap();
        fs_err::write(place.path().join("notes/diary.txt"), "precious").unwrap();
        assert!(Study::open(&place.path().join("notes"), &plan).is_err());
    }

    #[test]
    fn finished_trainings_are_kept_and_failed_ones_repeated() {
        let place = tempfile::tempdir().unwrap();
        let study = Study::open(&place.path().join("study"), &json!({"folds": 2})).unwrap();
        let runs = Cell::new(0);
        let training = |name, fails| Counted {
            name,
            runs: &runs,
            fails,
        };
        let failed = [training("fold-1", false), training("fold-2", true)];
        assert!(study.run(&failed, &mut Silent).is_err());
        assert_eq!(runs.get(), 2);
        let both = [training("fold-1", false), training("fold-2", false)];
        assert_eq!(study.run(&both, &mut Silent).unwrap(), [7, 7]);
        assert_eq!(runs.get(), 3);
    }
}
