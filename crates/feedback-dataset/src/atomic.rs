//! Files that are there whole or not at all.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::Error;

/// Writes a file so that a reader, and a crash, sees the old one or the new one, never half of it.
///
/// The content goes to a temporary file in the same folder, which is synced and then renamed. If
/// `write` fails, what stood at `path` is untouched and nothing is left behind.
///
/// # Errors
///
/// What `write` returns, and [`Error::Write`].
///
/// # Examples
///
/// ```
/// use std::io::Write;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("notes.txt");
/// feedback_dataset::atomic_write(&path, |writer| Ok(writeln!(writer, "whole")?))?;
/// assert_eq!(fs_err::read_to_string(&path)?, "whole\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn atomic_write<T>(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut dyn Write) -> Result<T, WriteError>,
) -> Result<T, Error> {
    let path = path.as_ref();
    let file = temporary_beside(path)?;
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    let value = write(&mut writer).map_err(|error| error.at(path))?;
    let file = writer
        .into_inner()
        .map_err(|error| write_error(path, error.into_error()))?;
    persist(file, path)?;
    Ok(value)
}

/// What can go wrong while the content of a file is made: its writing, or anything else of this crate.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Bytes could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The content could not be made.
    #[error(transparent)]
    Content(#[from] Error),
}

impl WriteError {
    /// The error of this crate, with the path that an I/O error lacks.
    #[must_use]
    pub fn at(self, path: &Path) -> Error {
        match self {
            Self::Io(source) => write_error(path, source),
            Self::Content(error) => error,
        }
    }
}

/// An unfinished file in the folder of `path`, removed again unless it is persisted.
pub(crate) fn temporary_beside(path: &Path) -> Result<NamedTempFile, Error> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".part");
    // Without this the file would be readable by its owner only; the umask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
        .tempfile_in(folder)
        .map_err(|error| write_error(path, error))
}

/// Syncs the file and puts it into its place.
pub(crate) fn persist(file: NamedTempFile, path: &Path) -> Result<(), Error> {
    file.as_file()
        .sync_all()
        .map_err(|error| write_error(path, error))?;
    file.persist(path)
        .map_err(|error| write_error(path, error.error))?;
    sync_folder(path);
    Ok(())
}

pub(crate) fn write_error(path: &Path, source: io::Error) -> Error {
    Error::Write {
        path: path.to_path_buf(),
        source,
    }
}

/// Makes the rename itself last through a power cut, where the system can.
fn sync_folder(path: &Path) {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if let Ok(folder) = fs_err::File::open(folder) {
        // Some systems cannot sync a folder; the file itself is whole either way.
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        atomic_write(&path, |writer| Ok(writer.write_all(b"old")?)).unwrap();
        let failed = atomic_write(&path, |writer| {
            writer.write_all(b"half")?;
            Err::<(), _>(Error::NoLabels.into())
        });
        assert!(matches!(failed, Err(Error::NoLabels)));
        assert_eq!(fs_err::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_error_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no").join("a.txt");
        let error = atomic_write(&path, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("a.txt"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        let atomic = folder.path().join("atomic");
        fs_err::write(&plain, "a").unwrap();
        atomic_write(&atomic, |writer| Ok(writer.write_all(b"a")?)).unwrap();
        let mode = |path| fs_err::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(plain), mode(atomic));
    }
}
