//! The file with the answers of a person: labelled texts, as training reads them.

use std::io::Write;
use std::path::{Path, PathBuf};

use feedback_dataset::read::{OnBadRow, ReadOptions};
use serde_json::json;

use crate::error::Result;

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
    /// A line is not a record with a text and a label.
    pub fn read(&self) -> Result<Vec<LabelledText>> {
        if !self.path.exists() {
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
            .append(true)
            .open(&self.path)?;
        writeln!(file, "{}", json!({ "text": text, "label": label }))?;
        Ok(file.sync_all()?)
    }

    /// Removes the last answer, which must be about this text.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub fn remove(&self, text: &str) -> Result<()> {
        let kept: Vec<LabelledText> = self
            .read()?
            .into_iter()
            .filter(|answer| answer.text != text)
            .collect();
        let lines: String = kept
            .iter()
            .map(|answer| format!("{}\n", json!({ "text": answer.text, "label": answer.label })))
            .collect();
        Ok(feedback_files::write_bytes(&self.path, lines)?)
    }
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
        file.remove("c").unwrap();
        assert_eq!(found(&file), [pair("a \"b\"\n", "praise")]);
    }
}
