//! Starts, watches and removes reports.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;

use feedback_files::{JsonLayout, read_json, write_json};
use serde::{Deserialize, Serialize};

use super::job::{Analyst, Report, ReportFiles, ReportJob, ReportState};
use super::summary::Summary;
use super::texts;
use crate::audits::{TrainedOn, can_be_sampled, draw};
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::events::{Event, Events};
use crate::process::{Ended, Slot, remove_if_exists};
use feedback_store::{Filter, Store};

/// The folder of all reports in the state folder.
const FOLDER: &str = "reports";
const JOB: &str = "job.json";
const STATUS: &str = "status.json";
const TEXTS: &str = "texts.jsonl";
const LOG: &str = "output.log";
/// The names of those to whom the report was sent.
const SENT: &str = "sent.json";
/// The files of a finished report.
const FILES: [&str; 4] = ["insight.html", "insight.md", "insight.json", "insight.xlsx"];
/// How many reports are kept.
const KEPT: usize = 30;

/// The reports of a state folder; at most one is being made.
pub(crate) struct Reports {
    folder: PathBuf,
    analyst: Arc<dyn Analyst>,
    trained_on: Arc<TrainedOn>,
    events: Events,
    running: Arc<Slot>,
}

/// How a report ended.
#[derive(Debug, Serialize, Deserialize)]
struct Status {
    state: ReportState,
    message: Option<String>,
}

