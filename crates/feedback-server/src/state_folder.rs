//! The state folder. Only its owner can read it, only one server at a time uses it, and files left by a killed server are removed.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use feedback_files::make_private;

use crate::error::{Error, Result};

/// Prefix of the file name of an upload until it is received and checked.
pub(crate) const UNFINISHED: &str = ".upload-";
const LOCK: &str = ".lock";
/// The file with the id of the last erasure whose texts have been removed from all files.
pub(crate) const ERASED_THROUGH: &str = "erased-through.json";
/// The file of the SQLite store.
pub(crate) const DATABASE: &str = "feedback.sqlite";
/// The copy of what can be read from a damaged database.
const SALVAGED: &str = "feedback.salvaged.sqlite";
/// Number of attempts to lock the folder, and the time between them.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// An open, locked state folder. The operating system releases the lock when the process ends, even if it is killed.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    _lock: File,
}

impl StateFolder {
    /// Opens and locks the folder. Creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// [`Error::StateInUse`] if another server uses the folder.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        fs_err::create_dir_all(path)?;
        make_private(path)?;
        let folder = Self {
            path: path.to_owned(),
            _lock: lock(path)?,
        };
        folder.sweep()?;
        Ok(folder)
    }

    /// Creates the database file if it does not exist, makes it readable by its owner only, and returns its path. SQLite gives its
    /// other files the same permissions.
    pub(crate) fn database(&self) -> Result<PathBuf> {
        let path = self.path.join(DATABASE);
        let mut new = OpenOptions::new();
        new.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        fs_err::OpenOptions::from_options(new).open(&path)?;
        for ending in ["", "-wal", "-shm"] {
            let file = self.path.join(format!("{DATABASE}{ending}"));
            if file.exists() {
                make_private(file)?;
            }
        }
        Ok(path)
    }

    /// Returns the path for a copy of a damaged database. Removes an earlier copy, because it contains texts.
    pub(crate) fn salvaged(&self) -> Result<PathBuf> {
        for ending in ["", "-wal", "-shm"] {
            match fs_err::remove_file(self.path.join(format!("{SALVAGED}{ending}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(self.path.join(SALVAGED))
    }

    /// Removes uploads that were not received completely.
    fn sweep(&self) -> Result<()> {
        let uploads = self.path.join("uploads");
        if !uploads.is_dir() {
            return Ok(());
        }
        for entry in fs_err::read_dir(uploads)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs_err::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let (mut file, _) = fs_err::OpenOptions::from_options(options)
        .open(&path)?
        .into_parts();
    for attempt in 1.. {
        match file.try_lock() {
            Ok(()) => break,
            // A server that was just asked to stop may still hold the lock.
            Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                // Without the process ID, the message is less useful but still correct.
                let _ = file.read_to_string(&mut process);
                return Err(Error::StateInUse {
                    path: folder.to_owned(),
                    process: process.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

impl StateFolder {
    /// Removes uploaded files that belong to no batch. A server that is killed while it adds or rewrites a file leaves such files.
    pub(crate) fn sweep_unknown(&self, known: &HashSet<String>) -> Result<()> {
        let uploads = self.path.join("uploads");
        if !uploads.is_dir() {
            return Ok(());
        }
        for entry in fs_err::read_dir(uploads)? {
            let entry = entry?;
            let name = entry.file_name();
            if !known.contains(&*name.to_string_lossy()) && entry.path().is_file() {
                tracing::warn!(file = %entry.path().display(), "removing a file that belongs to no batch");
                fs_err::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Checks that the database exists if the folder was used before.
    ///
    /// # Errors
    ///
    /// [`Error::Unusable`] if the folder was used before, but its database is missing or empty.
    pub(crate) fn check_database(&self) -> Result<()> {
        let database = self.path.join(DATABASE);
        let is_empty = fs_err::metadata(&database).map_or(true, |found| found.len() == 0);
        let was_used = self.path.join(ERASED_THROUGH).exists()
            || fs_err::read_dir(self.path.join("uploads")).is_ok_and(|mut files| files.next().is_some());
        if is_empty && was_used {
            return Err(Error::unusable(
                format!(
                    "`{}` is missing or empty, but the state folder was used before",
                    database.display()
                ),
                "restore a backup, or name a new folder as `state_dir`",
            ));
        }
        Ok(())
    }
}

/// Returns the size of the SQLite database with its write-ahead log, in bytes; 0 if there is none.
pub(crate) fn database_size(state_dir: &Path) -> u64 {
    let files = [DATABASE.to_owned(), format!("{DATABASE}-wal")];
    let sizes = files.map(|name| fs_err::metadata(state_dir.join(name)).map_or(0, |file| file.len()));
    sizes.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_server_at_a_time_uses_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let first = StateFolder::open(&path).unwrap();
        let error = StateFolder::open(&path).unwrap_err();
        let process = std::process::id().to_string();
        assert!(
            matches!(&error, Error::StateInUse { process: found, .. } if *found == process),
            "{error}"
        );
        drop(first);
        StateFolder::open(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        fs_err::create_dir(&path).unwrap();
        // The permissions that an earlier version set.
        fs_err::write(path.join(DATABASE), "").unwrap();
        fs_err::set_permissions(path.join(DATABASE), std::fs::Permissions::from_mode(0o644)).unwrap();
        let state = StateFolder::open(&path).unwrap();
        let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&state.database().unwrap())), (0o700, 0o600));
    }

    #[test]
    fn incomplete_uploads_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = folder.path().join("uploads");
        fs_err::create_dir(&uploads).unwrap();
        fs_err::write(uploads.join(format!("{UNFINISHED}abc")), "half").unwrap();
        fs_err::write(uploads.join("whole"), "whole").unwrap();
        let _state = StateFolder::open(folder.path()).unwrap();
        let names: Vec<_> = fs_err::read_dir(uploads)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["whole"]);
    }
}
