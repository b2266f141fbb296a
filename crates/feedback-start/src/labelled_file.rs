//! The file with the answers of a person: labelled texts, as training reads them.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use feedback_dataset::read::{OnBadRow, ReadOptions};
use serde_json::json;

use crate::error::{Error, Result};

/// A text with the label that a person gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LabelledText {
    /// The text.
    pub text: String,
    /// Its label.
    pub label: String,
}

impl LabelledText {
    /// Pairs a text with its label.
    pub fn new(text: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            label: label.into(),
        }
    }
}

/// A JSON Lines file to which answers are appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledFile {
    path: PathBuf,
}

impl LabelledFile {
    /// Names the file; it need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the answers so far, the last one for each text that was answered several times.
    ///
    /// # Errors
    ///
    /// [`Error::LabelledFormat`] if the name does not end in `.jsonl`; a line is not a record with a text and a label.
    pub fn read(&self) -> Result<Vec<LabelledText>> {
        let is_jsonl = self
            .path
            .extension()
            .is_some_and(|extension| extension == "jsonl");
        if !is_jsonl {
            return Err(Error::LabelledFormat {
                path: self.path.clone(),
            });
        }
        if !self.path.exists() || fs_err::read(&self.path)?.trim_ascii().is_empty() {
            return Ok(Vec::new());
        }
        let mut options = ReadOptions::default();
        options.label_rule = feedback_dataset::read::LabelRule::Required;
        let dataset = feedback_dataset::read::read(&self.path, &options, OnBadRow::Fail);
        let dataset = dataset.map_err(feedback_dataset::Error::from)?;
        let mut answers: Vec<LabelledText> = Vec::new();
        for row in dataset.rows {
            let text = row.record.text().to_owned();
            answers.retain(|other| other.text != text);
            answers.push(LabelledText::new(text, row.record.label().unwrap_or_default()));
        }
        Ok(answers)
    }

    /// Writes an answer to the end of the file and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn append(&self, text: &str, label: &str) -> Result<()> {
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs_err::create_dir_all(folder)?;
        }
        let mut file = fs_err::OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&self.path)?;
        let mut last = [b'\n'];
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        let separator = if last == [b'\n'] { "" } else { "\n" };
        writeln!(file, "{separator}{}", line(text, label))?;
        Ok(file.sync_all()?)
    }

    /// Removes the last line if it is this answer; returns false, and changes nothing, if it is not.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub fn remove_last(&self, text: &str, label: &str) -> Result<bool> {
        let bytes = fs_err::read(&self.path)?;
        let ending = format!("{}\n", line(text, label));
        let Some(kept) = bytes.strip_suffix(ending.as_bytes()) else {
            return Ok(false);
        };
        let file = fs_err::OpenOptions::new().write(true).open(&self.path)?;
        file.set_len(kept.len() as u64)?;
        file.sync_all()?;
        Ok(true)
    }
}

fn line(text: &str, label: &str) -> String {
    json!({ "text": text, "label": label }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_appended_replaced_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = LabelledFile::new(folder.path().join("new/labelled.jsonl"));
        assert_eq!(file.read().unwrap(), []);
        for (text, label) in [("a \"b\"\n", "bug"), ("c", "praise"), ("a \"b\"\n", "praise")] {
            file.append(text, label).unwrap();
        }
        let found = |file: &LabelledFile| -> Vec<(String, String)> {
            let answers = file.read().unwrap().into_iter();
            answers.map(|answer| (answer.text, answer.label)).collect()
        };
        let pair = |text: &str, label: &str| (text.to_owned(), label.to_owned());
        assert_eq!(found(&file), [pair("c", "praise"), pair("a \"b\"\n", "praise")]);
        assert!(
            !file.remove_last("c", "praise").unwrap(),
            "it is not the last line"
        );
        assert!(file.remove_last("a \"b\"\n", "praise").unwrap());
        assert_eq!(found(&file), [pair("a \"b\"\n", "bug"), pair("c", "praise")]);
        fs_err::write(file.path(), "{\"text\":\"x\",\"label\":\"y\",\"id\":1}").unwrap();
        file.append("z", "bug").unwrap();
        assert_eq!(found(&file), [pair("x", "y"), pair("z", "bug")]);
        assert!(file.remove_last("z", "bug").unwrap());
        assert!(fs_err::read_to_string(file.path()).unwrap().contains("\"id\":1"));
        fs_err::write(file.path(), "").unwrap();
        assert_eq!(file.read().unwrap(), []);
        let table = LabelledFile::new(folder.path().join("labelled.csv"));
        assert!(table.read().unwrap_err().to_string().contains("labelled.csv"));
    }
}
