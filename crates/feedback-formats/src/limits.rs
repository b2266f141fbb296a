//! How much is read.

use serde::{Deserialize, Serialize};

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
    /// Maximum number of nested containers, such as a `.gz` in a `.zip`; 2 by default. A spreadsheet is not a container.
    pub max_containers: u8,
    /// Maximum number of rows of a spreadsheet, Parquet or Arrow file; 100 million by default.
    pub max_rows: u64,
    /// Maximum number of columns of a spreadsheet, Parquet or Arrow file; 16,384 by default, as in Excel.
    pub max_columns: usize,
    /// The longest cell of a spreadsheet, in bytes of UTF-8; 16 MiB by default. A row with a longer one is a bad row.
    pub max_cell_bytes: usize,
    /// Maximum memory for the rows of a sheet, in bytes; 1 GiB by default. It also limits the expanded size of what the sheets of
    /// a workbook share, such as texts. In memory, this shared content can take a few times as much. The rows of other formats
    /// are not kept in memory.
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
