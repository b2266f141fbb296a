//! Making content and names last through a power cut.

use std::path::Path;

use crate::error::{Action, Error, Result};

/// Waits until the disk holds a file's content.
///
/// # Errors
///
/// [`Error::Io`].
pub fn sync_file(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    // Windows syncs only what is open for writing; elsewhere reading is enough, and a file may be read-only.
    std::fs::OpenOptions::new()
        .read(true)
        .write(cfg!(windows))
        .open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::from_io(Action::Sync, path, error))
}

/// Makes the names in a folder last, where the system can.
pub(crate) fn sync_folder(folder: &Path) {
    #[cfg(test)]
    record::note(folder);
    if let Ok(folder) = std::fs::File::open(folder) {
        // Some systems cannot sync a folder; the files themselves are complete either way.
        let _ = folder.sync_all();
    }
}

/// Syncs all files below a folder, and the folders that hold them.
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

/// What a test sees of the syncs of its thread: the folder, and the names in it at that moment.
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
