//! What to read from a file, and how much.

use serde::{Deserialize, Serialize};

/// What to read from a file that has several tables or files, and how much of it. Start from [`FormatOptions::default`] and
/// change what differs.
///
/// With the feature `clap`, the options are also command-line arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Reading files")
)]
#[serde(default)]
#[non_exhaustive]
pub struct FormatOptions {
    /// The file to read from a zip archive that has several
    ///
    /// Its path within the archive, or only its name if no other file has the same name. Default: the only file in the archive.
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The sheet to read from a spreadsheet
    ///
    /// Default: the only visible sheet with data, or the one with the most cells.
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The row of a sheet that names the columns, from 1
    ///
    /// Default: among the first 50 rows with data, the first one that contains the name of the text field, or the first one that
    /// is as wide as the rows below it.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_row: Option<u64>,
    /// The limits.
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(skip_serializing_if = "is_default")]
    pub limits: Limits,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How much is read. Each limit has its own error, which names the limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Limits {
    /// Maximum number of bytes to which compressed content expands, all parts of a spreadsheet together; 4 GiB by default. It also
    /// limits content that arrives as a stream and must be stored, because its format cannot be read in one pass.
    pub max_expanded_bytes: u64,
    /// Maximum ratio of the expanded to the compressed size, applied after 16 MiB of expanded content; 250 by default. Deflate
    /// reaches 1030 and Zstandard far more, but only for content that repeats itself; texts reach 3 to 20.
    pub max_ratio: u32,
    /// Maximum number of containers in each other, such as a `.gz` in a `.zip`; 2 by default. A spreadsheet is not a container.
    pub max_containers: u8,
    /// Maximum number of rows of a spreadsheet, Parquet or Arrow file; 100 million by default.
    pub max_rows: u64,
    /// Maximum number of columns of a spreadsheet, Parquet or Arrow file; 16,384 by default, as in Excel.
    pub max_columns: usize,
    /// The longest cell of a spreadsheet, in bytes of UTF-8; 16 MiB by default. A row with a longer one is a bad row.
    pub max_cell_bytes: usize,
    /// Maximum memory for the rows of a sheet, in bytes; 1 GiB by default. It also limits the expanded size of what the sheets of
    /// a workbook share, such as its texts, which can take a few times as much memory. The rows of other formats are not kept in
    /// memory.
    pub max_sheet_bytes: usize,
    /// Maximum size of a batch of an Arrow file, in bytes, before and after its decompression; 1 GiB by default.
    pub max_batch_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_expanded_bytes: 4 << 30,
            max_ratio: 250,
            max_containers: 2,
            max_rows: 100_000_000,
            max_columns: 16_384,
            max_cell_bytes: 16 << 20,
            max_sheet_bytes: 1 << 30,
            max_batch_bytes: 1 << 30,
        }
    }
}
