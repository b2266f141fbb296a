//! The record of what was decided about every answer, from which a run can be repeated.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::corrections_folder;
use crate::{Error, Result};

/// What was decided about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// An unlabelled text is trained on from this epoch on.
    EntersTraining,
    /// A training row has its new label from this epoch on.
    Relabelled,
    /// A training row is no longer trained on.
    LeavesTraining,
    /// A validation row was mislabelled or is of no use: it is no longer measured with, and never trained on.
    LeavesMetrics,
    /// The row keeps its label, and is not asked about again.
    Confirmed,
    /// The unlabelled text is not asked about again.
    Discarded,
    /// Nothing changes; `why` tells the reason.
    Refused,
}

impl Decision {
    /// The decision as a few words, to be put behind a number of rows.
    pub fn words(self) -> &'static str {
        match self {
            Self::EntersTraining => "entered training",
            Self::Relabelled => "relabelled",
            Self::LeavesTraining => "left training",
            Self::LeavesMetrics => "left the metrics",
            Self::Confirmed => "confirmed",
            Self::Discarded => "discarded",
            Self::Refused => "refused",
        }
    }
}

/// One answer and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The epoch, counted from 0, from whose beginning on the decision holds.
    pub epoch: usize,
    /// The row, as `train:12`; empty where the answer could not be read.
    pub id: String,
    /// Its text, or the line that could not be read.
    pub text: String,
    /// The label before.
    pub old: Option<String>,
    /// The label that the person gave; `None` where the row is to be dropped.
    pub new: Option<String>,
    /// Who said so.
    pub by: String,
    /// When it was said.
    pub answered: Option<String>,
    /// What was decided.
    pub decision: Decision,
    /// Why.
    pub why: String,
    /// When it was decided.
    pub time: String,
}

/// The end of an epoch's decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boundary {
    /// The epoch that begins here, counted from 0.
    pub epoch: usize,
    /// How many bytes of the inbox have been read.
    pub answers_read: u64,
    /// Rows that are trained on in this epoch.
    pub train_rows: usize,
    /// Rows that are measured with after it.
    pub validation_rows: usize,
}

/// A line of `audit.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AuditLine {
    /// An answer.
    Answer(AuditEntry),
    /// The beginning of an epoch.
    Epoch(Boundary),
}

/// `corrections/audit.jsonl` of a run: the decisions of each epoch, closed by an [`AuditLine::Epoch`].
///
/// The decisions of an epoch are appended in one write before the epoch begins. What stands behind the last closed epoch
/// was cut off by a crash, has never been trained with, and is removed when the log is opened again.
#[derive(Debug)]
pub(super) struct AuditLog {
    path: PathBuf,
    lines: Vec<AuditLine>,
}

impl AuditLog {
    /// Opens or begins the log of a run.
    pub(super) fn open(run: &Path) -> Result<Self> {
        let folder = corrections_folder(run);
        fs_err::create_dir_all(&folder)?;
        let path = folder.join("audit.jsonl");
        let mut log = Self {
            lines: Vec::new(),
            path,
        };
        if log.path.exists() {
            let text = fs_err::read_to_string(&log.path)?;
            let closed = log.read(&text)?;
            if closed < text.len() {
                fs_err::OpenOptions::new()
                    .write(true)
                    .open(&log.path)?
                    .set_len(closed as u64)?;
            }
        }
        Ok(log)
    }

    /// Takes the closed epochs of the file; gives the number of bytes that they fill.
    fn read(&mut self, text: &str) -> Result<usize> {
        let (mut position, mut closed, mut open) = (0, 0, Vec::new());
        for (index, line) in text.split_inclusive('\n').enumerate() {
            position += line.len();
            if !line.ends_with('\n') {
                break;
            }
            let line = serde_json::from_str(line).map_err(|error| Error::Files {
                reason: format!(
                    "`{}`, line {}: not a line of an audit log: {error}",
                    self.path.display(),
                    index + 1
                ),
                hint: "put the file back as the run wrote it; without it the run cannot be repeated".into(),
            })?;
            open.push(line);
            if matches!(open.last(), Some(AuditLine::Epoch(_))) {
                self.lines.append(&mut open);
                closed = position;
            }
        }
        Ok(closed)
    }

    /// Whether the decisions of this epoch stand in the log.
    pub(super) fn is_closed(&self, epoch: usize) -> bool {
        self.boundaries().any(|boundary| boundary.epoch == epoch)
    }

