//! Opens files and reports common mistakes with specific errors.

use std::io;
use std::path::Path;

use fs_err::File;

use crate::error::ReadError;

/// Opens a file. A missing file and a folder have separate error variants.
///
/// # Errors
///
/// [`ReadError::MissingFile`], [`ReadError::IsFolder`] or [`ReadError::Io`].
pub fn open_file(path: &Path) -> Result<File, ReadError> {
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(ReadError::IsFolder {
                path: path.to_path_buf(),
            });
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ReadError::MissingFile {
                path: path.to_path_buf(),
            });
        }
        Err(error) => return Err(read_error(path, error)),
    }
    File::open(path).map_err(|error| read_error(path, error))
}

/// Restores a [`ContentError`](crate::error::ContentError) that a reader below passed on as an I/O error.
pub(crate) fn read_error(path: &Path, source: io::Error) -> ReadError {
    let path = path.to_path_buf();
    match source.downcast() {
        Ok(source) => ReadError::Content { path, source },
        Err(source) => ReadError::Io { path, source },
    }
}
