//! What people say about queued rows: the file through which every answer goes.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::clock::utc_now;
use super::{RowId, corrections_folder};
use crate::{Error, Result};

/// What a person says about one row: a line of `answers.jsonl`.
///
/// ```json
/// {"id": "train:12", "label": "bug", "by": "anna", "time": "2026-01-31T23:59:59Z"}
/// {"id": "unlabelled:7", "drop": true}
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The row.
    pub id: RowId,
    /// The label that it should have; the one it has confirms it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// True where the row is of no use and should not be learnt from, nor measured with. Then there is no label.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop: bool,
    /// The text that the person saw. Where it is given and the row has another, the answer is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, in any form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

impl Answer {
    /// "This row has this label", said now.
    pub fn label(id: RowId, label: &str, by: &str) -> Self {
        Self {
            id,
            label: Some(label.to_owned()),
            drop: false,
            text: None,
            by: Some(by.to_owned()),
            time: Some(utc_now()),
        }
    }

    /// "This row is of no use", said now.
    pub fn drop(id: RowId, by: &str) -> Self {
        Self {
            label: None,
            drop: true,
            ..Self::label(id, "", by)
        }
    }
}

/// Where answers are handed in: `corrections/answers.jsonl` of a run folder.
///
/// Everybody who answers goes through this file, whatever the way: the terminal, a program that appends lines, a web
/// server in the same process or another. An answer is safe from the moment that [`Inbox::send`] returns, and training
/// never waits for one: it reads what is there at the beginning of each epoch.
///
/// # Examples
///
/// ```
/// use feedback_pipeline::corrections::{Answer, Inbox};
///
/// let run = tempfile::tempdir()?;
/// let inbox = Inbox::of_run(run.path());
/// inbox.send(&Answer::label("train:12".parse()?, "bug", "anna"))?;
/// let written = std::fs::read_to_string(inbox.path())?;
/// assert!(written.starts_with(r#"{"id":"train:12","label":"bug","by":"anna","time":"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Inbox {
    path: PathBuf,
}

impl Inbox {
    /// The inbox of the run in this folder.
    pub fn of_run(run: &Path) -> Self {
        Self {
            path: corrections_folder(run).join("answers.jsonl"),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hands an answer in. It is one write at the end of the file, so that several writers do not mix their lines.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] naming the file.
    pub fn send(&self, answer: &Answer) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let mut line = serde_json::to_string(answer).map_err(std::io::Error::from)?;
        line.push('\n');
        let mut file = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        file.write_all(line.as_bytes())?;
        Ok(file.sync_data()?)
    }

    /// The rows that somebody has said something about.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] naming the file.
    pub fn answered(&self) -> Result<HashSet<RowId>> {
        let (lines, _) = self.read_from(0)?;
        let ids = lines.into_iter().filter_map(|line| match line {
            Line::Answer(answer) => Some(answer.id),
            Line::Unreadable { .. } => None,
        });
        Ok(ids.collect())
    }

    /// The whole lines from byte `offset` on, and the offset behind them. What follows the last line break is not read
    /// yet: somebody may still be writing it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and [`Error::Files`] where the file is shorter than `offset`: answers are only ever appended.
    pub(super) fn read_from(&self, offset: u64) -> Result<(Vec<Line>, u64)> {
        let mut file = match fs_err::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && offset == 0 => {
                return Ok((Vec::new(), 0));
            }
            Err(error) => return Err(error.into()),
        };
        let length = file.metadata()?.len();
        if length < offset {
            return Err(Error::Files {
                reason: format!(
                    "`{}` has {length} bytes, {offset} of it were read before",
                    self.path.display()
                ),
                hint: "append answers to the file, never rewrite it; put the lines that were there back"
                    .into(),
            });
        }
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |last| last + 1);
        let lines = bytes[..whole].split(|&byte| byte == b'\n');
        let read = lines
            .filter(|line| !line.trim_ascii().is_empty())
            .map(Line::parse);
        Ok((read.collect(), offset + whole as u64))
    }
}