    /// The answers that were decided for an epoch, in the order in which they came.
    pub(super) fn of_epoch(&self, epoch: usize) -> Vec<AuditEntry> {
        self.entries()
            .filter(|entry| entry.epoch == epoch)
            .cloned()
            .collect()
    }

    /// All answers so far.
    pub(super) fn entries(&self) -> impl Iterator<Item = &AuditEntry> {
        self.lines.iter().filter_map(|line| match line {
            AuditLine::Answer(entry) => Some(entry),
            AuditLine::Epoch(_) => None,
        })
    }

    fn boundaries(&self) -> impl Iterator<Item = &Boundary> {
        self.lines.iter().filter_map(|line| match line {
            AuditLine::Epoch(boundary) => Some(boundary),
            AuditLine::Answer(_) => None,
        })
    }

    /// How many bytes of the inbox have been decided on.
    pub(super) fn answers_read(&self) -> u64 {
        self.boundaries()
            .map(|boundary| boundary.answers_read)
            .max()
            .unwrap_or(0)
    }

    /// Writes the decisions of one epoch, and closes it.
    pub(super) fn close(&mut self, entries: Vec<AuditEntry>, boundary: Boundary) -> Result<()> {
        let mut lines: Vec<AuditLine> = entries.into_iter().map(AuditLine::Answer).collect();
        lines.push(AuditLine::Epoch(boundary));
        let mut text = String::new();
        for line in &lines {
            text += &serde_json::to_string(line).map_err(std::io::Error::from)?;
            text.push('\n');
        }
        let mut file = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        self.lines.extend(lines);
        Ok(())
    }
}

/// Reads the audit log of a run.
///
/// # Errors
///
/// [`Error::Io`], or [`Error::Files`] naming the line that is none.
pub fn read_audit(run: &Path) -> Result<Vec<AuditLine>> {
    let path = corrections_folder(run).join("audit.jsonl");
    let text = fs_err::read_to_string(&path)?;
    let mut log = AuditLog {
        path,
        lines: Vec::new(),
    };
    log.read(&text)?;
    Ok(log.lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(epoch: usize, id: &str) -> AuditEntry {
        AuditEntry {
            epoch,
            id: id.into(),
            text: "a text".into(),
            old: Some("bug".into()),
            new: Some("praise".into()),
            by: "anna".into(),
            answered: None,
            decision: Decision::Relabelled,
            why: "a training row was mislabelled".into(),
            time: "2026-01-31T23:59:59Z".into(),
        }
    }

    fn boundary(epoch: usize) -> Boundary {
        Boundary {
            epoch,
            answers_read: 10 * epoch as u64,
            train_rows: 5,
            validation_rows: 2,
        }
    }

    #[test]
    fn what_was_cut_off_by_a_crash_is_removed_and_the_rest_read_again() {
        let run = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(run.path()).unwrap();
        log.close(Vec::new(), boundary(0)).unwrap();
        log.close(vec![entry(1, "train:1"), entry(1, "train:2")], boundary(1))
            .unwrap();
        let path = run.path().join("corrections/audit.jsonl");
        let whole = fs_err::read_to_string(&path).unwrap();
        let more = serde_json::to_string(&AuditLine::Answer(entry(2, "train:3"))).unwrap();
        for rest in [
            format!("{more}\n"),
            format!("{more}\n{{\"event"),
            more[..20].to_owned(),
        ] {
            fs_err::write(&path, format!("{whole}{rest}")).unwrap();
            let again = AuditLog::open(run.path()).unwrap();
            assert_eq!(again.lines, log.lines);
            assert_eq!(fs_err::read_to_string(&path).unwrap(), whole);
        }
        assert!(log.is_closed(1) && !log.is_closed(2));
        assert_eq!((log.of_epoch(1).len(), log.answers_read()), (2, 10));
    }

    #[test]
    fn a_damaged_line_is_named() {
        let run = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(run.path()).unwrap();
        log.close(vec![entry(0, "train:1")], boundary(0)).unwrap();
        let path = run.path().join("corrections/audit.jsonl");
        let damaged = fs_err::read_to_string(&path)
            .unwrap()
            .replace("relabelled", "relabeled");
        fs_err::write(&path, damaged).unwrap();
        let error = AuditLog::open(run.path()).unwrap_err().to_string();
        assert!(error.contains("audit.jsonl`, line 1"), "{error}");
    }
}
