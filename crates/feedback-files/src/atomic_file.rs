//! Files that are complete or absent.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Action, Error, Result};
use crate::location::{UNFINISHED, parent_of};
use crate::permissions::follow_umask;
use crate::sync::{sync_file, sync_folder};

/// Writes a file atomically: at any time, even after a crash, the file has either its complete old content or its complete new
/// content.
///
/// The content goes to a temporary file in the same folder, which is synced and then renamed; the folder is synced as well.
/// If `write` fails, the file at `path` is unchanged and no temporary file is left behind. If `path` is a symbolic link to an
/// existing file, the link is kept and this file is replaced. A [stream](is_stream) cannot be replaced and is written directly.
///
/// If producing the content can fail with other errors than I/O errors, use [`AtomicFile`].
///
/// # Errors
///
/// [`Error::Io`], also for an error that `write` returns.
///
/// # Examples
///
/// ```
/// use std::io::Write;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("notes.txt");
/// feedback_files::write_file(&path, |writer| writeln!(writer, "complete"))?;
/// assert_eq!(fs_err::read_to_string(&path)?, "complete\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_file<T>(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> Result<T> {
    let path = path.as_ref();
    let mut file = AtomicFile::create(path)?;
    let value = write(&mut file).map_err(|error| Error::from_io(Action::Write, path, error))?;
    file.commit()?;
    Ok(value)
}

/// Writes bytes to a file atomically, as [`write_file`] does.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_bytes(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    write_file(path, |writer| writer.write_all(bytes.as_ref()))
}

/// Syncs a file that was written at `from`, moves it to `to` on the same file system, and syncs the folder of `to`.
///
/// For files that are written by a library which accepts only a path.
///
/// # Errors
///
/// [`Error::Io`].
pub fn move_into_place(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<()> {
    let (from, to) = (from.as_ref(), to.as_ref());
    sync_file(from)?;
    std::fs::rename(from, to).map_err(|error| Error::from_io(Action::Rename, to, error))?;
    sync_folder(parent_of(to));
    Ok(())
}

/// True if the path is a pipe, a device or a socket, or names a file that this process has open, such as `/dev/stdout`. The latter may
/// be a regular file, to which the output is redirected.
#[must_use]
pub fn is_stream(path: impl AsRef<Path>) -> bool {
    let path = path.as_ref();
    let open = ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"];
    open.iter().any(|own| path.starts_with(own))
        || std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// A file that is being written atomically, as [`write_file`] does. The file at the path does not change
/// before [`AtomicFile::commit`], unless the path is a [stream](is_stream).
///
/// Writing is buffered. If writing fails, the [`io::Error`] names the path.
///
/// # Examples
///
/// ```
/// use std::io::Write;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("notes.txt");
/// let mut file = feedback_files::AtomicFile::create(&path)?;
/// writeln!(file, "complete")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(fs_err::read_to_string(&path)?, "complete\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "without `commit` the file is not written"]
#[derive(Debug)]
pub struct AtomicFile {
    /// The path as the caller gave it.
    path: PathBuf,
    /// Whether only the owner may read the new file, even if the file that it replaces has other permissions.
    private: bool,
    writer: BufWriter<Destination>,
}

/// Where the bytes go until the file is committed.
#[derive(Debug)]
enum Destination {
    Temporary { file: NamedTempFile, target: PathBuf },
    Stream(std::fs::File),
}

impl AtomicFile {
    /// Starts writing a file. It gets the permissions of the file that it replaces, or the default ones if it replaces none.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the folder of the file cannot be written to, if a stream cannot be opened, or if the path is a link that
    /// belongs to another user. Such a link is refused because, in a folder that others can write to, it can point to any file.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        Self::begin(path.as_ref(), false)
    }

    /// Starts writing a file that only its owner can read and write.
    ///
    /// # Errors
    ///
    /// The same errors as [`AtomicFile::create`].
    pub fn create_private(path: impl AsRef<Path>) -> Result<Self> {
        Self::begin(path.as_ref(), true)
    }

    fn begin(path: &Path, private: bool) -> Result<Self> {
        let failed = |error| Error::from_io(Action::Write, path, error);
        refuse_foreign_link(path).map_err(failed)?;
        let destination = if is_stream(path) {
            std::fs::OpenOptions::new()
                .append(true)
                .open(path)
                .map(Destination::Stream)
        } else {
            // Resolves links; errors still name the path as it was given. A file that does not exist yet cannot be resolved.
            let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
            temporary_beside(&target, private).map(|file| Destination::Temporary { file, target })
        };
        Ok(Self {
            path: path.to_path_buf(),
            private,
            writer: BufWriter::with_capacity(1 << 16, destination.map_err(failed)?),
        })
    }

    /// Syncs the content, renames it to its path, and syncs the folder.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; the file at the path is then unchanged.
    pub fn commit(self) -> Result<()> {
        let Self {
            path,
            private,
            writer,
        } = self;
        let path = path.as_path();
        let failed = |action| move |error| Error::from_io(action, path, error);
        let destination = writer
            .into_inner()
            .map_err(|error| failed(Action::Write)(error.into_error()))?;
        let Destination::Temporary { file, target } = destination else {
            return Ok(());
        };
        if !private && let Ok(replaced) = std::fs::metadata(&target) {
            file.as_file()
                .set_permissions(replaced.permissions())
                .map_err(failed(Action::SetPermissions))?;
        }
        file.as_file().sync_all().map_err(failed(Action::Sync))?;
        file.persist(&target)
            .map_err(|error| failed(Action::Rename)(error.error))?;
        sync_folder(parent_of(&target));
        Ok(())
    }

    fn name_path(&self, error: io::Error) -> io::Error {
        Error::from_io(Action::Write, &self.path, error).into()
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes).map_err(|error| self.name_path(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().map_err(|error| self.name_path(error))
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Temporary { file, .. } => file.as_file_mut().write(bytes),
            Self::Stream(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Temporary { file, .. } => file.as_file_mut().flush(),
            Self::Stream(file) => file.flush(),
        }
    }
}

/// Refuses a link that belongs to another user. Links of root are accepted, because they are part of the system.
#[cfg(unix)]
fn refuse_foreign_link(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let Ok(found) = std::fs::symlink_metadata(path) else {
        return Ok(());
    };
    let own = rustix::process::geteuid().as_raw();
    if found.is_symlink() && ![0, own].contains(&found.uid()) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the path is a link that belongs to another user",
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_foreign_link(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Creates a temporary file in the folder of `path`; it is removed when dropped, unless it is persisted.
fn temporary_beside(path: &Path, private: bool) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(UNFINISHED);
    if !private {
        follow_umask(&mut builder, 0o666);
    }
    builder.tempfile_in(parent_of(path))
}

#[cfg(test)]
mod tests;
