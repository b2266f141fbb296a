//! The session of a run: decides about the answers of people, and applies the decisions to the rows.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use feedback_dataset::LabelSet;
use serde::Serialize;

use crate::answer::Answer;
use crate::audit::{AuditEntry, AuditLog, Boundary, Decision};
use crate::clock::utc_now;
use crate::error::{AuditMismatch, Error, Result};
use crate::guard::Guard;
use crate::inbox::{Inbox, Line};
use crate::question::Question;
use crate::queue::QuestionQueue;
use crate::row_id::{RowId, RowSet};
use crate::rows::Rows;

/// How many answers of a run had which effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CorrectionsSummary {
    /// The number of answers for each decision; decisions that were never made are left out.
    pub decisions: BTreeMap<Decision, usize>,
    /// The number of answers that came after the last epoch had begun and were therefore not used. They stay in
    /// `answers.jsonl`.
    pub unread: usize,
}

/// The data of a run at the start of a session.
#[derive(Debug, Clone)]
pub struct SessionRows<'a> {
    /// The labels. The classes of rows are ids of this set.
    pub labels: LabelSet,
    /// The training rows.
    pub train: Rows,
    /// The validation rows.
    pub validation: Rows,
    /// The texts without labels.
    pub unlabelled: Rows,
    /// The test texts, for the guard. People are never asked about test rows.
    pub test_texts: Vec<&'a str>,
}

/// The rows of a run with the corrections that people have made so far.
///
/// Rows change only in [`Session::advance`], which a trainer calls at the beginning of an epoch. If the audit log has the
/// epoch, its decisions are applied. Otherwise the session decides about the new answers, and writes the decisions to the
/// log before the epoch is trained.
///
/// # Examples
///
/// ```
/// use feedback_corrections::{Answer, Inbox, RowSet, Rows, Session, SessionRows};
/// use feedback_dataset::LabelSet;
///
/// let run = tempfile::tempdir()?;
/// let rows = SessionRows {
///     labels: LabelSet::new(["bug", "praise"])?,
///     train: Rows::labelled([(1, "it crashes", 1), (2, "great", 1)]),
///     validation: Rows::labelled([(1, "it freezes", 0)]),
///     unlabelled: Rows::unlabelled([(1, "It FREEZES!"), (2, "lovely")]),
///     test_texts: Vec::new(),
/// };
/// let mut session = Session::open(run.path(), rows, "anna")?;
/// for (row, label) in [("train:1", "bug"), ("unlabelled:1", "bug"), ("unlabelled:2", "praise")] {
///     Inbox::new(run.path()).send(&Answer::label(row.parse()?, label, "anna"))?;
/// }
/// session.advance(0)?;
/// assert_eq!(session.rows(RowSet::Train).in_use().collect::<Vec<_>>(), [(0, 0), (1, 1)]);
/// // The first unlabelled text is a validation text with a different spelling.
/// assert_eq!(session.rows(RowSet::Unlabelled).in_use().collect::<Vec<_>>(), [(1, 1)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session {
    labels: LabelSet,
    train: Rows,
    validation: Rows,
    unlabelled: Rows,
    guard: Guard,
    log: AuditLog,
    inbox: Inbox,
    queue: QuestionQueue,
    by: String,
    /// The epoch after the last one to which the session advanced.
    next_epoch: usize,
    train_version: usize,
    validation_version: usize,
    /// Rows with an accepted answer, about which people are not asked again.
    settled: HashSet<RowId>,
}

impl Session {
    /// Opens the session of a run; `by` is the name that is recorded if an answer has no name.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], or [`Error::Line`] if the audit log is damaged.
    pub fn open(run: &Path, rows: SessionRows<'_>, by: &str) -> Result<Self> {
        let SessionRows {
            labels,
            train,
            validation,
            unlabelled,
            test_texts,
        } = rows;
        Ok(Self {
            guard: Guard::new(validation.texts().iter().map(String::as_str), test_texts),
            labels,
            train,
            validation,
            unlabelled,
            log: AuditLog::open(run)?,
            inbox: Inbox::new(run),
            queue: QuestionQueue::new(run),
            by: by.to_owned(),
            next_epoch: 0,
            train_version: 0,
            validation_version: 0,
            settled: HashSet::new(),
        })
    }

