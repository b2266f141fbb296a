//! What an inspection looks at and what it writes.

use std::path::{Path, PathBuf};

use feedback_dataset::labels::LabelAliases;
use feedback_dataset::read::{OnBadRow, ReadOptions};

use crate::error::{Error, Result};
use crate::fix::{self, Fix, FixOptions};

/// What an inspection looks at.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InspectOptions {
    /// How all files are read. Rows need no label, whatever this says.
    pub read: ReadOptions,
    /// What to do about unusable rows.
    pub on_bad_row: OnBadRow,
    /// A file of label aliases, applied before everything else, in place of those of `read`.
    pub aliases: Option<PathBuf>,
    /// Files that should share no text with this one.
    pub against: Vec<PathBuf>,
    /// An older version of the file.
    pub diff: Option<PathBuf>,
    /// Whether to look for wrong labels, and how.
    pub label_errors: LabelErrors,
    /// Where to write the probabilities of [`LabelErrors::Baseline`].
    pub write_probabilities: Option<PathBuf>,
    /// What to fix; nothing by default.
    pub fix: Option<FixOptions>,
    /// Whether existing files may be overwritten. Files that are read never are.
    pub force: bool,
}

impl InspectOptions {
    /// Looks at everything that needs no other file and no training.
    pub fn new(read: ReadOptions) -> Self {
        Self {
            read,
            on_bad_row: OnBadRow::SetAside,
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

    /// How to read with the labels as they are in the file, if `aliases` are applied after it: so the renamed rows are counted.
    pub(crate) fn as_in_the_file(&self) -> ReadOptions {
        let mut read = self.read.clone();
        if self.aliases.is_some() {
            read.aliases = LabelAliases::default();
        }
        read
    }

    /// Refuses unusable outputs before hours of work rather than after.
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
    /// By out-of-fold probabilities in a file: one line for each usable row, with its `scores`.
    Probabilities(PathBuf),
    /// By TF-IDF and logistic regression, fitted on the other folds.
    Baseline {
        /// Number of folds, at least 2.
        folds: usize,
        /// Seed of the folds.
        seed: u64,
    },
}
