//! Syncs files and folders to disk, so that their content and names survive a power cut.

use std::path::Path;

use crate::error::{Action, Error, Result};

/// Waits until the content of a file is on disk.
///
/// # Errors
///
/// [`Error::Io`].
pub fn sync_file(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    // Windows syncs only a file that is open for writing. On other systems, opening it for reading is enough; that also works
    // for a read-only file.
    std::fs::OpenOptions::new()
        .read(true)
        .write(cfg!(windows))
        .open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::from_io(Action::Sync, path, error))
}

/// Syncs the names in a folder to disk, if the system can do so.
pub(crate) fn sync_folder(folder: &Path) {
    #[cfg(test)]
    record::note(folder);
    if let Ok(folder) = std::fs::File::open(folder) {
        // Some systems cannot sync a folder; the files themselves are complete either way.
        let _ = folder.sync_all();
    }
}

/// Syncs a folder with all files and folders in it.
pub(crate) fn sync_tree(folder: &Path) -> Result<()> {
    let unreadable = |error| Error::from_io(Action::Read, folder, error);
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            sync_tree(&entry.path())?;
        } else if kind.is_file() {
            sync_file(entry.path())?;
        }
    }
    sync_folder(folder);
    Ok(())
}

/// Records the folder syncs of the current thread for tests: the folder, and the names in it at the time of the sync.
#[cfg(test)]
pub(crate) mod record {
    use std::cell::RefCell;
    use std::path::{Path, PathBuf};

    thread_local! {
        static SYNCED: RefCell<Vec<(PathBuf, Vec<String>)>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn note(folder: &Path) {
        let mut names: Vec<String> = fs_err::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        SYNCED.with_borrow_mut(|synced| synced.push((folder.to_path_buf(), names)));
    }

    pub(crate) fn last() -> Option<(PathBuf, Vec<String>)> {
        SYNCED.with_borrow(|synced| synced.last().cloned())
    }
}
