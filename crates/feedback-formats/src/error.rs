//! The errors of this crate.

use std::io;
use std::path::Path;

use feedback_dataset::read::{ContentError, ReadError};

use crate::foreign::Foreign;

/// Why the content of a file cannot be read.
///
/// Functions return it within [`ReadError::Content`]; [`FormatError::of`] finds it there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The file is of a kind that is not read.
    #[error("it is {0}")]
    Foreign(Foreign),

    /// The program was built without the reader of this format.
    #[error("it is {format}, and this program was built without the feature `{feature}`")]
    NotBuilt {
        /// The format, with an article.
        format: &'static str,
        /// The feature of this crate that reads it.
        feature: &'static str,
    },

    /// The content is encrypted.
    #[error("{what} is protected by a password")]
    Encrypted {
        /// What is encrypted.
        what: String,
    },

    /// The content does not follow its format, or ends too early.
    #[error("the {what} is damaged: {message}")]
    Damaged {
        /// The format or container.
        what: &'static str,
        /// What its decoder reported.
        message: String,
    },

    /// A zip archive has no file.
    #[error("the zip archive contains no file")]
    EmptyArchive,

    /// A zip archive has several files, and none was chosen.
    #[error("the zip archive contains {} files: {}", found.len(), list(found))]
    SeveralMembers {
        /// Their names.
        found: Vec<String>,
    },

    /// A zip archive does not have the chosen file.
    #[error("the zip archive has no file `{member}`, it has {}", list(found))]
    MissingMember {
        /// The chosen file.
        member: String,
        /// The files in the archive.
        found: Vec<String>,
    },

    /// A folder of Hugging Face's `datasets` has several splits, and none was chosen.
    #[error("the folder contains {} splits: {}", found.len(), list(found))]
    SeveralSplits {
        /// Their names.
        found: Vec<String>,
    },

    /// A folder of Hugging Face's `datasets` does not have the chosen split.
    #[error("the folder has no split `{split}`, it has {}", list(found))]
    MissingSplit {
        /// The chosen split.
        split: String,
        /// The splits of the folder.
        found: Vec<String>,
    },

    /// A file in a zip archive is compressed with an unusual method.
    #[error(
        "`{member}` in the zip archive is compressed with {method}, expected Deflate, Zstandard or no compression"
    )]
    Compression {
        /// The file in the archive.
        member: String,
        /// The method.
        method: String,
    },

    /// Containers are nested too deeply.
    #[error("it is nested in more than {limit} compressed containers")]
    TooDeep {
        /// The limit.
        limit: u8,
    },

    /// The content expands to too many bytes.
    #[error("its content is longer than the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },

    /// The content expands more than honest data do.
    #[error("it expands to more than {limit} times its size, as only a decompression bomb does")]
    Bomb {
        /// The limit of the ratio.
        limit: u32,
    },

    /// A table has too many rows.
    #[error("the table has more rows than the limit of {limit}")]
    TooManyRows {
        /// The limit.
        limit: u64,
    },

    /// A table has too many columns.
    #[error("the table has {found} columns, the limit is {limit}")]
    TooManyColumns {
        /// The number of columns, or the number at which counting ended.
        found: usize,
        /// The limit.
        limit: usize,
    },

    /// A sheet does not fit into the memory that a sheet may use.
    #[error("the sheet `{sheet}` takes more than the limit of {limit} bytes of memory")]
    SheetTooLarge {
        /// The sheet.
        sheet: String,
        /// The limit in bytes.
        limit: usize,
    },

    /// A spreadsheet does not have the chosen sheet.
    #[error("there is no sheet `{sheet}`, the file has {}", list(found))]
    MissingSheet {
        /// The chosen sheet.
        sheet: String,
        /// The sheets of the file.
        found: Vec<String>,
    },

    /// A sheet was chosen, and the file is not a spreadsheet.
    #[error("it is not a spreadsheet, and the sheet `{sheet}` was asked for")]
    NoSheets {
        /// The chosen sheet.
        sheet: String,
    },

    /// A member was chosen, and the file is not a zip archive.
    #[error("it is not a zip archive, and its file `{member}` was asked for")]
    NoMembers {
        /// The chosen file.
        member: String,
    },

    /// No sheet of a spreadsheet has data.
    #[error("none of its sheets has data")]
    EmptySheets,

    /// The chosen header row has no cells.
    #[error("row {row} of the sheet `{sheet}` is empty, expected the names of the columns")]
    EmptyHeader {
        /// The sheet.
        sheet: String,
        /// The row, from 1.
        row: u64,
    },

    /// A column has a type without a form as text.
    #[error("the column `{column}` has the type {data_type}, which has no form as JSON")]
    ColumnType {
        /// The column, with its path if nested.
        column: String,
        /// Its type.
        data_type: String,
    },

    /// The content has a feature of its format that is not supported.
    #[error("the {what} uses a part of its format that is not supported: {message}")]
    Unsupported {
        /// The format.
        what: &'static str,
        /// The feature.
        message: String,
    },
}

