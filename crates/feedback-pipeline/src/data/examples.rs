//! Labelled texts in memory.

use std::path::{Path, PathBuf};

use feedback_clean::Cleaning;
use feedback_dataset::read::{LabelRule, OnBadRow, ReadOptions};
use feedback_dataset::text::fingerprint;
use feedback_dataset::{Dataset, LabelSet};
use feedback_formats::read;

use crate::error::{DataError, Result};

/// The labelled texts of one file, with their line numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// The file.
    pub path: PathBuf,
    /// The texts.
    pub texts: Vec<String>,
    /// The class id of each text.
    pub labels: Vec<usize>,
    /// The line of each text in the file.
    pub lines: Vec<u64>,
}

impl Examples {
    /// Converts a data set to examples, with class ids from `labels`.
    ///
    /// # Errors
    ///
    /// A row has no label, or a label that is not in `labels`. The error names the file and the line.
    pub fn new(dataset: &Dataset, labels: &LabelSet) -> Result<Self> {
        Ok(Self {
            path: dataset.path.clone(),
            texts: dataset.texts().into_iter().map(str::to_owned).collect(),
            labels: labels.encode(dataset)?,
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

    /// Returns the number of texts that differ from those of the rows that they come from.
    pub fn n_cleaned(&self, dataset: &Dataset) -> usize {
        let pairs = self.texts.iter().zip(dataset.texts());
        pairs.filter(|(text, original)| text != original).count()
    }

    /// Returns the texts as slices.
    pub fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }

    /// Returns all rows except the rows with these indices, which must be in ascending order.
    pub fn without(self, rows: &[usize]) -> Self {
        let kept: Vec<usize> = (0..self.len())
            .filter(|index| rows.binary_search(index).is_err())
            .collect();
        Self {
            texts: kept.iter().map(|&index| self.texts[index].clone()).collect(),
            labels: kept.iter().map(|&index| self.labels[index]).collect(),
            lines: kept.iter().map(|&index| self.lines[index]).collect(),
            path: self.path,
        }
    }

    /// Returns the rows with these indices, in the order of the indices.
    ///
    /// # Panics
    ///
    /// An index is too large.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            path: self.path.clone(),
            texts: rows.iter().map(|&row| self.texts[row].clone()).collect(),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
            lines: rows.iter().map(|&row| self.lines[row]).collect(),
        }
    }

    /// Returns these training rows without the leaked rows, which have the indices `rows`.
    ///
    /// If a label loses all its examples, this is an error, because the model would never predict that label.
    pub fn drop_leaked(&self, rows: &[usize], labels: &LabelSet) -> Result<Self> {
        let kept = self.clone().without(rows);
        if kept.is_empty() {
            return Err(DataError::NothingToTrain {
                path: self.path.clone(),
                rows: self.len(),
            }
            .into());
        }
        let count = |examples: &Self, class| examples.labels.iter().filter(|&&label| label == class).count();
        let emptied = (0..labels.len()).find(|&class| count(self, class) > 0 && count(&kept, class) == 0);
        if let Some(class) = emptied {
            return Err(DataError::LabelLost {
                path: self.path.clone(),
                label: labels.name(class).unwrap_or_default().to_owned(),
                rows: count(self, class),
            }
            .into());
        }
        Ok(kept)
    }

    /// Returns a hash of each text as 16 hex digits. Texts that are equal after normalising have equal hashes.
    pub fn fingerprints(&self) -> Vec<String> {
        self.texts.iter().map(|text| fingerprint_hex(text)).collect()
    }
}

/// Returns the hash of a text after normalising, as 16 hex digits.
pub(crate) fn fingerprint_hex(text: &str) -> String {
    format!("{:016x}", fingerprint(text))
}

/// Cleans the texts of a data set, and returns how many changed.
pub fn clean_texts(dataset: &mut Dataset, cleaning: Cleaning) -> usize {
    let mut n_changed = 0;
    for row in &mut dataset.rows {
        if let Some(cleaned) = cleaning.changed(row.record.text()) {
            row.record.set(row.record.text_field().to_owned(), cleaned);
            n_changed += 1;
        }
    }
    n_changed
}

/// Reads a file in which every row must have a label.
///
/// # Errors
///
/// The errors of [`read`].
pub fn read_labelled(path: &Path, options: &ReadOptions, on_bad_row: OnBadRow) -> Result<Dataset> {
    let mut options = options.clone();
    options.label_rule = LabelRule::Required;
    Ok(read(path, &options, on_bad_row)?)
}
