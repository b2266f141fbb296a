//! Permissions of files and folders.

use std::path::Path;

use crate::error::Result;

/// Lets everybody read a file or enter a folder, and its owner write to it.
///
/// For files that other libraries write: these often have the permissions of a temporary file, which only its owner may read.
///
/// # Errors
///
/// [`Error::Io`](crate::Error::Io). On systems without Unix permissions, this function does nothing.
#[cfg(unix)]
pub fn make_readable(path: impl AsRef<Path>) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    use crate::error::{Action, Error};

    let path = path.as_ref();
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .map_err(|error| Error::from_io(Action::SetPermissions, path, error))
}

/// Does nothing: this system has no Unix permissions.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn make_readable(_path: impl AsRef<Path>) -> Result<()> {
    Ok(())
}

/// Lets only the owner read or change a file, or enter a folder.
///
/// # Errors
///
/// [`Error::Io`](crate::Error::Io). On systems without Unix permissions, this function does nothing.
#[cfg(unix)]
pub fn make_private(path: impl AsRef<Path>) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    use crate::error::{Action, Error};

    let path = path.as_ref();
    let mode = if path.is_dir() { 0o700 } else { 0o600 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .map_err(|error| Error::from_io(Action::SetPermissions, path, error))
}

/// Does nothing: this system has no Unix permissions.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn make_private(_path: impl AsRef<Path>) -> Result<()> {
    Ok(())
}

/// Gives a temporary file or folder the permissions that any new one has: `mode`, restricted by the umask.
#[cfg(unix)]
pub(crate) fn follow_umask(builder: &mut tempfile::Builder<'_, '_>, mode: u32) {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
}

#[cfg(not(unix))]
pub(crate) fn follow_umask(_builder: &mut tempfile::Builder<'_, '_>, _mode: u32) {}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_private_file_and_folder_become_readable_and_private_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
        make_readable(file.path()).unwrap();
        make_readable(folder.path()).unwrap();
        let mode = |path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file.path()), mode(folder.path())), (0o644, 0o755));
        make_private(file.path()).unwrap();
        make_private(folder.path()).unwrap();
        assert_eq!((mode(file.path()), mode(folder.path())), (0o600, 0o700));
    }
}
