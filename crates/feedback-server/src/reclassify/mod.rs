//! Classifies stored texts again with the model that serves, in the background: after a promotion, all of them have labels of one model.
//!
//! Labels from people stay. The order is that of the texts, so that no alarm about a sudden rise of a label sees new texts with labels of
//! one model beside earlier texts with labels of another. The job is noted in the store until it ends, so that it continues after a restart.

mod status;
mod worker;

use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

use serde::{Deserialize, Serialize};

use crate::clock::{locked, now_ms};
use crate::documents;
use crate::error::Result;
use crate::serving::Engine;
use crate::store::StoreHandle;

pub(crate) use status::{Ended, Progress, Status};

/// The name of the document in the store while a job is not finished.
const DOCUMENT: &str = "reclassification";

/// A job as it is noted in the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Job {
    /// Who started it.
    by: String,
    /// When, in milliseconds since 1970.
    at: i64,
}

/// The job that runs, or the one that ran last.
#[derive(Debug)]
pub(crate) struct Reclassifier {
    store: StoreHandle,
    engine: Arc<Engine>,
    state: Mutex<State>,
    /// Locked while a job is started.
    starting: Mutex<()>,
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    /// The job that is to be done or runs.
    job: Option<Job>,
    progress: Progress,
    /// How the last job ended; `None` while one runs, and before the first.
    ended: Option<Ended>,
    /// A person asked the job to end.
    is_cancelled: bool,
    /// The server shuts down.
    is_stopping: bool,
}

impl Reclassifier {
    pub(crate) fn new(store: StoreHandle, engine: Arc<Engine>) -> Self {
        Self {
            store,
            engine,
            state: Mutex::default(),
            starting: Mutex::default(),
            changed: Condvar::new(),
            thread: Mutex::default(),
        }
    }

    /// Starts the thread, which continues a job that was not finished.
    ///
    /// # Errors
    ///
    /// Errors of the store; [`crate::Error::Io`] if the system cannot create a thread.
    pub(crate) fn start_thread(self: &Arc<Self>) -> Result<()> {
        locked(&self.state).job = documents::read(self.store.blocking(), DOCUMENT)?.flatten();
        let worker = Arc::clone(self);
        let thread = std::thread::Builder::new()
            .name("reclassify".into())
            .spawn(move || worker.run())?;
        *locked(&self.thread) = Some(thread);
        Ok(())
    }

    /// Starts a job, and returns its status at the beginning; `None` if one runs already. Blocks on the store.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(crate) fn begin(&self, by: &str) -> Result<Option<Status>> {
        let _one_at_a_time = locked(&self.starting);
        if locked(&self.state).job.is_some() {
            return Ok(None);
        }
        let job = Job {
            by: by.to_owned(),
            at: now_ms(),
        };
        documents::write(self.store.blocking(), DOCUMENT, &Some(&job))?;
        let mut state = locked(&self.state);
        let begun = Status {
            started: Some((job.by.clone(), job.at)),
            progress: Progress::default(),
            ended: None,
        };
        state.job = Some(job);
        state.progress = Progress::default();
        state.ended = None;
        state.is_cancelled = false;
        self.changed.notify_all();
        Ok(Some(begun))
    }

    /// Asks the job to end after the texts that it is at. Returns false if none runs.
    pub(crate) fn cancel(&self) -> bool {
        let mut state = locked(&self.state);
        state.is_cancelled = state.job.is_some();
        self.changed.notify_all();
        state.is_cancelled
    }

    /// What the job does, or how the last one ended.
    pub(crate) fn status(&self) -> Status {
        let state = locked(&self.state);
        Status {
            started: state.job.as_ref().map(|job| (job.by.clone(), job.at)),
            progress: state.progress.clone(),
            ended: state.ended,
        }
    }

    pub(crate) fn begin_stop(&self) {
        locked(&self.state).is_stopping = true;
        self.changed.notify_all();
    }

    pub(crate) fn stop(&self) {
        self.begin_stop();
        if let Some(thread) = locked(&self.thread).take() {
            // A panic of the thread was already reported when it happened.
            let _ = thread.join();
        }
    }
}