impl std::fmt::Debug for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reports")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// Removes all reports of a state folder. None may be being made.
pub(crate) fn remove_reports(state_dir: &Path) -> Result<()> {
    let folder = state_dir.join(FOLDER);
    match fs_err::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// The texts of the random sample that people labelled, and those of them that the model labelled right.
fn audits(store: &dyn Store, filter: &Filter, trained_on: &TrainedOn) -> Result<Option<(usize, usize)>> {
    if !can_be_sampled(filter) {
        return Ok(None);
    }
    let sample = draw(store, filter, 1, trained_on)?;
    if sample.up_to.is_some() {
        return Ok(None); // the sample says nothing about the newest texts
    }
    let n = sample.audited.len();
    Ok((n > 0).then(|| (n, sample.right())))
}

impl Reports {
    pub(crate) fn open(
        state_dir: &Path,
        analyst: Arc<dyn Analyst>,
        trained_on: Arc<TrainedOn>,
        events: Events,
    ) -> Result<Self> {
        let all = Self {
            folder: state_dir.join(FOLDER),
            analyst,
            trained_on,
            events,
            running: Arc::default(),
        };
        // A server that was killed may have left the texts of a report behind.
        for id in all.ids()? {
            remove_if_exists(&all.folder.join(id).join(TEXTS))?;
        }
        Ok(all)
    }

    /// Starts a report on the texts that match the filter, and returns its id. Blocks until the texts are written to a file.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] while another report is being made or if no text matches; I/O errors and errors of the store.
    pub(crate) fn start(
        &self,
        store: &dyn Store,
        filter: &Filter,
        mut job: ReportJob,
        model: &Path,
    ) -> Result<String> {
        job.created_at = now_ms();
        let id = job.created_at.to_string();
        if !self.running.claim(&id) {
            return Err(Error::Conflict("another report is being made".into()));
        }
        let folder = self.folder.join(&id);
        let begun = self.begin(store, filter, &mut job, model, &folder);
        match begun {
            Ok(child) => self.watch(id.clone(), folder, child)?,
            Err(error) => {
                self.running.release();
                // The folder is empty or incomplete, and may not even exist.
                let _ = fs_err::remove_dir_all(&folder);
                return Err(error);
            }
        }
        Ok(id)
    }

    fn begin(
        &self,
        store: &dyn Store,
        filter: &Filter,
        job: &mut ReportJob,
        model: &Path,
        folder: &Path,
    ) -> Result<Child> {
        fs_err::create_dir_all(folder)?;
        job.matching = store.count(filter)?;
        if job.matching == 0 {
            return Err(Error::Conflict("there are no texts to report on".into()));
        }
        let written = texts::write(store, filter, &folder.join(TEXTS))?;
        job.texts = written.texts;
        job.labels_left_out = written.labels_left_out;
        write_json(folder.join(JOB), job, JsonLayout::Pretty)?;
        let audits = audits(store, filter, &self.trained_on)?;
        let log = fs_err::File::create(folder.join(LOG))?;
        let child = self
            .analyst
            .command(&ReportFiles {
                texts: &folder.join(TEXTS),
                fields: &written.fields,
                model,
                folder,
                period: job.period.as_deref(),
                compare: &job.compare,
                audits,
            })?
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log.into_parts().0)
            .spawn()?;
        self.remove_oldest()?;
        Ok(child)
    }

    fn watch(&self, id: String, folder: PathBuf, mut child: Child) -> Result<()> {
        let (running, events) = (Arc::clone(&self.running), self.events.clone());
        let watch = move || {
            let status = status(running.wait(&mut child, &folder.join(LOG)), &folder);
            let recorded = write_json(folder.join(STATUS), &status, JsonLayout::Pretty)
                .map_err(Error::from)
                .and_then(|()| Ok(remove_if_exists(&folder.join(TEXTS))?));
            if let Err(error) = recorded {
                tracing::error!(report = id, %error, hint = error.hint(), "cannot record how a report ended");
            }
            tracing::info!(report = id, state = status.state.name(), "a report ended");
            running.release();
            events.send(Event::Report { id });
        };
        std::thread::Builder::new().name("report".into()).spawn(watch)?;
        Ok(())
    }

    /// Whether a report is being made.
    pub(crate) fn is_making(&self) -> bool {
        self.running.is_taken()
    }

    /// Returns the names of those to whom a report was sent.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such report; the list cannot be read.
    pub(super) fn receivers_of(&self, id: &str) -> Result<Vec<String>> {
        let path = self.folder_of(id)?.join(SENT);
        match path.exists() {
            true => Ok(read_json(path)?),
            false => Ok(Vec::new()),
        }
    }

    /// Records to whom a report was sent.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such report; the list cannot be written.
    pub(super) fn set_receivers_of(&self, id: &str, names: &[String]) -> Result<()> {
        Ok(write_json(
            self.folder_of(id)?.join(SENT),
            &names,
            JsonLayout::Pretty,
        )?)
    }

    /// Stops the report that is being made, if any, and waits until it has ended.
    pub(crate) fn stop(&self) {
        self.running.stop();
    }

    fn ids(&self) -> Result<Vec<String>> {
        let entries = match fs_err::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            ids.push(entry?.file_name().to_string_lossy().into_owned());
        }
        ids.sort_unstable_by(|a, b| b.cmp(a));
        Ok(ids)
    }

    fn remove_oldest(&self) -> Result<()> {
        for id in self.ids()?.into_iter().skip(KEPT) {
            fs_err::remove_dir_all(self.folder.join(id))?;
        }
        Ok(())
    }

    /// Returns all reports, newest first.
    ///
    /// # Errors
    ///
    /// I/O errors.
    pub(crate) fn list(&self) -> Result<Vec<Report>> {
        // A crash may leave a folder without a job.
        Ok(self.ids()?.iter().filter_map(|id| self.get(id).ok()).collect())
    }

    /// Returns the report with this id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such report.
    pub(crate) fn get(&self, id: &str) -> Result<Report> {
        let folder = self.folder_of(id)?;
        let job = read_json(folder.join(JOB)).map_err(|_| not_found(id))?;
        let is_running = self.running.is_taken_by(id);
        let status: Option<Status> = read_json(folder.join(STATUS)).ok();
        let (state, message) = match (is_running, status) {
            (true, _) => (ReportState::Running, None),
            (false, Some(status)) => (status.state, status.message),
            (false, None) => (
                ReportState::Failed,
                Some("the server ended before it was made".into()),
            ),
        };
        Ok(Report {
            id: id.to_owned(),
            job,
            state,
            message,
        })
    }

    /// Returns the main findings of a report.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such report, or it is not done.
    pub(crate) fn summary(&self, id: &str) -> Result<Summary> {
        Summary::read(&self.folder_of(id)?).map_err(|_| not_found(id))
    }

    /// Returns the content of a file of a report.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such report or file, or it is not done.
    pub(crate) fn file(&self, id: &str, name: &str) -> Result<Vec<u8>> {
        if !FILES.contains(&name) || self.get(id)?.state != ReportState::Done {
            return Err(not_found(id));
        }
        fs_err::read(self.folder_of(id)?.join(name)).map_err(|_| not_found(id))
    }

    /// Ids are numbers, so that no id leads out of the folder.
    fn folder_of(&self, id: &str) -> Result<PathBuf> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_found(id));
        }
        Ok(self.folder.join(id))
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        self.stop();
    }
}

fn not_found(id: &str) -> Error {
    Error::NotFound {
        what: "report",
        id: id.to_owned(),
    }
}

/// Returns how a report ended: well if its process did, and wrote a summary.
fn status(ended: Ended, folder: &Path) -> Status {
    let failed = |message: String| Status {
        state: ReportState::Failed,
        message: Some(message),
    };
    match ended {
        Ended::Badly(message) => failed(message),
        Ended::Well => match Summary::read(folder) {
            Ok(_) => Status {
                state: ReportState::Done,
                message: None,
            },
            Err(error) => failed(error.to_string()),
        },
    }
}
