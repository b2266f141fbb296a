//! The file with the questions of a run.

use std::path::{Path, PathBuf};

use crate::error::{LineKind, Result};
use crate::json_files;
use crate::layout::corrections_folder;
use crate::question::Question;

/// `corrections/queue.jsonl` of a run: the questions of the latest evaluation, replaced after each evaluation.
#[derive(Debug, Clone)]
pub struct QuestionQueue {
    path: PathBuf,
}

impl QuestionQueue {
    /// Returns the queue of the run in this folder.
    pub fn new(run: &Path) -> Self {
        Self {
            path: corrections_folder(run).join("queue.jsonl"),
        }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the questions, most important first; there are none before the first evaluation.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io), or [`Error::Line`](crate::Error::Line) for a line that is not a question.
    pub fn read(&self) -> Result<Vec<Question>> {
        let read = json_files::if_found(json_files::read_lines(&self.path, LineKind::Question));
        Ok(read?.unwrap_or_default())
    }

    pub(crate) fn write(&self, questions: &[Question]) -> Result<()> {
        json_files::write_lines(&self.path, questions)
    }
}

/// Returns the first item of each list, then the second item of each list, and so on, at most `limit` items in all.
///
/// # Examples
///
/// ```
/// use feedback_corrections::take_turns;
///
/// assert_eq!(take_turns([vec![1, 2, 3, 4], vec![], vec![10, 20]], 5), [1, 10, 2, 20, 3]);
/// ```
pub fn take_turns<T>(lists: impl IntoIterator<Item = Vec<T>>, limit: usize) -> Vec<T> {
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
    use crate::question::LabelScore;

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
        let queue = QuestionQueue::new(run.path());
        assert!(queue.read().unwrap().is_empty());
        let item = Question {
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
