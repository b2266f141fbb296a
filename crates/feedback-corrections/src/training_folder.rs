//! The folder of a training. A server and a trainer communicate through the files in it.

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
///     job.json                 the settings: Job                     written by the server
///     corrections.jsonl        corrections to add: Correction        written by the server
///     data/                    the split data and the corrected training rows
///     labels.json              the labels                            written by the trainer
///     corrections-audit.jsonl  the decisions about the corrections: AuditLine
///     run/                     the run folder; questions and answers are in run/corrections/
///     model/                   the new model
///     result.json              the outcome: Outcome                  written by the trainer when the training is done
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
    /// Returns the training in this folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the path of the folder of the training.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder of the split data.
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Returns the run folder.
    pub fn run(&self) -> PathBuf {
        self.path.join("run")
    }

    /// Returns the folder of the new model.
    pub fn model(&self) -> PathBuf {
        self.path.join("model")
    }

    /// Returns the path of the event log, which begins with the first optimizer update.
    pub fn events(&self) -> PathBuf {
        self.run().join("events.jsonl")
    }

    /// Returns the path of the file with the corrections to add.
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
    /// [`Error::File`](crate::Error::File) if the file cannot be written.
    pub fn write_job(&self, job: &Job) -> Result<()> {
        write_json(&self.path.join("job.json"), job)
    }

    /// Writes the corrections to add.
    ///
    /// # Errors
    ///
    /// [`Error::File`](crate::Error::File) if the file cannot be written.
    pub fn write_corrections(&self, corrections: &[Correction]) -> Result<()> {
        write_lines(&self.corrections(), corrections)
    }

    /// Writes the decisions about the corrections, in the format of the audit log of a run.
    ///
    /// # Errors
    ///
    /// [`Error::File`](crate::Error::File) if the file cannot be written.
    pub fn write_corrections_audit(&self, entries: Vec<AuditEntry>) -> Result<()> {
        let lines: Vec<AuditLine> = entries.into_iter().map(AuditLine::Answer).collect();
        write_lines(&self.path.join("corrections-audit.jsonl"), &lines)
    }

    /// Reads the labels of the data, in class id order; empty before the training has read the data.
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
    /// [`Error::File`](crate::Error::File) if the file cannot be written.
    pub fn write_labels(&self, labels: &[String]) -> Result<()> {
        write_json(&self.path.join("labels.json"), labels)
    }

    /// Reads the outcome of the training; `None` before the training is done.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io), or [`Error::Json`](crate::Error::Json) if the file is damaged.
    pub fn outcome(&self) -> Result<Option<Outcome>> {
        if_found(read_json(&self.path.join("result.json")))
    }

    /// Writes the outcome of the training.
    ///
    /// # Errors
    ///
    /// [`Error::File`](crate::Error::File) if the file cannot be written.
    pub fn write_outcome<E: Serialize>(&self, outcome: &Outcome<E>) -> Result<()> {
        write_json(&self.path.join("result.json"), outcome)
    }

    /// Returns the questions that nobody has answered yet.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io); [`Error::Line`](crate::Error::Line) or [`Error::Json`](crate::Error::Json) if a file is
    /// damaged.
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

    /// Sends an answer. The answer is on the disk when this returns. It takes effect in the next epoch, after the guard has
    /// checked it against the validation and test texts.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io).
    pub fn answer(&self, answer: &Answer) -> Result<()> {
        Inbox::new(&self.run()).send(answer)
    }
}
