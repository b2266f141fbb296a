//! The rows that people are asked about.

use std::io::Write;
use std::path::{Path, PathBuf};

use feedback_dataset::atomic_write;
use serde::{Deserialize, Serialize};

use super::{RowId, corrections_folder};
use crate::{Error, Result};

/// A label and the probability that the model gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelScore {
    /// The label.
    pub label: String,
    /// The probability, 0 to 1.
    pub score: f64,
}

/// A row that a person is asked about: a line of `queue.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueueItem {
    /// The row; an answer names it.
    pub id: RowId,
    /// Its text.
    pub text: String,
    /// The label that it has; `None` for an unlabelled text.
    pub label: Option<String>,
    /// What the model says.
    pub predicted_label: String,
    /// How sure the model is, 0 to 1.
    pub confidence: f64,
    /// The loss of its label, −log of the probability; `None` for an unlabelled text.
    pub loss: Option<f64>,
    /// The three most probable labels, the likeliest first.
    pub scores: Vec<LabelScore>,
    /// Updates done when the model said so.
    pub global_step: usize,
}

/// `corrections/queue.jsonl` of a run, the rows of the latest evaluation. The file is replaced as a whole.
#[derive(Debug, Clone)]
pub struct Queue {
    path: PathBuf,
}

impl Queue {
    /// The queue of the run in this folder.
    pub fn of_run(run: &Path) -> Self {
        Self {
            path: corrections_folder(run).join("queue.jsonl"),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The rows, the most pressing first; none where nothing has been queued yet.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], or [`Error::Files`] naming a line that is no row of a queue.
    pub fn read(&self) -> Result<Vec<QueueItem>> {
        let text = match fs_err::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let line = |(index, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|error| Error::Files {
                reason: format!(
                    "`{}`, line {}: no row of a queue: {error}",
                    self.path.display(),
                    index + 1
                ),
                hint: "the next evaluation writes the file anew; answers go to answers.jsonl".into(),
            })
        };
        text.lines().enumerate().map(line).collect()
    }

    pub(super) fn write(&self, items: &[QueueItem]) -> Result<()> {
        atomic_write(&self.path, |writer: &mut dyn Write| {
            for item in items {
                let line = serde_json::to_string(item).map_err(std::io::Error::from)?;
                writeln!(writer, "{line}")?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// The first of each list, then the second of each, and so on, `limit` in all.
pub(super) fn take_turns<T>(lists: impl IntoIterator<Item = Vec<T>>, limit: usize) -> Vec<T> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut taken = Vec::new();
    while taken.len() < limit {
        let before = taken.len();
        for list in &mut lists {
            if taken.len() < limit {
                taken.extend(list.next());
            }
        }
        if taken.len() == before {
            break;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_take_turns_until_the_limit() {
        let lists = || [vec![1, 2, 3, 4], vec![], vec![10, 20]];
        assert_eq!(take_turns(lists(), 5), [1, 10, 2, 20, 3]);
        assert_eq!(take_turns(lists(), 100), [1, 10, 2, 20, 3, 4]);
        assert!(take_turns(lists(), 0).is_empty());
    }

    #[test]
    fn a_queue_is_read_as_it_was_written() {
        let run = tempfile::tempdir().unwrap();
        let queue = Queue::of_run(run.path());
        assert!(queue.read().unwrap().is_empty());
        let item = QueueItem {
            id: "validation:3".parse().unwrap(),
            text: "two\nlines".into(),
            label: Some("bug".into()),
            predicted_label: "praise".into(),
            confidence: 0.75,
            loss: Some(2.5),
            scores: vec![LabelScore {
                label: "praise".into(),
                score: 0.75,
            }],
            global_step: 7,
        };
        fs_err::create_dir(run.path().join("corrections")).unwrap();
        queue.write(&[item.clone(), item.clone()]).unwrap();
        assert_eq!(queue.read().unwrap(), [item.clone(), item]);
        fs_err::write(queue.path(), "{}\n").unwrap();
        assert!(queue.read().unwrap_err().to_string().contains("line 1"));
    }
}
