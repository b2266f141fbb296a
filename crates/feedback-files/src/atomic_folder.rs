//! Folders that are complete or absent.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Action, Error, Result};
use crate::location::{REMOVED, UNFINISHED, hidden_beside, parent_of};
use crate::permissions::follow_umask;
use crate::sync::{sync_folder, sync_tree};

/// A folder that is being written beside its final place; dropped without [`AtomicFolder::commit`] or
/// [`AtomicFolder::replace`] it is removed.
///
/// # Examples
///
/// ```
/// use feedback_files::{AtomicFolder, previous_path};
///
/// let place = tempfile::tempdir()?;
/// let target = place.path().join("model");
/// for version in ["1", "2"] {
///     let folder = AtomicFolder::create(&target)?;
///     fs_err::write(folder.path().join("version"), version)?;
///     folder.replace()?;
/// }
/// assert_eq!(fs_err::read_to_string(target.join("version"))?, "2");
/// assert_eq!(fs_err::read_to_string(previous_path(&target).join("version"))?, "1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "without `commit` or `replace` the folder is not written"]
#[derive(Debug)]
pub struct AtomicFolder {
    temporary: TempDir,
    target: PathBuf,
}

impl AtomicFolder {
    /// Begins a folder; the folders above it are created where they are missing.
    ///
    /// # Errors
    ///
    /// [`Error::NoFolderName`] or [`Error::Io`].
    pub fn create(target: impl AsRef<Path>) -> Result<Self> {
        let target = target.as_ref();
        let name = name_of(target)?.to_string_lossy();
        let parent = parent_of(target);
        let failed = |error: io::Error| Error::from_io(Action::CreateFolder, target, error);
        std::fs::create_dir_all(parent).map_err(failed)?;
        let prefix = format!(".{name}-");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(UNFINISHED);
        follow_umask(&mut builder, 0o777);
        Ok(Self {
            temporary: builder.tempdir_in(parent).map_err(failed)?,
            target: target.to_path_buf(),
        })
    }

    /// Where the content is to be written.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Changes the final place to one beside it, for a name that is only known from the content.
    pub fn renamed_to(mut self, name: &str) -> Self {
        self.target.set_file_name(name);
        self
    }

    /// Syncs the content, renames it to the final place, and syncs the folder above.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], also where the place is taken.
    pub fn commit(self) -> Result<()> {
        sync_tree(self.path())?;
        self.rename()
    }

    /// As [`AtomicFolder::commit`]; a folder that stands at the place is kept as its [`previous_path`], and an older one
    /// there is removed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; the old folder then still stands at the place.
    pub fn replace(self) -> Result<()> {
        sync_tree(self.path())?;
        if !self.target.exists() {
            return self.rename();
        }
        let (target, previous) = (self.target.clone(), previous_path(&self.target));
        if previous.exists() {
            remove_folder(&previous)?;
        }
        rename(&target, &previous)?;
        let renamed = self.rename();
        if renamed.is_err() {
            rename(&previous, &target)?;
        }
        renamed
    }

    fn rename(self) -> Result<()> {
        rename(self.temporary.path(), &self.target)?;
        // Renamed away, there is nothing left to clean up.
        let _ = self.temporary.keep();
        sync_folder(parent_of(&self.target));
        Ok(())
    }
}

/// Where [`AtomicFolder::replace`] keeps the folder that it replaces: `<path>.previous`.
#[must_use]
pub fn previous_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".previous");
    name.into()
}

/// Removes a folder with its content: renamed first, so that it is never seen in part.
///
/// # Errors
///
/// [`Error::NoFolderName`] or [`Error::Io`].
pub fn remove_folder(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let removed = hidden_beside(path, name_of(path)?, REMOVED);
    let remove = |path: &Path| {
        std::fs::remove_dir_all(path).map_err(|error| Error::from_io(Action::Remove, path, error))
    };
    if removed.exists() {
        remove(&removed)?; // left behind by a process that was killed
    }
    rename(path, &removed)?;
    remove(&removed)
}

fn name_of(path: &Path) -> Result<&OsStr> {
    path.file_name().ok_or_else(|| Error::NoFolderName {
        path: path.to_path_buf(),
    })
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(|error| Error::from_io(Action::Rename, to, error))
}

#[cfg(test)]
mod tests;
