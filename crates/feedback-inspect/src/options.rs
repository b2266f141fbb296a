//! What an inspection checks and what it writes.

use std::path::{Path, PathBuf};

use feedback_dataset::labels::LabelAliases;
use feedback_dataset::read::{OnBadRow, ReadOptions};

use crate::error::{Error, Result};
use crate::fix::{self, Fix, FixOptions};

/// What an inspection checks and what it writes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InspectOptions {
    /// How all files are read. By default, rows need no label.
    pub read: ReadOptions,
    /// What to do with unusable rows.
    pub on_bad_row: OnBadRow,
    /// The field with the date of a row; `None` (the default) finds it by the names and values of the fields.
    pub date_field: Option<String>,
    /// A file of label aliases. They replace the aliases in `read` and are applied before everything else.
    pub aliases: Option<PathBuf>,
    /// Files that should have no text in common with the inspected file.
    pub against: Vec<PathBuf>,
    /// An older version of the file.
    pub diff: Option<PathBuf>,
    /// Whether to look for wrong labels, and how.
    pub label_errors: LabelErrors,
    /// Where to write the probabilities that are used to find wrong labels; with [`LabelErrors::Skip`], nothing is written.
    pub write_probabilities: Option<PathBuf>,
    /// What to fix; nothing by default.
    pub fix: Option<FixOptions>,
    /// Whether outputs may overwrite existing files. Inputs are never overwritten.
    pub force: bool,
}

impl InspectOptions {
    /// Returns options for all checks that need no other file and no training.
    pub fn new(read: ReadOptions) -> Self {
        Self {
            read,
            on_bad_row: OnBadRow::SetAside,
            date_field: None,
            aliases: None,
            against: Vec::new(),
            diff: None,
            label_errors: LabelErrors::Skip,
            write_probabilities: None,
            fix: None,
            force: false,
        }
    }

    pub(crate) fn fixes(&self, fix: Fix) -> bool {
        self.fix.as_ref().is_some_and(|options| options.has(fix))
    }

    /// Returns `read`, without its aliases if the option `aliases` is set. The aliases of the option are applied after reading, so
    /// that the changed rows can be counted.
    pub(crate) fn as_in_the_file(&self) -> ReadOptions {
        let mut read = self.read.clone();
        if self.aliases.is_some() {
            read.aliases = LabelAliases::default();
        }
        read
    }

    /// Refuses unusable outputs before the inspection starts, because it can take hours.
    pub(crate) fn check_outputs(&self, input: &Path) -> Result<()> {
        let mut read: Vec<&Path> = vec![input];
        read.extend(self.against.iter().map(PathBuf::as_path));
        let optional = [&self.aliases, &self.diff].into_iter().flatten();
        read.extend(optional.map(PathBuf::as_path));
        if let LabelErrors::Probabilities(path) = &self.label_errors {
            read.push(path);
        }
        let output = self.fix.as_ref().map(|fix| fix.output.as_path());
        let probabilities = self.write_probabilities.as_deref();
        if let Some(path) = output.filter(|path| Some(*path) == probabilities) {
            return Err(Error::SameOutput {
                path: path.to_owned(),
            });
        }
        for path in [output, probabilities].into_iter().flatten() {
            fix::check_output(path, self.force, &read)?;
        }
        Ok(())
    }
}

/// How to look for wrong labels.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelErrors {
    /// Do not look for them.
    Skip,
    /// Use out-of-fold probabilities from a file: one line for each usable row, with its `scores`.
    Probabilities(PathBuf),
    /// Predict each fold with TF-IDF and logistic regression, fitted on the other folds.
    Baseline {
        /// Number of folds, at least 2.
        folds: usize,
        /// Seed for shuffling the folds.
        seed: u64,
    },
}