/// One line of the inbox: an answer, or what is wrong with it.
#[derive(Debug)]
pub(super) enum Line {
    Answer(Answer),
    Unreadable { line: String, why: String },
}

impl Line {
    fn parse(bytes: &[u8]) -> Self {
        let line = String::from_utf8_lossy(bytes).trim().to_owned();
        match serde_json::from_str::<Answer>(&line) {
            Ok(answer) if answer.drop == answer.label.is_some() => Self::Unreadable {
                line,
                why: "expected either a label or `\"drop\": true`".into(),
            },
            Ok(answer) => Self::Answer(answer),
            Err(error) => Self::Unreadable {
                line,
                why: format!("not an answer: {error}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox() -> (tempfile::TempDir, Inbox) {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox::of_run(folder.path());
        (folder, inbox)
    }

    fn append(inbox: &Inbox, text: &str) {
        fs_err::create_dir_all(inbox.path().parent().unwrap()).unwrap();
        let mut file = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(inbox.path())
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn half_lines_are_read_once_they_are_whole() {
        let (_folder, inbox) = inbox();
        assert_eq!(inbox.read_from(0).unwrap().1, 0, "there need not be a file");
        append(
            &inbox,
            "{\"id\": \"train:1\", \"label\": \"bug\"}\n{\"id\": \"train",
        );
        let (lines, offset) = inbox.read_from(0).unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(inbox.read_from(offset).unwrap().0.len(), 0);
        append(&inbox, ":2\", \"drop\": true}\n");
        let (lines, end) = inbox.read_from(offset).unwrap();
        assert!(matches!(&lines[..], [Line::Answer(answer)] if answer.drop && answer.id.line == 2));
        assert_eq!(inbox.read_from(end).unwrap().0.len(), 0);
    }

    #[test]
    fn unusable_lines_say_why_and_hold_nobody_up() {
        let (_folder, inbox) = inbox();
        let lines = [
            "nonsense",
            "{\"id\": \"test:1\", \"label\": \"bug\"}",
            "{\"id\": \"train:1\"}",
            "{\"id\": \"train:1\", \"label\": \"bug\", \"drop\": true}",
            "{\"id\": \"train:1\", \"lable\": \"bug\"}",
            "{\"id\": \"train:0\", \"drop\": true}",
        ];
        append(
            &inbox,
            &(lines.join("\n") + "\n\n{\"id\": \"train:1\", \"drop\": true}\r\n"),
        );
        let (read, _) = inbox.read_from(0).unwrap();
        assert_eq!(read.len(), 7);
        assert!(
            read[..6]
                .iter()
                .all(|line| matches!(line, Line::Unreadable { .. })),
            "{read:?}"
        );
        assert!(matches!(read[6], Line::Answer(_)));
    }

    #[test]
    fn a_file_that_was_cut_short_is_noticed() {
        let (_folder, inbox) = inbox();
        append(&inbox, "{\"id\": \"train:1\", \"drop\": true}\n");
        let error = inbox.read_from(1000).unwrap_err().to_string();
        assert!(
            error.contains("answers.jsonl") && error.contains("append"),
            "{error}"
        );
    }

    #[test]
    fn writers_side_by_side_do_not_mix_their_lines() {
        let (_folder, inbox) = inbox();
        std::thread::scope(|scope| {
            for writer in 0..4u64 {
                let inbox = &inbox;
                scope.spawn(move || {
                    for line in 1..=25 {
                        let id = RowId {
                            set: super::super::RowSet::Train,
                            line: writer * 100 + line,
                        };
                        inbox.send(&Answer::label(id, "bug", "somebody")).unwrap();
                    }
                });
            }
        });
        let (lines, _) = inbox.read_from(0).unwrap();
        assert_eq!(lines.len(), 100);
        assert!(lines.iter().all(|line| matches!(line, Line::Answer(_))));
        assert_eq!(inbox.answered().unwrap().len(), 100);
    }
}
