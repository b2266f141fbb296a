//! What a split was made from and what it holds.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::duplicates::DuplicateSummary;
use crate::error::Error;
use crate::split::{SplitOptions, SplitSize};

/// The name of the manifest in the folder of a split.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The version of the manifest's format that this crate writes.
pub const MANIFEST_FORMAT_VERSION: u32 = 1;

/// The content of `manifest.json`. It holds no time and no absolute path, so the same split of the
/// same file has the same bytes everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitManifest {
    /// [`MANIFEST_FORMAT_VERSION`] when it was written.
    pub format_version: u32,
    /// The file that was split.
    pub input: ManifestInput,
    /// How it was split.
    pub options: ManifestOptions,
    /// The generator behind the seed.
    pub generator: String,
    /// Train, validation and test.
    pub splits: ManifestSplits,
    /// Duplicates in the whole input.
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
    /// What else had a say, such as `group_by`, by name.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The three parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestSplits {
    /// Rows to learn from.
    pub train: ManifestPart,
    /// Rows to choose by.
    pub validation: ManifestPart,
    /// Rows to report on.
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
    /// Rows of each label, in the order of the label set; every label of the input is named, also with 0.
    pub labels: Map<String, Value>,
}

/// What the caller knows about a split beyond its indices.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitManifestInfo {
    /// How it was split.
    pub options: SplitOptions,
    /// The label names in the order of their ids.
    pub labels: Vec<String>,
    /// What else had a say, such as `group_by`; it is kept under `options`.
    pub more: Map<String, Value>,
}

impl SplitManifest {
    /// Reads the manifest in the folder of a split.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], or [`Error::Manifest`] where it cannot be understood.
    pub fn read(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let path = folder.as_ref().join(MANIFEST_FILE);
        let text = fs_err::read_to_string(&path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|source| Error::Manifest { path, source })
    }
}