impl FormatError {
    /// Finds the error of this crate in an error of reading.
    ///
    /// ```
    /// use feedback_formats::{FormatError, Limits, from_bytes};
    ///
    /// let error = from_bytes(b"%PDF-1.7".to_vec(), "report", &Default::default(), &Limits::default()).unwrap_err();
    /// assert!(matches!(FormatError::of(&error), Some(FormatError::Foreign(_))));
    /// assert!(error.hint().is_some_and(|hint| hint.contains("export")));
    /// ```
    #[must_use]
    pub fn of(error: &ReadError) -> Option<&Self> {
        match error {
            ReadError::Content { source, .. } => source.cause().downcast_ref(),
            _ => None,
        }
    }

    /// What to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::Foreign(foreign) => foreign.hint(),
            Self::NotBuilt { .. } => "save the data as CSV, or build the program with this feature",
            Self::Encrypted { .. } => "save a copy without a password",
            Self::Damaged { .. } => {
                "check that the file was written and transferred completely, or export it again"
            }
            Self::EmptyArchive => "check that the archive was written completely",
            Self::SeveralMembers { .. } | Self::MissingMember { .. } => {
                "name the file in the archive (`member`)"
            }
            Self::SeveralSplits { .. } | Self::MissingSplit { .. } => "name the split (`member`)",
            Self::Compression { .. } => "pack the file again with the usual compression (Deflate)",
            Self::TooDeep { .. } => "unpack the file first",
            Self::TooLarge { .. } | Self::TooManyRows { .. } => "split the file into smaller ones",
            Self::SheetTooLarge { .. } => "save the sheet as CSV, which is read row by row",
            Self::Bomb { .. } => "unpack the file first if you trust it",
            Self::TooManyColumns { .. } => "remove the columns that are not needed",
            Self::MissingSheet { .. } => "name one of these sheets (`sheet`)",
            Self::NoSheets { .. } => "leave out the sheet (`sheet`), or name another file",
            Self::NoMembers { .. } => "leave out the file (`member`), or name another archive",
            Self::EmptySheets => "check that the table was saved in this file",
            Self::EmptyHeader { .. } => {
                "name the row with the names of the columns (`skip_rows` is the number of rows above it)"
            }
            Self::ColumnType { .. } => "leave this column out, or convert it to text",
            Self::Unsupported { .. } => "write the file again with ordinary settings, or as CSV",
        };
        hint.to_string()
    }

    fn into_content(self) -> ContentError {
        let hint = Some(self.hint());
        ContentError::new(self, hint)
    }

    /// Turns an error of a decoder into [`FormatError::Damaged`]. Errors of this crate and errors that the operating system
    /// reported stay unchanged.
    pub(crate) fn from_decoder(what: &'static str, error: io::Error) -> io::Error {
        let ours = error.get_ref().is_some_and(|inner| inner.is::<ContentError>());
        if ours || error.raw_os_error().is_some() {
            return error;
        }
        let message = error.to_string();
        Self::Damaged { what, message }.into()
    }

    /// Adds the path to an error that arose while reading.
    pub(crate) fn from_io(path: &Path, error: io::Error) -> ReadError {
        let path = path.to_path_buf();
        match error.downcast() {
            Ok(source) => ReadError::Content { path, source },
            Err(source) => ReadError::Io { path, source },
        }
    }
}

impl From<FormatError> for io::Error {
    fn from(error: FormatError) -> Self {
        io::Error::other(error.into_content())
    }
}

/// Maximum number of names in a message.
const MAX_NAMES: usize = 10;

/// Lists names from a file in quotes. If there are too many, states how many were left out.
pub(crate) fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_string();
    }
    let shown: Vec<String> = names
        .iter()
        .take(MAX_NAMES)
        .map(|name| format!("`{}`", short(name)))
        .collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Shortens a name and leaves out control characters, since names come from the file.
fn short(name: &str) -> String {
    let visible = name.chars().filter(|c| !c.is_control());
    let mut text: String = visible.clone().take(60).collect();
    if visible.count() > 60 {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The programs have no options for these limits.
    #[test]
    fn no_hint_asks_for_another_limit() {
        let sheet = "a".to_owned();
        for error in [
            FormatError::TooLarge { limit: 1 },
            FormatError::TooManyRows { limit: 1 },
            FormatError::TooManyColumns { found: 2, limit: 1 },
            FormatError::SheetTooLarge { sheet, limit: 1 },
        ] {
            let hint = error.hint();
            assert!(!hint.is_empty() && !hint.contains("limit"), "{hint}");
        }
    }
}
