//! The folder of a run, and the comparison of files from two runs.

mod differences;

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use feedback_files::{JsonLayout, is_leftover};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::error::{Result, RunError};

pub use differences::differences;

pub(crate) const ARGUMENTS: &str = "arguments.json";
/// The name of the file with the plan of a study; a study consists of several runs.
pub const PLAN: &str = "plan.json";
pub(crate) const ENVIRONMENT: &str = "environment.json";
const REPORT: &str = "report.json";
const LOCK: &str = ".lock";

/// The folder of a run. The run writes `environment.json`, `arguments.json`, `data/` and `inputs.json` before the first
/// step, `events.jsonl` and `checkpoint-<global_step>/` during training, and `trainer_state.json` and `report.json` at the
/// end.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// The topmost folder that was created for this run, if any.
    made: Option<PathBuf>,
    /// The lock that a process holds while it writes to the folder. The operating system releases it when the process ends,
    /// even if the process is killed.
    _lock: Option<File>,
}

impl RunFolder {
    /// Creates the given folder, or `runs/<utc>-<name>` if none is given, and locks it for a new run.
    ///
    /// # Errors
    ///
    /// The folder contains a run, or cannot be created or locked.
    pub fn create(given: Option<&Path>, name: &str) -> Result<Self> {
        let runs = Path::new("runs");
        let wanted = given.unwrap_or(runs);
        let missing = wanted
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let made = missing.last().map(Path::to_owned);
        fs_err::create_dir_all(wanted)?;
        let path = match given {
            Some(path) => path.to_owned(),
            None => create_unused(runs, &format!("{}-{name}", utc_now()))?,
        };
        let run = Self {
            made: made.or_else(|| given.is_none().then(|| path.clone())),
            _lock: lock(&path)?,
            path,
        };
        let finished = run.is_finished();
        // A folder with `arguments.json` or checkpoints contains a run. Other files of that run, such as corrections,
        // would be mistaken for files of the new run.
        if finished || run.path.join(ARGUMENTS).exists() || run.has_checkpoints() {
            return Err(RunError::Occupied {
                path: run.path.clone(),
                finished,
            }
            .into());
        }
        // An earlier attempt that ended before training leaves `environment.json` next to its `data/`. Without
        // `environment.json`, `data/` does not belong to a run.
        let data = run.path.join("data");
        if data.exists() && !run.path.join(ENVIRONMENT).exists() {
            return Err(RunError::DataOccupied { path: data }.into());
        }
        Ok(run)
    }

    /// Opens and locks the folder of a run that was started before, to continue the run.
    ///
    /// # Errors
    ///
    /// The folder does not contain a run, or another process writes to it.
    pub fn take_up(path: &Path) -> Result<Self> {
        let run = Self::open(path)?;
        Ok(Self {
            _lock: lock(path)?,
            ..run
        })
    }

