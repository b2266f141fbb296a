//! Starts, watches, stops and resumes trainings.

use std::fs::TryLockError;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use feedback_corrections::{Answer, Correction, Job, OpenQuestions, TrainingFolder};

use super::job::{Status, Training, TrainingState};
use super::stored::StoredRows;
use super::watcher::{Running, STATUS, Watcher};
use crate::clock::{locked, now_ms};
use crate::error::{Error, Result};
use crate::events::Events;
use crate::models::Models;

/// What the process of a training says.
const OUTPUT: &str = "output.log";
/// The rows of a training on stored texts.
const STORED: &str = "texts.jsonl";
/// The file that marks a training that was resumed automatically.
const RESUMED: &str = "resumed";
/// The number of attempts to resume an interrupted training, and the time between two attempts.
const RESUME_ATTEMPTS: u32 = 240;
const RESUME_PAUSE: Duration = Duration::from_millis(500);
/// How much of the end of the log is shown, in bytes.
const LOG_TAIL: u64 = 8000;

/// How the program trains models. This is all that the server knows about training.
pub trait Trainer: Send + Sync + 'static {
    /// Returns the labelled files to choose from.
    fn data(&self) -> Vec<PathBuf>;

    /// Returns what a training may start from, besides the serving model: model folders and `scratch:…`.
    fn bases(&self) -> Vec<String>;

    /// Returns a command that runs or resumes the job in a folder, and stops early when its standard input is closed. The exit
    /// code must be 0 if the model and the outcome were written, and 143 or 130 if the training can be resumed.
    ///
    /// # Errors
    ///
    /// I/O errors, for example if the program cannot find its own executable.
    fn command(&self, folder: &Path) -> std::io::Result<Command>;
}

/// The trainings of a state folder; at most one is running.
pub struct Trainings {
    folder: PathBuf,
    trainer: Arc<dyn Trainer>,
    models: Arc<Models>,
    events: Events,
    running: Arc<Mutex<Option<Running>>>,
    /// True while the server shuts down. A training that the shutdown interrupts is resumed at the next start.
    ending: Arc<AtomicBool>,
}

