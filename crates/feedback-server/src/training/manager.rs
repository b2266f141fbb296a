//! Starting, watching, stopping and taking up trainings.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::job::Status;
use super::{Questions, Reply, Training, TrainingJob, TrainingState};
use crate::clock::{locked, now_ms};
use crate::events::{Event, Events};
use crate::models::Models;
use crate::{Error, Result};
use feedback_store::Correction;

/// The end of the log that is shown, in bytes.
const LOG_TAIL: u64 = 8000;

/// How a program trains. The server knows nothing more about it.
pub trait Trainer: Send + Sync + 'static {
    /// Labelled files on offer.
    fn data(&self) -> Vec<PathBuf>;

    /// What one may start from, beside the model that serves: folders and `scratch:…`.
    fn bases(&self) -> Vec<String>;

    /// A command that does the job in a folder, or goes on with it where it was begun, and ends early when its standard
    /// input ends. Its exit code is 0 once `model/` and `result.json` are there, 143 where it can go on later.
    ///
    /// # Errors
    ///
    /// Where the program does not find itself.
    fn command(&self, folder: &Path) -> std::io::Result<Command>;

    /// What the training in a folder asks people; nothing where it does not ask.
    ///
    /// # Errors
    ///
    /// What the system says, or a file that is not as it was written.
    fn questions(&self, folder: &Path) -> std::io::Result<Questions>;

    /// Hands in what somebody says about a row. It is safe from the moment that this returns, and counts from the next
    /// epoch on, once it has been checked against validation and test.
    ///
    /// # Errors
    ///
    /// [`std::io::ErrorKind::InvalidInput`] where there can be no such row, and what the system says.
    fn answer(&self, folder: &Path, reply: &Reply) -> std::io::Result<()>;
}

/// The trainings of a state folder; one at a time is at work.
pub struct Trainings {
    folder: PathBuf,
    trainer: Arc<dyn Trainer>,
    models: Arc<Models>,
    events: Events,
    running: Arc<Mutex<Option<Running>>>,
}

