//! Writes records as JSON lines, CSV and TSV, and splits as folders with a manifest.

mod manifest;
mod records;
mod split_folder;

pub use crate::error::WriteError;
pub use manifest::{
    MANIFEST_FILE, MANIFEST_FORMAT_VERSION, ManifestInput, ManifestOptions, ManifestPart, ManifestSplits,
    SplitManifest, SplitManifestInfo,
};
pub use records::{CsvWriter, JsonlWriter};
pub use split_folder::{WriteOutcome, write_split};
