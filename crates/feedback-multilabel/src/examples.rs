//! Texts with any number of labels in memory.

use std::path::PathBuf;

use feedback_dataset::LabelSet;
use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_dataset::text::fingerprint;
use feedback_pipeline::data::Examples;

use crate::error::Result;
use crate::read::LabelLists;

/// Texts with the class ids of their labels, and their line numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiLabelExamples {
    /// The file.
    pub path: PathBuf,
    /// The texts.
    pub texts: Vec<String>,
    /// The class ids of each text, in ascending order, each once.
    pub labels: Vec<Vec<usize>>,
    /// The line of each text in the file.
    pub lines: Vec<u64>,
}

impl MultiLabelExamples {
    /// Converts texts with label names to examples, with class ids from `labels`.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownLabel`](crate::Error::UnknownLabel).
    pub fn new(lists: &LabelLists, labels: &LabelSet) -> Result<Self> {
        let dataset = &lists.dataset;
        Ok(Self {
            path: dataset.path.clone(),
            texts: dataset.texts().into_iter().map(str::to_owned).collect(),
            labels: lists.encode(labels)?,
            lines: dataset.rows.iter().map(|row| row.line).collect(),
        })
    }

    /// Returns the number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns true if there are no texts.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Returns the texts as slices.
    pub fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }

    /// Returns whether each text has each label, one text after another.
    pub fn table(&self, n_labels: usize) -> Vec<bool> {
        let mut table = vec![false; self.len() * n_labels];
        for (row, labels) in table.chunks_exact_mut(n_labels.max(1)).zip(&self.labels) {
            labels.iter().for_each(|&label| row[label] = true);
        }
        table
    }

    /// Returns the number of texts with each label.
    pub fn counts(&self, n_labels: usize) -> Vec<usize> {
        let mut counts = vec![0; n_labels];
        self.labels.iter().flatten().for_each(|&label| counts[label] += 1);
        counts
    }

    /// Returns the duplicate group of each text, so that resampling draws equal texts together.
    pub fn groups(&self) -> Vec<usize> {
        duplicate_groups(self.texts(), DuplicateKind::Normalised)
    }

    /// Returns a hash of each text as 16 hex digits. Texts that are equal after normalising have equal hashes.
    pub fn fingerprints(&self) -> Vec<String> {
        let hash = |text: &String| format!("{:016x}", fingerprint(text));
        self.texts.iter().map(hash).collect()
    }

    /// Returns all texts except those with these indices, which must be in ascending order.
    pub(crate) fn without(&self, rows: &[usize]) -> Self {
        let kept = (0..self.len()).filter(|row| rows.binary_search(row).is_err());
        let kept: Vec<usize> = kept.collect();
        Self {
            path: self.path.clone(),
            texts: kept.iter().map(|&row| self.texts[row].clone()).collect(),
            labels: kept.iter().map(|&row| self.labels[row].clone()).collect(),
            lines: kept.iter().map(|&row| self.lines[row]).collect(),
        }
    }

    /// Returns file, texts and lines in the form that messages about leaks need.
    pub(crate) fn places(&self) -> Examples {
        Examples {
            path: self.path.clone(),
            texts: self.texts.clone(),
            labels: Vec::new(),
            lines: self.lines.clone(),
        }
    }
}
