//! Folders that are complete or absent.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Action, Error, Result};
use crate::location::{REMOVED, UNFINISHED, hidden_beside, parent_of};
use crate::permissions::follow_umask;
use crate::sync::{sync_folder, sync_tree};

/// A folder that is being written next to its final path. It is removed if it is dropped without
/// [`AtomicFolder::commit`], [`AtomicFolder::replace`] or [`AtomicFolder::supersede`].
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
    /// Creates the temporary folder, and the parent folders of `target` if they are missing.
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

    /// Returns the temporary folder, into which the content must be written.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Changes the name of the final folder, for a name that is known only after the content is written.
    pub fn renamed_to(mut self, name: &str) -> Self {
        self.target.set_file_name(name);
        self
    }

    /// Syncs the content, renames the temporary folder to the final path, and syncs the parent folder.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], also if a file or a folder with content already exists at the final path.
    pub fn commit(self) -> Result<()> {
        sync_tree(self.path())?;
        self.rename()
    }

    /// Like [`AtomicFolder::commit`], but an existing folder at the final path is first renamed to its [`previous_path`]. An older
    /// folder at the previous path is removed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; the existing folder is then still at the final path.
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

    /// Like [`AtomicFolder::commit`], but an existing folder at the final path is removed, and a folder at
    /// its [`previous_path`] stays unchanged. This suits a run that writes a folder more than once: the
    /// result of the previous run is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; the existing folder is then still at the final path, unless only its removal failed.
    pub fn supersede(self) -> Result<()> {
        sync_tree(self.path())?;
        let target = self.target.clone();
        if !target.exists() {
            return self.rename();
        }
        let old = hidden_beside(&target, name_of(&target)?, REMOVED);
        if old.exists() {
            remove_folder(&old)?; // left behind by a process that was killed
        }
        rename(&target, &old)?;
        let renamed = self.rename();
        match renamed {
            Ok(()) => remove_folder(&old),
            Err(error) => {
                rename(&old, &target)?;
                Err(error)
            }
        }
    }

    fn rename(self) -> Result<()> {
        rename(self.temporary.path(), &self.target)?;
        // The temporary folder was renamed, so there is nothing left to clean up.
        let _ = self.temporary.keep();
        sync_folder(parent_of(&self.target));
        Ok(())
    }
}

/// Returns the path at which [`AtomicFolder::replace`] keeps the folder that it replaces: `<path>.previous`.
#[must_use]
pub fn previous_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".previous");
    name.into()
}

/// Removes a folder with its content. The folder is renamed first, so that no other process sees a partly
/// removed folder.
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
