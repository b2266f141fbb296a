//! How far the classification of stored texts is.

/// The maximum number of texts that are named if the model could not classify them.
pub(super) const MAX_NAMED: usize = 20;

/// How far a job is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    /// Number of texts that have what the serving model says, since the job or the server was started.
    pub(crate) done: u64,
    /// Number of texts that the model could not classify; they keep what the earlier model said.
    pub(crate) failed: u64,
    /// The ids of the first of these texts, each with the reason.
    pub(crate) named: Vec<(i64, String)>,
    /// Why the job waits, such as a full disk; it tries again.
    pub(crate) waits: Option<String>,
}

impl Progress {
    /// Counts a text that the model could not classify.
    pub(super) fn fail(&mut self, id: i64, reason: String) {
        self.failed += 1;
        if self.named.len() < MAX_NAMED {
            self.named.push((id, reason));
        }
    }
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All texts were looked at.
    Done,
    /// A person ended it.
    Cancelled,
}

/// What is known of the newest job.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    /// Who started the job that runs, and when; `None` if none runs.
    pub(crate) started: Option<(String, i64)>,
    /// How far it is, or was at its end.
    pub(crate) progress: Progress,
    /// How the last job ended; `None` while one runs, and before the first.
    pub(crate) ended: Option<Ended>,
}