impl std::fmt::Debug for Trainings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trainings")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Trainings {
    pub(crate) fn open(
        state_dir: &Path,
        trainer: Arc<dyn Trainer>,
        models: Arc<Models>,
        events: Events,
    ) -> Result<Self> {
        let folder = state_dir.join("trainings");
        fs_err::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            trainer,
            models,
            events,
            running: Arc::default(),
            ending: Arc::default(),
        })
    }

    /// Resumes the training that was interrupted when the server last ended, if any. Each training is resumed automatically only
    /// once, because it may have crashed the server or the machine and would do so again and again.
    ///
    /// # Errors
    ///
    /// I/O errors.
    pub(crate) fn resume_interrupted(self: &Arc<Self>) -> Result<()> {
        let interrupted = self.list()?.into_iter().find(|training| {
            let folder = self.folder_of(&training.id);
            training.state == TrainingState::Stopped
                && !folder.path().join(STATUS).exists()
                && !folder.path().join(RESUMED).exists()
        });
        let Some(training) = interrupted else {
            return Ok(());
        };
        let all = Arc::clone(self);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!(
                training = training.id,
                "an interrupted training is not resumed: there is no async runtime"
            );
            return Ok(());
        };
        std::thread::Builder::new().name("resume".into()).spawn(move || {
            let _inside = runtime.enter();
            all.resume_once_free(&training.id);
        })?;
        Ok(())
    }

    /// Resumes a training once no other process locks its run. The training process of a killed server holds the lock until its
    /// current step ends.
    fn resume_once_free(&self, id: &str) {
        let folder = self.folder_of(id);
        for _ in 0..RESUME_ATTEMPTS {
            if self.ending.load(Ordering::Relaxed) {
                return;
            }
            if !is_locked(&folder.run().join(".lock")) {
                let resumed = fs_err::write(folder.path().join(RESUMED), "")
                    .map_err(Error::from)
                    .and_then(|()| self.resume(id));
                match resumed {
                    Ok(()) => tracing::info!(training = id, "an interrupted training was resumed"),
                    Err(error) => {
                        tracing::warn!(training = id, %error, hint = error.hint(), "an interrupted training cannot be resumed")
                    }
                }
                return;
            }
            std::thread::sleep(RESUME_PAUSE);
        }
        tracing::warn!(
            training = id,
            "an interrupted training is still running in another process"
        );
    }

    pub(crate) fn trainer(&self) -> &dyn Trainer {
        &*self.trainer
    }

    /// Starts a training with these corrections. Returns its id.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a setting out of range, [`Error::Conflict`] while another training is running, and I/O errors.
    pub(crate) fn start(
        &self,
        job: Job,
        corrections: &[Correction],
        rows: Option<&StoredRows>,
    ) -> Result<String> {
        job.check()?;
        let id = now_ms().to_string();
        self.claim(&id)?;
        self.begin(&id, job, corrections, rows)
            .inspect_err(|_| self.release())?;
        Ok(id)
    }

    fn begin(
        &self,
        id: &str,
        mut job: Job,
        corrections: &[Correction],
        rows: Option<&StoredRows>,
    ) -> Result<()> {
        let folder = self.folder_of(id);
        fs_err::create_dir(folder.path())?;
        if let Some(rows) = rows {
            job.data = folder.path().join(STORED);
            feedback_files::write_bytes(&job.data, rows.to_jsonl())?;
            fs_err::write(folder.path().join(OUTPUT), rows.remarks())?;
        }
        job.corrections = folder.corrections();
        folder.write_corrections(corrections)?;
        folder.write_job(&job)?;
        self.spawn(id)
    }

    fn folder_of(&self, id: &str) -> TrainingFolder {
        TrainingFolder::new(self.folder.join(id))
    }

    /// Resumes a training that was stopped or has failed.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if it is done or if any training is running, [`Error::NotFound`] if there is no such training.
    pub(crate) fn resume(&self, id: &str) -> Result<()> {
        let training = self.get(id)?;
        if training.state == TrainingState::Done {
            return Err(Error::Conflict("this training is done".into()));
        }
        self.claim(&training.id)?;
        self.spawn(&training.id).inspect_err(|_| self.release())
    }

    /// Asks a training to save a checkpoint after the current step and stop.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if it is not running.
    pub(crate) fn stop(&self, id: &str) -> Result<()> {
        match &mut *locked(&self.running) {
            Some(running) if running.id == id => {
                drop(running.stdin.take());
                Ok(())
            }
            _ => Err(Error::Conflict("this training is not running".into())),
        }
    }

    /// Returns whether a training is running.
    pub(crate) fn is_running(&self) -> bool {
        locked(&self.running).is_some()
    }

    /// Asks the running training to stop. The next start of the server resumes it.
    pub(crate) fn stop_all(&self) {
        self.ending.store(true, Ordering::Relaxed);
        if let Some(running) = &mut *locked(&self.running) {
            drop(running.stdin.take());
        }
    }

    /// Returns all trainings, newest first.
    ///
    /// # Errors
    ///
    /// I/O errors.
    pub(crate) fn list(&self) -> Result<Vec<Training>> {
        let mut ids = Vec::new();
        for entry in fs_err::read_dir(&self.folder)? {
            ids.push(entry?.file_name().to_string_lossy().into_owned());
        }
        ids.sort_unstable_by(|a, b| b.cmp(a));
        // A crash may leave a folder without a job.
        Ok(ids.iter().filter_map(|id| self.get(id).ok()).collect())
    }

    /// Returns the training with this id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such training.
    pub(crate) fn get(&self, id: &str) -> Result<Training> {
        let not_found = || Error::NotFound {
            what: "training",
            id: id.to_owned(),
        };
        // Ids are numbers, so that no id leads out of the folder.
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_found());
        }
        let folder = self.folder_of(id);
        let job = folder.read_job().map_err(|_| not_found())?;
        let status = read_status(folder.path());
        let is_running = locked(&self.running)
            .as_ref()
            .is_some_and(|running| running.id == id);
        let outcome = folder.outcome().unwrap_or_else(|error| {
            tracing::warn!(training = id, %error, hint = error.hint(), "the outcome of a training cannot be read");
            None
        });
        Ok(Training {
            id: id.to_owned(),
            job,
            state: match (&status, is_running) {
                (_, true) => TrainingState::Running,
                (Some(status), false) => status.state,
                (None, false) => TrainingState::Stopped, // interrupted by the end of the server
            },
            model: status.and_then(|status| status.model),
            outcome,
            log: tail(&folder.path().join(OUTPUT)).unwrap_or_default(), // no file before the first line
        })
    }

    /// Returns the questions of a training that are still open.
    ///
    /// # Errors
    ///
    /// I/O errors, and files that are damaged.
    pub(crate) fn questions(&self, training: &Training) -> Result<OpenQuestions> {
        Ok(self.folder_of(&training.id).open_questions()?)
    }

    /// Sends an answer to a training.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if the training asks no questions or is done, [`Error::Invalid`] for an unknown label.
    pub(crate) fn answer(&self, training: &Training, answer: &Answer) -> Result<()> {
        if !training.job.ask_people {
            return Err(Error::Conflict("this training asks no questions".into()));
        }
        if training.state == TrainingState::Done {
            return Err(Error::Conflict("this training is done".into()));
        }
        let folder = self.folder_of(&training.id);
        if let Some(label) = &answer.label
            && !folder.labels()?.contains(label)
        {
            return Err(Error::Invalid("`label` is not a label of this training".into()));
        }
        Ok(folder.answer(answer)?)
    }

    /// Returns the path of the event log of a training.
    pub(crate) fn events_of(&self, training: &Training) -> PathBuf {
        self.folder_of(&training.id).events()
    }

    fn claim(&self, id: &str) -> Result<()> {
        let mut running = locked(&self.running);
        if running.is_some() {
            return Err(Error::Conflict("another training is running".into()));
        }
        *running = Some(Running {
            id: id.to_owned(),
            stdin: None,
        });
        Ok(())
    }

    fn release(&self) {
        *locked(&self.running) = None;
    }

    fn spawn(&self, id: &str) -> Result<()> {
        let folder = self.folder_of(id);
        let log = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.path().join(OUTPUT))?;
        match fs_err::remove_file(folder.path().join(STATUS)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let mut child = self
            .trainer
            .command(folder.path())?
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log.into_parts().0)
            .spawn()?;
        if let Some(running) = &mut *locked(&self.running) {
            running.stdin = child.stdin.take();
        }
        tracing::info!(training = id, "a training started");
        let watcher = Watcher {
            id: id.to_owned(),
            folder,
            models: Arc::clone(&self.models),
            events: self.events.clone(),
            running: Arc::clone(&self.running),
            ending: Arc::clone(&self.ending),
            runtime: tokio::runtime::Handle::try_current().map_err(|_| Error::ShuttingDown)?,
        };
        std::thread::Builder::new()
            .name("training".into())
            .spawn(move || watcher.watch(child))?;
        Ok(())
    }
}

impl Drop for Trainings {
    fn drop(&mut self) {
        self.stop_all();
    }
}

/// Returns whether another process holds the lock of a file; false if the file does not exist.
fn is_locked(path: &Path) -> bool {
    let file = fs_err::File::open(path).map(|file| file.into_parts().0);
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Returns the status of a training; `None` if the file is missing or damaged.
fn read_status(folder: &Path) -> Option<Status> {
    feedback_files::read_json(folder.join(STATUS)).ok()
}

fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = fs_err::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
    let mut bytes = Vec::new();
    file.take(LOG_TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
