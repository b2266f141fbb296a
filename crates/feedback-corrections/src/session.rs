//! What people decided in one run, and what follows from it.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use feedback_dataset::LabelSet;
use serde::Serialize;

use super::answers::Line;
use super::audit::AuditLog;
use super::clock::utc_now;
use super::rows::Rows;
use super::{Answer, AuditEntry, Boundary, Decision, Guard, Inbox, Queue, QueueItem, RowId, RowSet};
use crate::{Error, PreparedData, Result};

/// How many answers of a run had which effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CorrectionsSummary {
    /// Answers by decision; decisions that were never made are left out.
    pub decisions: BTreeMap<Decision, usize>,
    /// Answers that came after the last epoch had begun, too late to be used. They stay in `answers.jsonl`.
    pub unread: usize,
}

/// The rows of a run as people have corrected them so far.
///
/// [`Session::advance`] is the only way in which anything changes, and it is called at the beginning of an epoch. What
/// it does is either read from the audit log, where the epoch stands in it, or decided anew and written there first.
#[derive(Debug)]
pub(super) struct Session {
    labels: LabelSet,
    pub(super) train: Rows,
    pub(super) validation: Rows,
    pub(super) unlabelled: Rows,
    guard: Guard,
    log: AuditLog,
    inbox: Inbox,
    pub(super) queue: Queue,
    by: String,
    /// The epoch after the last one that was advanced to.
    next_epoch: usize,
    /// Changes whenever the training rows do.
    pub(super) train_version: usize,
    /// Changes whenever the validation rows do.
    pub(super) validation_version: usize,
    /// Rows that nobody needs to be asked about again.
    settled: HashSet<RowId>,
}

impl Session {
    pub(super) fn open(run: &Path, data: &PreparedData, unlabelled: Rows, by: &str) -> Result<Self> {
        let test = data.test.as_ref().map(|test| test.texts()).unwrap_or_default();
        Ok(Self {
            guard: Guard::new(data.validation.texts(), test),
            labels: data.labels.clone(),
            train: Rows::labelled(&data.train),
            validation: Rows::labelled(&data.validation),
            unlabelled,
            log: AuditLog::open(run)?,
            inbox: Inbox::of_run(run),
            queue: Queue::of_run(run),
            by: by.to_owned(),
            next_epoch: 0,
            train_version: 0,
            validation_version: 0,
            settled: HashSet::new(),
        })
    }

    /// Makes the rows those of an epoch. Only the first call for an epoch does anything.
    pub(super) fn advance(&mut self, epoch: usize) -> Result<()> {
        while self.next_epoch <= epoch {
            let now = self.next_epoch;
            if self.log.is_closed(now) {
                for entry in self.log.of_epoch(now) {
                    self.apply(&entry)?;
                }
            } else if now == epoch {
                self.decide_all(now)?;
            }
            self.next_epoch += 1;
        }
        Ok(())
    }

    /// Decides about the answers that have come in, and writes that down before anything is trained with it.
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
            // Hours of training are not lost for a file that somebody rewrote; the log says what happened.
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