    /// Brings the rows to their state at the beginning of an epoch. A second call for the same epoch does nothing.
    ///
    /// # Errors
    ///
    /// [`Error::AuditMismatch`] if the audit log does not match the rows, and [`Error::Io`].
    pub fn advance(&mut self, epoch: usize) -> Result<()> {
        while self.next_epoch <= epoch {
            let now = self.next_epoch;
            if self.log.is_closed(now) {
                for entry in self.log.in_epoch(now) {
                    self.apply(&entry)?;
                }
            } else if now == epoch {
                self.decide_all(now)?;
            }
            self.next_epoch += 1;
        }
        Ok(())
    }

    /// Decides about new answers, applies the decisions, and writes them to the log, all before the epoch is trained.
    fn decide_all(&mut self, epoch: usize) -> Result<()> {
        let offset = self.log.answers_read();
        let mut entries = Vec::new();
        let answers_read = match self.inbox.read_from(offset) {
            Ok((lines, end)) => {
                for line in lines {
                    let entry = match line {
                        Line::Answer(answer) => self.decide(epoch, &answer),
                        Line::Unreadable { line, why } => self.unreadable(epoch, line, why),
                    };
                    self.apply(&entry)?;
                    entries.push(entry);
                }
                end
            }
            // If somebody rewrote the file, training continues; the audit log records the error.
            Err(error) => {
                entries.push(self.unreadable(epoch, String::new(), error.to_string()));
                offset
            }
        };
        let boundary = Boundary {
            epoch,
            answers_read,
            train_rows: self.train.n_in_use() + self.unlabelled.n_in_use(),
            validation_rows: self.validation.n_in_use(),
        };
        self.log.close(entries, boundary)
    }

    fn unreadable(&self, epoch: usize, line: String, why: String) -> AuditEntry {
        AuditEntry {
            epoch,
            id: String::new(),
            text: line,
            old: None,
            new: None,
            by: self.by.clone(),
            answered: None,
            decision: Decision::Refused,
            why,
            time: utc_now(),
        }
    }

    /// Returns the decision about an answer, without applying it.
    fn decide(&self, epoch: usize, answer: &Answer) -> AuditEntry {
        let rows = self.rows(answer.id.set);
        let row = rows.find(answer.id.line);
        let (decision, why) = match row {
            Some(row) => self.judge(answer, rows, row),
            None => (Decision::Refused, "there is no such row".to_owned()),
        };
        let old = row.and_then(|row| rows.last_known(row));
        AuditEntry {
            epoch,
            id: answer.id.to_string(),
            text: row.map(|row| rows.text(row).to_owned()).unwrap_or_default(),
            old: old.and_then(|class| self.labels.name(class)).map(str::to_owned),
            new: answer.label.clone(),
            by: answer.by.clone().unwrap_or_else(|| self.by.clone()),
            answered: answer.time.clone(),
            decision,
            why,
            time: utc_now(),
        }
    }

    fn judge(&self, answer: &Answer, rows: &Rows, row: usize) -> (Decision, String) {
        let refused = |why: &str| (Decision::Refused, why.to_owned());
        let text = rows.text(row);
        if answer.text.as_deref().is_some_and(|seen| seen != text) {
            return refused("the answer is about another text");
        }
        let new = match &answer.label {
            None => None,
            Some(name) => match self.labels.id(name) {
                None => {
                    let known = self.labels.names().join(", ");
                    return refused(&format!("there is no label `{name}`; the labels are {known}"));
                }
                known => known,
            },
        };
        let settled = |decision, why: &str| (decision, why.to_owned());
        let current = rows.current(row);
        let last_one = rows.n_in_use() == 1 && current.is_some();
        match (answer.id.set, new) {
            (RowSet::Train | RowSet::Validation, Some(_)) if new == current => {
                settled(Decision::Confirmed, "the row has this label already")
            }
            (RowSet::Train, None) if last_one => refused("no row would be left to train on"),
            (RowSet::Train, None) => settled(Decision::LeavesTraining, "the row is unusable"),
            (RowSet::Validation, _) if last_one => refused("no row would be left to measure with"),
            (RowSet::Validation, Some(_)) => settled(
                Decision::LeavesMetrics,
                "a mislabelled validation row leaves the metrics and is never trained on",
            ),
            (RowSet::Validation, None) => settled(
                Decision::LeavesMetrics,
                "an unusable validation row leaves the metrics",
            ),
            (RowSet::Unlabelled, None) => settled(Decision::Discarded, "the text is unusable"),
            (RowSet::Train | RowSet::Unlabelled, Some(_)) => match self.guard.refusal(text) {
                Some(why) => refused(&format!("{why}, so it must not be trained on")),
                None if answer.id.set == RowSet::Train => {
                    settled(Decision::Relabelled, "a training row was mislabelled")
                }
                None => settled(Decision::EntersTraining, "an unlabelled text got a label"),
            },
        }
    }

