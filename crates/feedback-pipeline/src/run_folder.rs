//! The folder that keeps what a run did.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use feedback_bert::DeviceChoice;
use feedback_files::{JsonLayout, is_leftover};
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::saved_options::SavedOptions;
use crate::{Error, Result, TrainOptions};

const ARGUMENTS: &str = "arguments.json";
const REPORT: &str = "report.json";
const LOCK: &str = ".lock";

/// A run's folder: `arguments.json`, `environment.json` and `inputs.json` before the first step, `data/`, `events.jsonl`,
/// `checkpoint-<global_step>/`, `trainer_state.json` and `report.json` at the end.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    /// The topmost folder that was made for it, if any was.
    made: Option<PathBuf>,
    /// Held while a process writes here; the system lets go of it when the process ends, however it does.
    _lock: Option<File>,
}

impl RunFolder {
    /// The folder given, or `runs/<utc>-<name>`.
    pub(crate) fn create(given: Option<&Path>, name: &str) -> Result<Self> {
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
        if let Some(held) = run.what_it_holds() {
            return Err(Error::Files {
                reason: format!("`{}` holds {held}", run.path.display()),
                hint: "give another folder to --run-dir, or none".into(),
            });
        }
        Ok(run)
    }

    /// The folder of a run that has begun, to go on with it.
    pub(crate) fn take_up(path: &Path) -> Result<Self> {
        let run = Self::open(path)?;
        Ok(Self {
            _lock: lock(path)?,
            ..run
        })
    }

    /// The folder of a run that has begun, to read in it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if !path.join(ARGUMENTS).is_file() {
            return Err(Error::Files {
                reason: format!("`{}` is no run: it holds no `{ARGUMENTS}`", path.display()),
                hint: "name a folder as they stand below `runs`".into(),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            made: None,
            _lock: None,
        })
    }

    /// Removes files that a process which was killed had not finished writing.
    pub(crate) fn sweep(&self) -> Result<()> {
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

    /// What a new run must not be mixed with, in words.
    fn what_it_holds(&self) -> Option<&'static str> {
        if self.is_finished() {
            return Some("a finished run");
        }
        // The first file of a run. What else it has written, such as corrections, would be taken for the new one's.
        (self.path.join(ARGUMENTS).exists() || self.has_checkpoints())
            .then_some("a run that was interrupted (`--resume` takes it up)")
    }

    /// Whether there is a checkpoint, or something that cannot be looked into.
    pub(crate) fn has_checkpoints(&self) -> bool {
        let steps = feedback_trainer::CheckpointFolder::new(&self.path).steps();
        !steps.is_ok_and(|steps| steps.is_empty())
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.path.join(REPORT).exists()
    }

    /// Takes the folder away again: nothing was trained. A folder that stood there before is left as it is.
    pub(crate) fn discard(&self) {
        // The error that ended the run matters more than a folder left behind.
        let Some(made) = &self.made else {
            let _ = fs_err::remove_file(self.path.join(ARGUMENTS)); // so that it holds no run
            return;
        };
        let _ = fs_err::remove_dir_all(&self.path);
        for folder in self
            .path
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(made))
        {
            let _ = fs_err::remove_dir(folder); // goes only where it is empty
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write_arguments(&self, options: &TrainOptions, device: DeviceChoice) -> Result<()> {
        let environment = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "burn": feedback_trainer::burn_version(),
            "os": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
            "threads": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            "device": device.to_string(),
        });
        self.write_json("environment.json", &environment)?;
        // Last, since a folder with this file is a run that can be taken up.
        self.write_json(ARGUMENTS, &SavedOptions::new(options))
    }

    /// The settings that the run was begun with.
    pub(crate) fn options(&self) -> Result<TrainOptions> {
        let path = self.path.join(ARGUMENTS);
        let text = fs_err::read_to_string(&path)?;
        SavedOptions::parse(&text).map_err(|reason| Error::Files {
            reason: format!("`{}`: {reason}", path.display()),
            hint: "the run was made by another version, or the file was changed".into(),
        })
    }

    pub(crate) fn read_json(&self, name: &str) -> Result<Value> {
        let path = self.path.join(name);
        feedback_files::read_json(&path).map_err(|error| match error {
            feedback_files::Error::ReadJson { source, .. } => Error::Files {
                reason: format!("`{}` is damaged: {source}", path.display()),
                hint: "copy the run folder again".into(),
            },
            other => other.into(),
        })
    }

    pub(crate) fn event_log_path(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    pub(crate) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        Ok(feedback_files::write_json(
            self.path.join(name),
            value,
            JsonLayout::PrettyWithNewline,
        )?)
    }
}

/// Keeps other processes from writing here, where the file system can.
fn lock(folder: &Path) -> Result<Option<File>> {
    let path = folder.join(LOCK);
    let file = fs_err::File::create(&path)?.into_parts().0;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Error::Files {
            reason: format!("another process is writing the run in `{}`", folder.display()),
            hint: "wait for its end, or end it".into(),
        }),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// `20260131T235959Z`.
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

/// A new folder; two runs may begin within the same second.
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
    fn runs_of_one_name_get_folders_of_their_own_also_at_once() {
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
    fn two_processes_never_write_one_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let run = RunFolder::create(Some(&path), "run").unwrap();
        fs_err::write(path.join(ARGUMENTS), "{}").unwrap();
        let message = RunFolder::take_up(&path).unwrap_err().to_string();
        assert!(message.contains("another process"), "{message}");
        assert!(RunFolder::open(&path).is_ok());
        drop(run);
        assert!(RunFolder::take_up(&path).is_ok());
        // A run that never came to a checkpoint is one nevertheless.
        let message = RunFolder::create(Some(&path), "run").unwrap_err().to_string();
        assert!(message.contains("--resume"), "{message}");
    }

    #[test]
    fn what_is_no_run_is_not_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let message = RunFolder::open(folder.path()).unwrap_err().to_string();
        assert!(message.contains("arguments.json"), "{message}");
    }
}