    /// Opens the folder of a run that was started before, for reading.
    ///
    /// # Errors
    ///
    /// The folder does not contain a run.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.join(ARGUMENTS).is_file() {
            if path.join(PLAN).is_file() {
                return Err(RunError::IsStudy {
                    path: path.to_owned(),
                }
                .into());
            }
            return Err(RunError::NotARun {
                path: path.to_owned(),
            }
            .into());
        }
        Ok(Self {
            path: path.to_owned(),
            made: None,
            _lock: None,
        })
    }

    /// Removes the temporary files that a killed process left behind.
    ///
    /// # Errors
    ///
    /// The folder cannot be read, or a file cannot be removed.
    pub fn sweep(&self) -> Result<()> {
        for entry in fs_err::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if is_leftover(&name) && entry.path().is_file() {
                fs_err::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Returns whether there is a checkpoint; true if the folder cannot be listed.
    pub(crate) fn has_checkpoints(&self) -> bool {
        let steps = feedback_trainer::CheckpointFolder::new(&self.path).steps();
        !steps.is_ok_and(|steps| steps.is_empty())
    }

    /// Returns whether the run is finished: whether it has a report.
    pub fn is_finished(&self) -> bool {
        self.path.join(REPORT).exists()
    }

    /// Removes the folder of a run that has trained nothing. A folder that existed before the run only loses its
    /// `arguments.json`.
    pub fn discard(&self) {
        // The error that ended the run matters more than a leftover folder.
        let Some(made) = &self.made else {
            let _ = fs_err::remove_file(self.path.join(ARGUMENTS)); // without this file it is not a run folder
            return;
        };
        let _ = fs_err::remove_dir_all(&self.path);
        for folder in self
            .path
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(made))
        {
            let _ = fs_err::remove_dir(folder); // fails if it is not empty
        }
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn read_json(&self, name: &str) -> Result<Value> {
        let path = self.path.join(name);
        feedback_files::read_json(path).map_err(|error| match error {
            feedback_files::Error::ReadJson { path, source } => RunError::Damaged {
                path,
                line: None,
                source,
            }
            .into(),
            other => other.into(),
        })
    }

    pub(crate) fn event_log_path(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    /// Writes a JSON file with this name to the folder.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let path = self.path.join(name);
        Ok(feedback_files::write_json(
            path,
            value,
            JsonLayout::PrettyWithNewline,
        )?)
    }
}

/// Locks the folder against other processes. Returns `None` if the file system does not support locks.
fn lock(folder: &Path) -> Result<Option<File>> {
    let path = folder.join(LOCK);
    let file = fs_err::File::create(&path)?.into_parts().0;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(RunError::Locked {
            path: folder.to_owned(),
        }
        .into()),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Returns the current time in UTC, such as `20260131T235959Z`.
fn utc_now() -> String {
    let now = OffsetDateTime::now_utc();
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    )
}

/// Creates a new folder. If the name is taken, appends a number: two runs may start within the same second.
fn create_unused(runs: &Path, name: &str) -> Result<PathBuf> {
    let mut number = 1;
    loop {
        let path = match number {
            1 => runs.join(name),
            _ => runs.join(format!("{name}-{number}")),
        };
        match fs_err::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_runs_with_the_same_name_get_different_folders() {
        let folder = tempfile::tempdir().unwrap();
        let made: Vec<PathBuf> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| create_unused(folder.path(), "run").unwrap()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let different: std::collections::BTreeSet<&PathBuf> = made.iter().collect();
        assert_eq!(different.len(), 8);
        assert!(made.iter().all(|path| path.is_dir()));
    }

    #[test]
    fn two_processes_cannot_write_to_the_same_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let run = RunFolder::create(Some(&path), "run").unwrap();
        fs_err::write(path.join(ARGUMENTS), "{}").unwrap();
        let message = RunFolder::take_up(&path).unwrap_err().to_string();
        assert!(message.contains("another process"), "{message}");
        assert!(RunFolder::open(&path).is_ok());
        drop(run);
        assert!(RunFolder::take_up(&path).is_ok());
        // A run without a checkpoint also occupies its folder.
        let error = RunFolder::create(Some(&path), "run").unwrap_err();
        assert!(error.to_string().contains("an interrupted run"), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("`resume`")));
    }

    #[test]
    fn a_data_folder_that_belongs_to_no_run_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("data")).unwrap();
        let error = RunFolder::create(Some(folder.path()), "run").unwrap_err();
        assert!(error.to_string().contains("does not belong to a run"), "{error}");
        fs_err::write(folder.path().join(ENVIRONMENT), "{}").unwrap();
        assert!(RunFolder::create(Some(folder.path()), "run").is_ok());
    }

    #[test]
    fn a_folder_without_arguments_is_not_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let message = RunFolder::open(folder.path()).unwrap_err().to_string();
        assert!(message.contains("arguments.json"), "{message}");
    }
}
