//! What is left out of the texts of a recipe.

use std::path::PathBuf;

use serde::Serialize;

/// How many texts of a file are not used, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// The file.
    pub file: PathBuf,
    /// Number of rows in the file.
    pub rows: usize,
    /// Number of rows whose text is equal to an earlier text after normalising.
    pub duplicates: usize,
    /// Number of rows whose text is held out for evaluation, or nearly equal to a held-out text.
    pub held_out: usize,
}
