//! The manifest of a split: its input, options and content.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::duplicates::DuplicateSummary;
use crate::error::ReadError;
use crate::labels::LabelSet;
use crate::open::read_error;
use crate::split::{SplitOptions, SplitSize};

/// The name of the manifest in the folder of a split.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The version of the manifest's format that this crate writes.
pub const MANIFEST_FORMAT_VERSION: u32 = 1;

/// The content of `manifest.json`. It contains no timestamp and no absolute path, so splitting the same file with the same
/// options gives the same bytes on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitManifest {
    /// The value of [`MANIFEST_FORMAT_VERSION`] when the manifest was written.
    pub format_version: u32,
    /// The file that was split.
    pub input: ManifestInput,
    /// How it was split.
    pub options: ManifestOptions,
    /// The random number generator that was seeded with `options.seed`.
    pub generator: String,
    /// Train, validation and test.
    pub splits: ManifestSplits,
    /// Duplicates in the complete input.
    pub duplicates: DuplicateSummary,
}

/// The file that was split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestInput {
    /// Its name, without folders.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows that were split.
    pub rows: usize,
    /// Rows that could not be used.
    pub set_aside: usize,
}

/// How the file was split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestOptions {
    /// See [`SplitOptions::test_size`].
    pub test_size: SplitSize,
    /// See [`SplitOptions::validation_size`].
    pub validation_size: SplitSize,
    /// See [`SplitOptions::seed`].
    pub seed: u64,
    /// Other options, such as `group_by`, by name.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The three parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestSplits {
    /// Rows to train on.
    pub train: ManifestPart,
    /// Rows for choosing the best model.
    pub validation: ManifestPart,
    /// Rows for the final evaluation.
    pub test: ManifestPart,
}

/// One of the three files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestPart {
    /// Its name.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its rows.
    pub rows: usize,
    /// Number of rows of each label, in the order of the label set. Labels of the input that have no rows in this part are
    /// included with 0.
    pub labels: Map<String, Value>,
}

/// The information about a split that the manifest contains in addition to the row counts.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SplitManifestInfo {
    /// How it was split.
    pub options: SplitOptions,
    /// The label names in the order of their ids.
    pub labels: Vec<String>,
    /// Other options, such as `group_by`; they are written under `options`.
    pub more: Map<String, Value>,
    /// Number of rows that were set aside after reading, because of their labels.
    pub set_aside: usize,
}

impl SplitManifestInfo {
    /// Returns the information for a split with these options and labels.
    #[must_use]
    pub fn new(options: SplitOptions, labels: &LabelSet) -> Self {
        Self {
            options,
            labels: labels.names().to_vec(),
            more: Map::new(),
            set_aside: 0,
        }
    }

    /// Adds another option, such as `group_by`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.more.insert(name.into(), value.into());
        self
    }
}

impl SplitManifest {
    /// Reads the manifest in the folder of a split.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`], or [`ReadError::Manifest`] if the file is not a manifest in this format.
    pub fn read(folder: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = folder.as_ref().join(MANIFEST_FILE);
        let text = fs_err::read_to_string(&path).map_err(|source| read_error(&path, source))?;
        serde_json::from_str(&text).map_err(|source| ReadError::Manifest { path, source })
    }
}
