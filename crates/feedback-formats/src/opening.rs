//! A file while its containers are opened, and the result.

use std::path::{Path, PathBuf};

use feedback_dataset::read::{ReadOptions, Reader};

use crate::contents::{Container, Contents, FileFormat, Sheet};
use crate::error::FormatError;
use crate::options::FormatOptions;

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
    pub(crate) formats: &'o FormatOptions,
    /// The containers that were opened.
    containers: Vec<Container>,
}

impl<'o> Opening<'o> {
    pub(crate) fn new(path: &Path, read: &'o ReadOptions, formats: &'o FormatOptions) -> Self {
        Self {
            path: path.to_path_buf(),
            read,
            formats,
            containers: Vec::new(),
        }
    }

    /// Adds a container, unless there are too many.
    pub(crate) fn enter(&mut self, container: Container) -> Result<(), FormatError> {
        let limit = self.formats.limits.max_containers;
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
    ) -> Source<'a> {
        let contents = Contents {
            containers: self.containers,
            format,
            sheet,
        };
        Source { reader, contents }
    }
}
