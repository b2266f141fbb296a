//! The audit log: every decision about a correction or an answer, in one format. A run can be repeated from it.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{LineKind, Result};
use crate::json_files;
use crate::layout::corrections_folder;

/// What was decided about an answer or a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// A text that was not a training row is trained on from this epoch on.
    EntersTraining,
    /// A training row has its new label from this epoch on.
    Relabelled,
    /// A training row is no longer trained on.
    LeavesTraining,
    /// A validation row was mislabelled or is unusable. It is removed from the metrics and never trained on.
    LeavesMetrics,
    /// The row keeps its label, and people are not asked about it again.
    Confirmed,
    /// The unlabelled text is not used, and people are not asked about it again.
    Discarded,
    /// Nothing changes; `why` has the reason.
    Refused,
}

impl Decision {
    /// Returns the decision in words that can follow a number of rows, as in "3 relabelled".
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

/// One answer or correction, and the decision about it.
///
/// Answers to the questions of a run are in `corrections/audit.jsonl` of the run. Corrections that are added
/// before a training begins are in `corrections-audit.jsonl` of the training, with epoch 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The first epoch, counted from 0, in which the decision has effect.
    pub epoch: usize,
    /// The id of the row, such as `train:12`. It is empty if the answer could not be read, or if the entry is a correction
    /// of a text that is not a training row.
    pub id: String,
    /// The text of the row, or the line that could not be read.
    pub text: String,
    /// The label before the decision; several labels are separated by `; `.
    pub old: Option<String>,
    /// The label that the person gave; several labels are separated by `; `, and without labels it is empty. `None` if the row is to
    /// be dropped.
    pub new: Option<String>,
    /// The name of the person.
    pub by: String,
    /// When the person answered, if the answer says so.
    pub answered: Option<String>,
    /// The decision.
    pub decision: Decision,
    /// The reason for the decision.
    pub why: String,
    /// The time of the decision.
    pub time: String,
}

/// Marks the end of the decisions of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boundary {
    /// The epoch that begins here, counted from 0.
    pub epoch: usize,
    /// The number of bytes of the inbox that were read so far.
    pub answers_read: u64,
    /// The number of rows that are trained on in this epoch.
    pub train_rows: usize,
    /// The number of validation rows on which the model is evaluated after this epoch.
    pub validation_rows: usize,
}

/// A line of `audit.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AuditLine {
    /// An answer or a correction.
    Answer(AuditEntry),
    /// The end of the decisions of an epoch, which then begins.
    Epoch(Boundary),
}

/// `corrections/audit.jsonl` of a run: the decisions of each epoch, closed by an [`AuditLine::Epoch`].
///
/// The decisions of an epoch are appended in one write before the epoch begins. Lines after the last closed epoch are the
/// rest of a write that a crash cut off. Nothing was trained with these decisions, so the lines are removed when the log is
/// opened again.
#[derive(Debug)]
pub(crate) struct AuditLog {
    path: PathBuf,
    lines: Vec<AuditLine>,
}

impl AuditLog {
    /// Opens the log of a run; a log that does not exist yet is empty.
    pub(crate) fn open(run: &Path) -> Result<Self> {
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

    /// Adds the closed epochs in `text` to the log; returns the number of bytes that these epochs take up in `text`.
    fn read(&mut self, text: &str) -> Result<usize> {
        let (mut position, mut closed, mut open) = (0, 0, Vec::new());
        for (index, line) in text.split_inclusive('\n').enumerate() {
            position += line.len();
            if !line.ends_with('\n') {
                break;
            }
            let line = json_files::parse_line(&self.path, index, line, LineKind::Audit)?;
            open.push(line);
            if matches!(open.last(), Some(AuditLine::Epoch(_))) {
                self.lines.append(&mut open);
                closed = position;
            }
        }
        Ok(closed)
    }

    /// Returns whether the decisions of this epoch are in the log.
    pub(crate) fn is_closed(&self, epoch: usize) -> bool {
        self.boundaries().any(|boundary| boundary.epoch == epoch)
    }

    /// Returns the decisions of an epoch, in the order of the answers in the inbox.
    pub(crate) fn in_epoch(&self, epoch: usize) -> Vec<AuditEntry> {
        self.entries()
            .filter(|entry| entry.epoch == epoch)
            .cloned()
            .collect()
    }

    /// Returns the entries of all epochs.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &AuditEntry> {
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

    /// Returns the number of bytes of the inbox whose answers have been decided.
    pub(crate) fn answers_read(&self) -> u64 {
        self.boundaries()
            .map(|boundary| boundary.answers_read)
            .max()
            .unwrap_or(0)
    }

    /// Writes the decisions of an epoch and closes it.
    pub(crate) fn close(&mut self, entries: Vec<AuditEntry>, boundary: Boundary) -> Result<()> {
        let mut lines: Vec<AuditLine> = entries.into_iter().map(AuditLine::Answer).collect();
        lines.push(AuditLine::Epoch(boundary));
        let text = json_files::to_lines(&lines)?;
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
/// [`Error::Io`](crate::Error::Io), or [`Error::Line`](crate::Error::Line) for a line that is not part of an audit log.
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
    fn lines_cut_off_by_a_crash_are_removed() {
        let run = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(run.path()).unwrap();
        log.close(Vec::new(), boundary(0)).unwrap();
        log.close(vec![entry(1, "train:1"), entry(1, "train:2")], boundary(1))
            .unwrap();
        let path = run.path().join("corrections/audit.jsonl");
        let complete = fs_err::read_to_string(&path).unwrap();
        let more = serde_json::to_string(&AuditLine::Answer(entry(2, "train:3"))).unwrap();
        for rest in [
            format!("{more}\n"),
            format!("{more}\n{{\"event"),
            more[..20].to_owned(),
        ] {
            fs_err::write(&path, format!("{complete}{rest}")).unwrap();
            let again = AuditLog::open(run.path()).unwrap();
            assert_eq!(again.lines, log.lines);
            assert_eq!(fs_err::read_to_string(&path).unwrap(), complete);
        }
        assert!(log.is_closed(1) && !log.is_closed(2));
        assert_eq!((log.in_epoch(1).len(), log.answers_read()), (2, 10));
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
