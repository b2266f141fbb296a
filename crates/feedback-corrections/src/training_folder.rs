//! The folder through which a server and a trainer work together.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::answer::Answer;
use crate::audit::{AuditEntry, AuditLine};
use crate::correction::Correction;
use crate::error::Result;
use crate::inbox::Inbox;
use crate::job::Job;
use crate::json_files::{if_found, read_json, write_json, write_lines};
use crate::outcome::Outcome;
use crate::question::OpenQuestions;
use crate::queue::QuestionQueue;

/// The folder of one training.
///
/// ```text
/// <training>/
///     job.json                 what to do: Job                       written by the server
///     corrections.jsonl        corrections to add: Correction        written by the server
///     data/                    the split data and the corrected training rows
///     labels.json              the labels                            written by the trainer
///     corrections-audit.jsonl  what became of the corrections: AuditLine
///     run/                     the run folder; questions and answers are in run/corrections/
///     model/                   the new model
///     result.json              what came of it: Outcome              written by the trainer, when it is done
/// ```
///
/// # Examples
///
/// ```
/// use feedback_corrections::{Job, TrainingFolder};
///
/// let folder = tempfile::tempdir()?;
/// let training = TrainingFolder::new(folder.path());
/// let job = Job::new("feedback.csv", "scratch:tiny", "models/serving");
/// training.write_job(&job)?;
/// assert_eq!(training.read_job()?, job);
/// assert!(training.outcome()?.is_none(), "it has not ended yet");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingFolder {
    path: PathBuf,
}

impl TrainingFolder {
    /// The training in this folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of the split data.
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// The run folder.
    pub fn run(&self) -> PathBuf {
        self.path.join("run")
    }

    /// The folder of the new model.
    pub fn model(&self) -> PathBuf {
        self.path.join("model")
    }

    /// The log of events, which begins with the first update.
    pub fn events(&self) -> PathBuf {
        self.run().join("events.jsonl")
    }

    /// The corrections to add.
    pub fn corrections(&self) -> PathBuf {
        self.path.join("corrections.jsonl")
    }

    /// Reads the job.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io), or [`Error::Json`](crate::Error::Json) if the file is damaged.
    pub fn read_job(&self) -> Result<Job> {
        read_json(&self.path.join("job.json"))
    }

    /// Writes the job.
    ///
    /// # Errors
    ///
    /// [`Error::Data`](crate::Error::Data) if the file cannot be written.
    pub fn write_job(&self, job: &Job) -> Result<()> {
        write_json(&self.path.join("job.json"), job)
    }

    /// Writes the corrections to add.
    ///
    /// # Errors
    ///
    /// [`Error::Data`](crate::Error::Data) if the file cannot be written.
    pub fn write_corrections(&self, corrections: &[Correction]) -> Result<()> {
        write_lines(&self.corrections(), corrections)
    }

    /// Writes what became of the corrections, in the format of the audit log of a run.
    ///
    /// # Errors
    ///
    /// [`Error::Data`](crate::Error::Data) if the file cannot be written.
    pub fn write_corrections_audit(&self, entries: Vec<AuditEntry>) -> Result<()> {
        let lines: Vec<AuditLine> = entries.into_iter().map(AuditLine::Answer).collect();
        write_lines(&self.path.join("corrections-audit.jsonl"), &lines)
    }

    /// The labels of the data, in class id order; none before the training has read the data.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io), or [`Error::Json`](crate::Error::Json) if the file is damaged.
    pub fn labels(&self) -> Result<Vec<String>> {
        Ok(if_found(read_json(&self.path.join("labels.json")))?.unwrap_or_default())
    }

    /// Writes the labels of the data.
    ///
    /// # Errors
    ///
    /// [`Error::Data`](crate::Error::Data) if the file cannot be written.
    pub fn write_labels(&self, labels: &[String]) -> Result<()> {
        write_json(&self.path.join("labels.json"), labels)
    }

    /// What came of the training; `None` before it is done.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io), or [`Error::Json`](crate::Error::Json) if the file is damaged.
    pub fn outcome(&self) -> Result<Option<Outcome>> {
        if_found(read_json(&self.path.join("result.json")))
    }

    /// Writes what came of the training.
    ///
    /// # Errors
    ///
    /// [`Error::Data`](crate::Error::Data) if the file cannot be written.
    pub fn write_outcome<E: Serialize>(&self, outcome: &Outcome<E>) -> Result<()> {
        write_json(&self.path.join("result.json"), outcome)
    }

    /// The questions that nobody has answered yet.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io), or a file that is damaged.
    pub fn open_questions(&self) -> Result<OpenQuestions> {
        let run = self.run();
        let answered = Inbox::new(&run).answered()?;
        let mut questions = QuestionQueue::new(&run).read()?;
        questions.retain(|question| !answered.contains(&question.id));
        Ok(OpenQuestions {
            labels: self.labels()?,
            questions,
        })
    }

    /// Sends an answer. It is on the disk when this returns, and takes effect in the next epoch, after it has been checked
    /// against validation and test.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io).
    pub fn answer(&self, answer: &Answer) -> Result<()> {
        Inbox::new(&self.run()).send(answer)
    }
}