    /// What is to become of an answer. Nothing changes yet.
    fn decide(&self, epoch: usize, answer: &Answer) -> AuditEntry {
        let rows = self.rows(answer.id.set);
        let row = rows.find(answer.id.line);
        let (decision, why) = match row {
            Some(row) => self.judge(answer, rows, row),
            None => (Decision::Refused, "there is no such row".to_owned()),
        };
        let old = row.and_then(|row| rows.present[row].or(rows.given[row]));
        AuditEntry {
            epoch,
            id: answer.id.to_string(),
            text: row.map(|row| rows.texts[row].clone()).unwrap_or_default(),
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
        let text = rows.texts[row].as_str();
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
        let present = rows.present[row];
        let last_one = rows.n_in_use() == 1 && present.is_some();
        match (answer.id.set, new) {
            (RowSet::Train | RowSet::Validation, Some(_)) if new == present => {
                settled(Decision::Confirmed, "it has this label")
            }
            (RowSet::Train, None) if last_one => refused("nothing would be left to train on"),
            (RowSet::Train, None) => settled(Decision::LeavesTraining, "the row is of no use"),
            (RowSet::Validation, _) if last_one => refused("nothing would be left to measure with"),
            (RowSet::Validation, Some(_)) => settled(
                Decision::LeavesMetrics,
                "a validation row that was mislabelled is no longer measured with, and never trained on",
            ),
            (RowSet::Validation, None) => settled(
                Decision::LeavesMetrics,
                "a validation row of no use is no longer measured with",
            ),
            (RowSet::Unlabelled, None) => settled(Decision::Discarded, "the text is of no use"),
            (RowSet::Train | RowSet::Unlabelled, Some(_)) => match self.guard.refusal(text) {
                Some(why) => refused(&format!("{why}, so it must not be trained on")),
                None if answer.id.set == RowSet::Train => {
                    settled(Decision::Relabelled, "a training row was mislabelled")
                }
                None => settled(Decision::EntersTraining, "a text without a label was given one"),
            },
        }
    }

    /// Does what an entry says. The guard is asked once more: an entry may come from a file that somebody changed.
    fn apply(&mut self, entry: &AuditEntry) -> Result<()> {
        if entry.decision == Decision::Refused {
            return Ok(());
        }
        let wrong = |why: &str| Error::Files {
            reason: format!(
                "the audit log of this run does not fit its data: epoch {}, row `{}`: {why}",
                entry.epoch, entry.id
            ),
            hint: "give the run the data and the audit log that it was begun with".into(),
        };
        let id: RowId = entry.id.parse().map_err(|why: String| wrong(&why))?;
        let row = self.rows(id.set).find(id.line);
        let row = row.ok_or_else(|| wrong("there is no such row"))?;
        if self.rows(id.set).texts[row] != entry.text {
            return Err(wrong("the row has another text"));
        }
        let new = entry.new.as_deref().and_then(|name| self.labels.id(name));
        match (entry.decision, id.set, new) {
            (Decision::EntersTraining, RowSet::Unlabelled, Some(_))
            | (Decision::Relabelled, RowSet::Train, Some(_)) => {
                if let Some(why) = self.guard.refusal(&entry.text) {
                    return Err(wrong(why));
                }
                self.rows_mut(id.set).present[row] = new;
                self.train_version += 1;
            }
            (Decision::LeavesTraining, RowSet::Train, None)
            | (Decision::Discarded, RowSet::Unlabelled, None) => {
                self.rows_mut(id.set).present[row] = None;
                self.train_version += 1;
            }
            (Decision::LeavesMetrics, RowSet::Validation, _) => {
                self.validation.present[row] = None;
                self.validation_version += 1;
            }
            (Decision::Confirmed, ..) => {}
            _ => return Err(wrong("the decision is not one for such a row")),
        }
        self.settled.insert(id);
        Ok(())
    }

    fn rows(&self, set: RowSet) -> &Rows {
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

    /// The name of a row of a set.
    pub(super) fn id(&self, set: RowSet, row: usize) -> RowId {
        let line = self.rows(set).lines[row];
        RowId { set, line }
    }

    /// Whether a row may be asked about: nobody has answered, and an unlabelled text could enter training.
    pub(super) fn is_open(&self, set: RowSet, row: usize) -> bool {
        let text = &self.rows(set).texts[row];
        let useful = set != RowSet::Unlabelled || self.guard.refusal(text).is_none();
        useful && !self.settled.contains(&self.id(set, row))
    }

    /// Replaces the queue by these rows, apart from those that have been answered meanwhile.
    pub(super) fn publish(&self, items: Vec<QueueItem>) -> Result<()> {
        let answered: HashSet<RowId> = self.unread().iter().map(|answer| answer.id).collect();
        let open: Vec<QueueItem> = items
            .into_iter()
            .filter(|item| !answered.contains(&item.id))
            .collect();
        self.queue.write(&open)
    }

    fn unread(&self) -> Vec<Answer> {
        // A file that cannot be read is told of at the next boundary, in the audit log.
        let lines = self.inbox.read_from(self.log.answers_read());
        let lines = lines.map(|(lines, _)| lines).unwrap_or_default();
        let answers = lines.into_iter().filter_map(|line| match line {
            Line::Answer(answer) => Some(answer),
            Line::Unreadable { .. } => None,
        });
        answers.collect()
    }

    pub(super) fn summary(&self) -> CorrectionsSummary {
        let mut decisions = BTreeMap::new();
        for entry in self.log.entries() {
            *decisions.entry(entry.decision).or_default() += 1;
        }
        CorrectionsSummary {
            decisions,
            unread: self.unread().len(),
        }
    }

    pub(super) fn label_names(&self) -> &[String] {
        self.labels.names()
    }
}
