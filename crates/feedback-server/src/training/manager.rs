//! Starting, watching, stopping and resuming trainings.

use std::fs::TryLockError;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use feedback_corrections::{Answer, Correction, Job, OpenQuestions, TrainingFolder};
use feedback_files::{JsonLayout, write_json};

use super::job::{Status, Training, TrainingState};
use crate::clock::{locked, now_ms};
use crate::error::{Error, Result};
use crate::events::{Event, Events};
use crate::models::Models;

/// How a training ended. It is missing while the training runs, and if it was interrupted by the end of the server.
const STATUS: &str = "status.json";
/// Marks a training that was continued without anybody asking.
const RESUMED: &str = "resumed";
/// How often an interrupted training is tried, and the time between.
const RESUME_ATTEMPTS: u32 = 240;
const RESUME_PAUSE: Duration = Duration::from_millis(500);
/// The end of the log that is shown, in bytes.
const LOG_TAIL: u64 = 8000;

/// How a program trains. The server knows nothing more about it.
pub trait Trainer: Send + Sync + 'static {
    /// The labelled files to choose from.
    fn data(&self) -> Vec<PathBuf>;

    /// What a training may start from, beside the serving model: folders and `scratch:…`.
    fn bases(&self) -> Vec<String>;

    /// A command that does the job in a folder, or continues it, and ends early when its standard input ends. Its exit
    /// code is 0 when the model and the outcome are written, and 143 when it can be resumed.
    ///
    /// # Errors
    ///
    /// The program cannot find its own executable.
    fn command(&self, folder: &Path) -> std::io::Result<Command>;
}

/// The trainings of a state folder; at most one is running.
pub struct Trainings {
    folder: PathBuf,
    trainer: Arc<dyn Trainer>,
    models: Arc<Models>,
    events: Events,
    running: Arc<Mutex<Option<Running>>>,
    /// Whether the server ends: what it interrupts goes on at the next start.
    ending: Arc<AtomicBool>,
}

struct Running {
    id: String,
    /// Closing it asks the process to end.
    stdin: Option<ChildStdin>,
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

    /// Continues the training that the end of the server before interrupted, but each one only once by itself: one that ends
    /// the server, or the machine, must not do so for ever.
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
                "an interrupted training waits: there is no runtime"
            );
            return Ok(());
        };
        std::thread::Builder::new().name("resume".into()).spawn(move || {
            let _inside = runtime.enter();
            all.resume_once_free(&training.id);
        })?;
        Ok(())
    }

    /// The process of a server that was killed ends after its current step; until then it has the run.
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
                    Ok(()) => tracing::info!(training = id, "a training that was interrupted goes on"),
                    Err(error) => {
                        tracing::warn!(training = id, %error, "an interrupted training cannot go on")
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
    pub(crate) fn start(&self, job: Job, corrections: &[Correction]) -> Result<String> {
        job.check()?;
        let id = now_ms().to_string();
        self.claim(&id)?;
        self.begin(&id, job, corrections)
            .inspect_err(|_| self.release())?;
        Ok(id)
    }

    fn begin(&self, id: &str, mut job: Job, corrections: &[Correction]) -> Result<()> {
        let folder = self.folder_of(id);
        fs_err::create_dir(folder.path())?;
        job.corrections = folder.corrections();
        folder.write_corrections(corrections)?;
        folder.write_job(&job)?;
        self.spawn(id)
    }

    fn folder_of(&self, id: &str) -> TrainingFolder {
        TrainingFolder::new(self.folder.join(id))
    }

    /// Resumes a training that was stopped.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if it is done, or if any training is running; [`Error::NotFound`].
    pub(crate) fn resume(&self, id: &str) -> Result<()> {
        let training = self.get(id)?;
        if training.state == TrainingState::Done {
            return Err(Error::Conflict("this training is done".into()));
        }
        self.claim(&training.id)?;
        self.spawn(&training.id).inspect_err(|_| self.release())
    }

    /// Asks a training to stop after the current step, with a checkpoint.
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

    /// Whether a training is running.
    pub(crate) fn is_running(&self) -> bool {
        locked(&self.running).is_some()
    }

    /// Asks the running training to stop, until the next start of the server.
    pub(crate) fn stop_all(&self) {
        self.ending.store(true, Ordering::Relaxed);
        if let Some(running) = &mut *locked(&self.running) {
            drop(running.stdin.take());
        }
    }

    /// All trainings, newest first.
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

    /// One training.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub(crate) fn get(&self, id: &str) -> Result<Training> {
        let not_found = || Error::NotFound {
            what: "training",
            id: id.to_owned(),
        };
        // Names are numbers, so that none leads out of the folder.
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
            tracing::warn!(training = id, %error, "the outcome of a training cannot be read");
            None
        });
        Ok(Training {
            id: id.to_owned(),
            job,
            state: match (&status, is_running) {
                (_, true) => TrainingState::Running,
                (Some(status), false) => status.state,
                (None, false) => TrainingState::Stopped, // the server was killed
            },
            model: status.and_then(|status| status.model),
            outcome,
            log: tail(&folder.path().join("output.log")).unwrap_or_default(), // there is none before the first line
        })
    }

    /// What a training asks people.
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
    /// [`Error::Conflict`] if the training asks no questions any more, [`Error::Invalid`] for an unknown label.
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

    /// The log of a training's events.
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
            .open(folder.path().join("output.log"))?;
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

/// Waits for a process and records how it ended.
struct Watcher {
    id: String,
    folder: TrainingFolder,
    models: Arc<Models>,
    events: Events,
    running: Arc<Mutex<Option<Running>>>,
    ending: Arc<AtomicBool>,
    runtime: tokio::runtime::Handle,
}

impl Watcher {
    fn watch(self, mut child: Child) {
        let code = child.wait().ok().and_then(|status| status.code());
        let is_interrupted = matches!(code, Some(130 | 143)) && self.ending.load(Ordering::Relaxed);
        if is_interrupted {
            // Without a status, the next start continues it.
            return;
        }
        let status = match code {
            Some(0) => self.adopt(),
            Some(130 | 143) => Status {
                state: TrainingState::Stopped,
                model: None,
            },
            _ => Status {
                state: TrainingState::Failed,
                model: None,
            },
        };
        if let Err(error) = write_json(self.folder.path().join(STATUS), &status, JsonLayout::Pretty) {
            tracing::error!(training = self.id, %error, "cannot record how a training ended");
        }
        tracing::info!(
            training = self.id,
            state = status.state.name(),
            "a training ended"
        );
        *locked(&self.running) = None;
        self.events.send(Event::Training { id: self.id });
    }

    /// Adds the new model to the models.
    fn adopt(&self) -> Status {
        match self.runtime.block_on(self.models.add(&self.folder.model())) {
            Ok(model) => Status {
                state: TrainingState::Done,
                model: Some(model),
            },
            Err(error) => {
                tracing::error!(training = self.id, %error, "a training's model cannot be used");
                Status {
                    state: TrainingState::Failed,
                    model: None,
                }
            }
        }
    }
}

/// Whether another process holds the lock; a file that is not there is free.
fn is_locked(path: &Path) -> bool {
    let file = fs_err::File::open(path).map(|file| file.into_parts().0);
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// `None` if there is no such file, or if it is damaged.
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
