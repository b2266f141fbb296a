//! Files that are there whole or not at all.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::{self, Error};

/// Writes a file so that a reader, and a crash, sees the old one or the new one, never half of it.
///
/// The content goes to a temporary file in the same folder, which is synced and then renamed. If
/// `write` fails, what stood at `path` is untouched and nothing is left behind. A symbolic link stays one: the file that
/// it leads to is replaced, if it is there. A [stream](is_stream) cannot be replaced and is written as it is.
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
    if is_stream(path) {
        let file = fs_err::OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(|error| write_error(path, error))?;
        return Ok(write_buffered(file, path, write)?.0);
    }
    // An error names the path as it was given. What leads nowhere yet has no other name.
    let target = fs_err::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let (value, file) = write_buffered(temporary_beside(&target)?, path, write)?;
    persist(file, &target)?;
    Ok(value)
}

fn write_buffered<T, W: Write>(
    file: W,
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, WriteError>,
) -> Result<(T, W), Error> {
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    let value = write(&mut writer).map_err(|error| error.at(path))?;
    let file = writer
        .into_inner()
        .map_err(|error| write_error(path, error.into_error()))?;
    Ok((value, file))
}

/// True for a pipe, a device, and what this process has open already, such as `/dev/stdout`, wherever that leads to.
#[must_use]
pub fn is_stream(path: impl AsRef<Path>) -> bool {
    let path = path.as_ref();
    let open = ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"];
    open.iter().any(|own| path.starts_with(own))
        || fs_err::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
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
            Self::Io(source) => write_error(path, source).into(),
            Self::Content(error) => error,
        }
    }
}

impl From<error::WriteError> for WriteError {
    fn from(error: error::WriteError) -> Self {
        match error {
            error::WriteError::Output(error) => Self::Io(error),
            other => Self::Content(other.into()),
        }
    }
}

/// An unfinished file in the folder of `path`, removed again unless it is persisted.
pub(crate) fn temporary_beside(path: &Path) -> Result<NamedTempFile, error::WriteError> {
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
pub(crate) fn persist(file: NamedTempFile, path: &Path) -> Result<(), error::WriteError> {
    file.as_file()
        .sync_all()
        .map_err(|error| write_error(path, error))?;
    file.persist(path)
        .map_err(|error| write_error(path, error.error))?;
    sync_folder(path);
    Ok(())
}

pub(crate) fn write_error(path: &Path, source: io::Error) -> error::WriteError {
    error::WriteError::Io {
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
    use crate::error::LabelError;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        atomic_write(&path, |writer| Ok(writer.write_all(b"old")?)).unwrap();
        let failed = atomic_write(&path, |writer| {
            writer.write_all(b"half")?;
            Err::<(), _>(WriteError::Content(LabelError::NoLabels.into()))
        });
        assert!(matches!(failed, Err(Error::Label(LabelError::NoLabels))));
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
    fn a_link_stays_a_link_and_its_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let (file, link) = (elsewhere.path().join("file"), folder.path().join("link"));
        fs_err::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        atomic_write(&link, |writer| Ok(writer.write_all(b"new")?)).unwrap();
        assert!(fs_err::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs_err::read_to_string(&file).unwrap(), "new");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_and_not_replaced() {
        // A socket cannot be opened as a file: the error shows that it was tried, and that nothing took its place.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let error = atomic_write(&path, |writer| Ok(writer.write_all(b"a")?)).unwrap_err();
        assert!(matches!(error, Error::Write(_)), "{error}");
        assert!(is_stream(&path));
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_gets_the_content() {
        use std::io::Read;
        use std::os::fd::AsRawFd;
        let (mut reader, writer) = io::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
        atomic_write(path, |writer| Ok(writer.write_all(b"through")?)).unwrap();
        drop(writer);
        let mut found = String::new();
        reader.read_to_string(&mut found).unwrap();
        assert_eq!(found, "through");
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
