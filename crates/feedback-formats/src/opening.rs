//! A file while its containers are opened, and the result.

use std::path::{Path, PathBuf};

use feedback_dataset::read::{ReadOptions, Reader};

use crate::column_kind::Column;
use crate::contents::{Container, Contents, FileFormat, Sheet};
use crate::error::FormatError;
use crate::limits::Limits;

/// The rows of a file, and what the file is.
#[derive(Debug)]
#[non_exhaustive]
pub struct Source<'a> {
    /// Yields the rows.
    pub reader: Reader<'a>,
    /// What was found in the file.
    pub contents: Contents,
}

/// A file that is being opened.
pub(crate) struct Opening<'o> {
    pub(crate) path: PathBuf,
    pub(crate) read: &'o ReadOptions,
    pub(crate) limits: &'o Limits,
    /// Whether `read.member` named a split of a folder that was opened.
    pub(crate) is_split: bool,
    /// The containers that were opened.
    containers: Vec<Container>,
}

impl<'o> Opening<'o> {
    pub(crate) fn new(path: &Path, read: &'o ReadOptions, limits: &'o Limits) -> Self {
        Self {
            path: path.to_path_buf(),
            read,
            limits,
            is_split: false,
            containers: Vec::new(),
        }
    }

    /// Adds a container, unless there are too many.
    pub(crate) fn enter(&mut self, container: Container) -> Result<(), FormatError> {
        let limit = self.limits.max_containers;
        if self.containers.len() >= usize::from(limit) {
            return Err(FormatError::TooDeep { limit });
        }
        self.containers.push(container);
        Ok(())
    }

    /// The name of the file in the containers: the name in a zip archive, or the path without `.gz` or `.zst`.
    pub(crate) fn inner_name(&self) -> PathBuf {
        let mut name = self.path.clone();
        for container in &self.containers {
            match container {
                Container::Gzip | Container::Zstandard => {
                    let ending = name
                        .extension()
                        .and_then(|ending| ending.to_str())
                        .unwrap_or_default();
                    if ["gz", "gzip", "zst", "zstd"].contains(&ending.to_ascii_lowercase().as_str()) {
                        name.set_extension("");
                    }
                }
                Container::Zip { member, .. } => name = PathBuf::from(member),
            }
        }
        name
    }

    pub(crate) fn source<'a>(
        self,
        reader: Reader<'a>,
        format: FileFormat,
        sheet: Option<Sheet>,
        typed_columns: Vec<Column>,
    ) -> Result<Source<'a>, FormatError> {
        self.refuse_missing_parts(sheet.is_some())?;
        let contents = Contents {
            containers: self.containers,
            format,
            sheet,
            typed_columns,
            remarks: Vec::new(),
        };
        Ok(Source { reader, contents })
    }

    /// Refuses options that choose a part of a file that has no such parts.
    fn refuse_missing_parts(&self, has_sheets: bool) -> Result<(), FormatError> {
        if let (false, Some(sheet)) = (has_sheets, &self.read.sheet) {
            return Err(FormatError::NoSheets { sheet: sheet.clone() });
        }
        let is_zip = |container: &Container| matches!(container, Container::Zip { .. });
        match &self.read.member {
            Some(member) if !self.is_split && !self.containers.iter().any(is_zip) => {
                Err(FormatError::NoMembers {
                    member: member.clone(),
                })
            }
            _ => Ok(()),
        }
    }
}
