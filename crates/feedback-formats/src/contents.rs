//! What was found in a file.

use feedback_dataset::read::Format;

use crate::column_kind::Column;
use crate::error::list;

/// What a file contains, as far as it is known before its rows are read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// The containers around the rows, the outermost first.
    pub containers: Vec<Container>,
    /// How the rows are stored.
    pub format: FileFormat,
    /// The sheet of a spreadsheet; `None` for other formats.
    pub sheet: Option<Sheet>,
    /// The columns whose values have a type that JSON lacks or does not state: those of Parquet and Arrow with single values, and those
    /// of a spreadsheet that contain dates or times. A table that is written with them keeps these types.
    pub typed_columns: Vec<Column>,
    /// Further things that are not read, one sentence each without a full stop.
    pub remarks: Vec<String>,
}

impl Contents {
    /// What was not read and what was skipped: other files of an archive, other sheets, rows above the header, cells with errors.
    /// Each entry is a sentence without a full stop. Empty rows of a sheet are not listed.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for container in &self.containers {
            if let Container::Zip { member, others } = container
                && !others.is_empty()
            {
                notes.push(format!(
                    "`{member}` is read from the archive, not {}",
                    list(others)
                ));
            }
        }
        if let Some(sheet) = &self.sheet {
            sheet.add_notes(&mut notes);
        }
        notes.extend_from_slice(&self.remarks);
        notes
    }
}

/// A container around a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Container {
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstandard,
    /// A zip archive.
    Zip {
        /// The file that is read.
        member: String,
        /// The other files in the archive.
        others: Vec<String>,
    },
}

/// How rows are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileFormat {
    /// A text format.
    Text(Format),
    /// Excel since 2007: `.xlsx` and `.xlsm`.
    Xlsx,
    /// Excel before 2007: `.xls`.
    Xls,
    /// An OpenDocument spreadsheet: `.ods`.
    Ods,
    /// Parquet.
    Parquet,
    /// Arrow IPC with a footer, also called Feather: `.arrow`, `.feather`.
    ArrowFile,
    /// Arrow IPC as a stream: `.arrows`, and the files of Hugging Face's `datasets`.
    ArrowStream,
    /// A training file of Rasa in YAML.
    Rasa,
}

impl FileFormat {
    /// A short name, such as `xlsx`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text(format) => format.name(),
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Ods => "ods",
            Self::Parquet => "parquet",
            Self::ArrowFile => "arrow",
            Self::ArrowStream => "arrows",
            Self::Rasa => "rasa",
        }
    }
}

/// The sheet that is read, and what was left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// The row with the names of the columns, from 1.
    pub header_row: u64,
    /// Number of rows with text above the header, such as a title.
    pub title_rows: u64,
    /// Number of empty rows between the header and the last row.
    pub empty_rows: u64,
    /// Number of cells with an error such as `#N/A`. They are read as missing values.
    pub error_cells: u64,
    /// Number of cells with a formula whose result is not in the file, because the program that wrote it did not calculate. They are
    /// read as missing values.
    pub cells_without_result: u64,
    /// Number of cells with an integer above 2^53, which may have lost its last digits.
    pub rounded_cells: u64,
    /// The other sheets of the file.
    pub others: Vec<OtherSheet>,
}

impl Sheet {
    fn add_notes(&self, notes: &mut Vec<String>) {
        if !self.others.is_empty() {
            let others: Vec<String> = self.others.iter().map(|sheet| sheet.name.clone()).collect();
            notes.push(format!(
                "the sheet `{}` is read, not {}",
                self.name,
                list(&others)
            ));
        }
        let rows = |n: u64| {
            if n == 1 {
                "1 row".to_string()
            } else {
                format!("{n} rows")
            }
        };
        if self.title_rows > 0 {
            notes.push(format!(
                "row {} names the columns; {} above it are not read",
                self.header_row,
                rows(self.title_rows)
            ));
        }
        let mut add = |cells: u64, what: &str| match cells {
            0 => {}
            1 => notes.push(format!("1 cell {what}")),
            _ => notes.push(format!("{cells} cells {what}")),
        };
        add(self.error_cells, "with an error such as #N/A, read as missing");
        add(
            self.cells_without_result,
            "with a formula whose result is not in the file, read as missing; open the file in a spreadsheet program and save it",
        );
        add(
            self.rounded_cells,
            "with an integer above 2^53, whose last digits may be lost; write such ids as text",
        );
    }
}

/// A sheet that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherSheet {
    /// Its name.
    pub name: String,
    /// Number of cells with a value; `None` if they were not counted, because another sheet was chosen.
    pub cells: Option<u64>,
    /// Whether the sheet is hidden. A hidden sheet is read only if it is chosen.
    pub hidden: bool,
}