struct Running {
    id: String,
    /// Its end asks the process to end.
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
        })
    }

    pub(crate) fn trainer(&self) -> &dyn Trainer {
        &*self.trainer
    }

    /// Begins a training with the corrections that stand. Returns its id.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] while another is at work, and what the system says.
    pub(crate) fn start(&self, job: TrainingJob, corrections: &[Correction]) -> Result<String> {
        let id = now_ms().to_string();
        self.claim(&id)?;
        self.begin(&id, job, corrections)
            .inspect_err(|_| self.release())?;
        Ok(id)
    }

    fn begin(&self, id: &str, mut job: TrainingJob, corrections: &[Correction]) -> Result<()> {
        let folder = self.folder.join(id);
        fs_err::create_dir(&folder)?;
        job.corrections = folder.join("corrections.jsonl");
        let mut lines = String::new();
        for correction in corrections {
            let line = serde_json::json!({ "text": correction.text, "label": correction.label });
            lines += &format!("{line}\n");
        }
        fs_err::write(&job.corrections, lines)?;
        write_json(&folder.join("job.json"), &job)?;
        self.spawn(id)
    }

    /// Goes on with a training that was stopped.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] where it is at work, another is, or it is done; [`Error::NotFound`].
    pub(crate) fn resume(&self, id: &str) -> Result<()> {
        let training = self.get(id)?;
        if training.state == TrainingState::Done {
            return Err(Error::Conflict("this training is done".into()));
        }
        self.claim(&training.id)?;
        self.spawn(&training.id).inspect_err(|_| self.release())
    }

    /// Asks a training to end at its next step; it keeps what it has.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] where it is not at work.
    pub(crate) fn stop(&self, id: &str) -> Result<()> {
        match &mut *locked(&self.running) {
            Some(running) if running.id == id => {
                drop(running.stdin.take());
                Ok(())
            }
            _ => Err(Error::Conflict("this training is not at work".into())),
        }
    }

    /// Asks whatever is at work to end.
    pub(crate) fn stop_all(&self) {
        if let Some(running) = &mut *locked(&self.running) {
            drop(running.stdin.take());
        }
    }

    /// All trainings, the newest first.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(crate) fn list(&self) -> Result<Vec<Training>> {
        let mut ids = Vec::new();
        for entry in fs_err::read_dir(&self.folder)? {
            ids.push(entry?.file_name().to_string_lossy().into_owned());
        }
        ids.sort_unstable_by(|a, b| b.cmp(a));
        // A folder without a job is one that a crash kept from becoming one.
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
        // Names are numbers, so that none can lead out of the folder.
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_found());
        }
        let folder = self.folder.join(id);
        let job = read_json(&folder.join("job.json")).ok_or_else(not_found)?;
        let status: Option<Status> = read_json(&folder.join("status.json"));
        let is_running = locked(&self.running)
            .as_ref()
            .is_some_and(|running| running.id == id);
        Ok(Training {
            id: id.to_owned(),
            job,
            state: match (&status, is_running) {
                (_, true) => TrainingState::Running,
                (Some(status), false) => status.state,
                (None, false) => TrainingState::Stopped, // the server was killed
            },
            model: status.and_then(|status| status.model),
            result: read_json(&folder.join("result.json")),
            log: tail(&folder.join("output.log")).unwrap_or_default(), // before the first line there is none
        })
    }

    /// What a training asks people.
    ///
    /// # Errors
    ///
    /// What [`Trainer::questions`] gives.
    pub(crate) fn questions(&self, training: &Training) -> Result<Questions> {
        Ok(self.trainer.questions(&self.folder.join(&training.id))?)
    }

    /// Hands in what somebody says about a row of a training.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] where nothing is asked any more, [`Error::Invalid`] for a row or a label that cannot be.
    pub(crate) fn answer(&self, training: &Training, reply: &Reply) -> Result<()> {
        if !training.job.ask_people {
            return Err(Error::Conflict("this training asks nobody".into()));
        }
        if training.state == TrainingState::Done {
            return Err(Error::Conflict("this training is done".into()));
        }
        match &reply.label {
            Some(_) if reply.drop => return Err(Error::Invalid("give `label` or `drop`, not both".into())),
            None if !reply.drop => return Err(Error::Invalid("give a `label`, or `\"drop\": true`".into())),
            Some(label) if !self.questions(training)?.labels.contains(label) => {
                return Err(Error::Invalid(
                    "`label` is none of the labels of this training".into(),
                ));
            }
            _ => {}
        }
        let answered = self.trainer.answer(&self.folder.join(&training.id), reply);
        answered.map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidInput => Error::Invalid(format!("`row`: {error}")),
            _ => error.into(),
        })
    }

    /// Where a training writes its events.
    pub(crate) fn events_of(&self, training: &Training) -> PathBuf {
        self.folder.join(&training.id).join("run/events.jsonl")
    }

    fn claim(&self, id: &str) -> Result<()> {
        let mut running = locked(&self.running);
        if running.is_some() {
            return Err(Error::Conflict("another training is at work".into()));
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
        let folder = self.folder.join(id);
        let log = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("output.log"))?;
        match fs_err::remove_file(folder.join("status.json")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let mut child = self
            .trainer
            .command(&folder)?
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log.into_parts().0)
            .spawn()?;
        if let Some(running) = &mut *locked(&self.running) {
            running.stdin = child.stdin.take();
        }
        tracing::info!(training = id, "a training began");
        let watcher = Watcher {
            id: id.to_owned(),
            folder,
            models: Arc::clone(&self.models),
            events: self.events.clone(),
            running: Arc::clone(&self.running),
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

/// Waits for a process and writes down how it ended.
struct Watcher {
    id: String,
    folder: PathBuf,
    models: Arc<Models>,
    events: Events,
    running: Arc<Mutex<Option<Running>>>,
    runtime: tokio::runtime::Handle,
}

impl Watcher {
    fn watch(self, mut child: Child) {
        let code = child.wait().ok().and_then(|status| status.code());
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
        if let Err(error) = write_json(&self.folder.join("status.json"), &status) {
            tracing::error!(training = self.id, %error, "cannot write down how a training ended");
        }
        tracing::info!(
            training = self.id,
            state = status.state.name(),
            "a training ended"
        );
        *locked(&self.running) = None;
        self.events.send(Event::Training { id: self.id });
    }

    /// Takes the model among the models.
    fn adopt(&self) -> Status {
        match self.runtime.block_on(self.models.add(&self.folder.join("model"))) {
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

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    Ok(feedback_dataset::atomic_write(path, |writer| {
        Ok(writer.write_all(text.as_bytes())?)
    })?)
}

/// `None` where there is no such file, or half of one.
fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs_err::read(path).ok()?).ok()
}

fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = fs_err::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
    let mut bytes = Vec::new();
    file.take(LOG_TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
