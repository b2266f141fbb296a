//! The inbox: the file that receives every answer.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::json_files;
use crate::layout::corrections_folder;
use crate::row_id::RowId;

/// The file to which answers are sent: `corrections/answers.jsonl` in a run folder.
///
/// All answers go through this file, whether they come from the terminal, from a program that appends lines, or from a web
/// server in this process or another. An answer is on the disk when [`Inbox::send`] returns. Training never waits for
/// answers: at the beginning of each epoch, it reads the answers that are in the file.
///
/// # Examples
///
/// ```
/// use feedback_corrections::{Answer, Inbox};
///
/// let run = tempfile::tempdir()?;
/// let inbox = Inbox::new(run.path());
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
    /// Returns the inbox of the run in this folder.
    pub fn new(run: &Path) -> Self {
        Self {
            path: corrections_folder(run).join("answers.jsonl"),
        }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends an answer to the file in one write, so that the lines of several writers are not mixed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], which names the file.
    pub fn send(&self, answer: &Answer) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let line = json_files::to_lines(std::slice::from_ref(answer))?;
        let mut file = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        file.write_all(line.as_bytes())?;
        Ok(file.sync_data()?)
    }

    /// Returns the ids of the rows that have an answer.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], which names the file.
    pub fn answered(&self) -> Result<HashSet<RowId>> {
        let (lines, _) = self.read_from(0)?;
        let ids = lines.into_iter().filter_map(|line| match line {
            Line::Answer(answer) => Some(answer.id),
            Line::Unreadable { .. } => None,
        });
        Ok(ids.collect())
    }

    /// Returns the complete lines from byte `offset` on, and the offset after them. Text after the last line break is not
    /// read yet, because a writer may not have finished it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and [`Error::AnswersShortened`] if the file is shorter than `offset`.
    pub(crate) fn read_from(&self, offset: u64) -> Result<(Vec<Line>, u64)> {
        let mut file = match fs_err::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && offset == 0 => {
                return Ok((Vec::new(), 0));
            }
            Err(error) => return Err(error.into()),
        };
        let length = file.metadata()?.len();
        if length < offset {
            return Err(Error::AnswersShortened {
                path: self.path.clone(),
                length,
                read: offset,
            });
        }
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let complete = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |last| last + 1);
        let lines = bytes[..complete].split(|&byte| byte == b'\n');
        let read = lines
            .filter(|line| !line.trim_ascii().is_empty())
            .map(Line::parse);
        Ok((read.collect(), offset + complete as u64))
    }
}

/// One line of the inbox: an answer, or a line that is not an answer and the reason why.
#[derive(Debug)]
pub(crate) enum Line {
    Answer(Answer),
    Unreadable { line: String, why: String },
}

impl Line {
    fn parse(bytes: &[u8]) -> Self {
        let line = String::from_utf8_lossy(bytes).trim().to_owned();
        match serde_json::from_str::<Answer>(&line) {
            Ok(answer) if answer.drop == answer.label.is_some() => Self::Unreadable {
                line,
                why: "an answer needs either `label` or `\"drop\": true`".into(),
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
    use crate::row_id::RowSet;

    fn inbox() -> (tempfile::TempDir, Inbox) {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(folder.path());
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
    fn incomplete_lines_are_read_when_they_are_complete() {
        let (_folder, inbox) = inbox();
        assert_eq!(inbox.read_from(0).unwrap().1, 0, "a missing file has no answers");
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
    fn unreadable_lines_do_not_affect_the_other_lines() {
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
    fn a_shortened_file_is_an_error() {
        let (_folder, inbox) = inbox();
        append(&inbox, "{\"id\": \"train:1\", \"drop\": true}\n");
        let error = inbox.read_from(1000).unwrap_err();
        assert!(error.to_string().contains("answers.jsonl"), "{error}");
        assert!(error.hint().unwrap().contains("append"), "{error}");
    }

    #[test]
    fn concurrent_writers_do_not_mix_their_lines() {
        let (_folder, inbox) = inbox();
        std::thread::scope(|scope| {
            for writer in 0..4u64 {
                let inbox = &inbox;
                scope.spawn(move || {
                    for line in 1..=25 {
                        let id = RowId {
                            set: RowSet::Train,
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