    /// Applies a decision. The guard checks the text again, because the entry may come from a file that somebody changed.
    fn apply(&mut self, entry: &AuditEntry) -> Result<()> {
        if entry.decision == Decision::Refused {
            return Ok(());
        }
        let wrong = |mismatch| Error::AuditMismatch {
            epoch: entry.epoch,
            row: entry.id.clone(),
            mismatch,
        };
        let id: RowId = entry.id.parse().map_err(|_| wrong(AuditMismatch::NotARowId))?;
        let row = self.rows(id.set).find(id.line);
        let row = row.ok_or_else(|| wrong(AuditMismatch::NoSuchRow))?;
        if self.rows(id.set).text(row) != entry.text {
            return Err(wrong(AuditMismatch::AnotherText));
        }
        let new = entry.new.as_deref().and_then(|name| self.labels.id(name));
        match (entry.decision, id.set, new) {
            (Decision::EntersTraining, RowSet::Unlabelled, Some(_))
            | (Decision::Relabelled, RowSet::Train, Some(_)) => {
                if let Some(why) = self.guard.refusal(&entry.text) {
                    return Err(wrong(AuditMismatch::HeldOut(why)));
                }
                self.rows_mut(id.set).set(row, new);
                self.train_version += 1;
            }
            (Decision::LeavesTraining, RowSet::Train, None)
            | (Decision::Discarded, RowSet::Unlabelled, None) => {
                self.rows_mut(id.set).set(row, None);
                self.train_version += 1;
            }
            (Decision::LeavesMetrics, RowSet::Validation, _) => {
                self.validation.set(row, None);
                self.validation_version += 1;
            }
            (Decision::Confirmed, ..) => {}
            _ => return Err(wrong(AuditMismatch::WrongDecision)),
        }
        self.settled.insert(id);
        Ok(())
    }

    /// Returns the rows of a set.
    pub fn rows(&self, set: RowSet) -> &Rows {
        match set {
            RowSet::Train => &self.train,
            RowSet::Validation => &self.validation,
            RowSet::Unlabelled => &self.unlabelled,
        }
    }

    fn rows_mut(&mut self, set: RowSet) -> &mut Rows {
        match set {
            RowSet::Train => &mut self.train,
            RowSet::Validation => &mut self.validation,
            RowSet::Unlabelled => &mut self.unlabelled,
        }
    }

    /// Returns the id of a row of a set.
    pub fn id(&self, set: RowSet, row: usize) -> RowId {
        let line = self.rows(set).line(row);
        RowId { set, line }
    }

    /// Returns whether people may be asked about a row: it has no accepted answer yet, and if it is an unlabelled text, the
    /// guard allows it in training.
    pub fn is_open(&self, set: RowSet, row: usize) -> bool {
        let text = self.rows(set).text(row);
        let useful = set != RowSet::Unlabelled || self.guard.refusal(text).is_none();
        useful && !self.settled.contains(&self.id(set, row))
    }

    /// Replaces the queue by these questions. Questions that were answered in the meantime are left out.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the file cannot be written.
    pub fn publish(&self, questions: Vec<Question>) -> Result<()> {
        let answered: HashSet<RowId> = self.unread().iter().map(|answer| answer.id).collect();
        let open: Vec<Question> = questions
            .into_iter()
            .filter(|question| !answered.contains(&question.id))
            .collect();
        self.queue.write(&open)
    }

    fn unread(&self) -> Vec<Answer> {
        // If the file cannot be read, the error is recorded in the audit log at the beginning of the next epoch.
        let lines = self.inbox.read_from(self.log.answers_read());
        let lines = lines.map(|(lines, _)| lines).unwrap_or_default();
        let answers = lines.into_iter().filter_map(|line| match line {
            Line::Answer(answer) => Some(answer),
            Line::Unreadable { .. } => None,
        });
        answers.collect()
    }

    /// Returns how many answers so far had which effect.
    pub fn summary(&self) -> CorrectionsSummary {
        let mut decisions = BTreeMap::new();
        for entry in self.log.entries() {
            *decisions.entry(entry.decision).or_default() += 1;
        }
        CorrectionsSummary {
            decisions,
            unread: self.unread().len(),
        }
    }

    /// Returns the labels, in class id order.
    pub fn label_names(&self) -> &[String] {
        self.labels.names()
    }

    /// Returns a number that changes whenever the training rows change.
    pub fn train_version(&self) -> usize {
        self.train_version
    }

    /// Returns a number that changes whenever the validation rows change.
    pub fn validation_version(&self) -> usize {
        self.validation_version
    }
}
