//! Hashes, JSON files, and files and folders that are written under a temporary name and renamed.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// SHA-256 of a file, as 64 hex digits.
///
/// # Errors
///
/// [`Error::Io`] naming the path.
pub(crate) fn sha256_of(path: &Path) -> Result<String> {
    let mut file = fs_err::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Writes a value as indented JSON.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string_pretty(value).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })?;
    Ok(fs_err::write(path, json + "\n")?)
}

/// Writes a file under a temporary name in its folder and renames it.
pub(crate) fn write_beside(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    make_readable(path, 0o644)
}

/// Lets `write` fill a temporary folder beside `folder`, then renames it to `folder`. A folder of that name is kept, with
/// `.previous` appended.
pub(crate) fn save_beside(folder: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let name = folder.file_name().ok_or_else(|| Error::NotAModelFolder {
        path: folder.to_owned(),
        reason: "the path has no last part".into(),
        hint: "give a folder's name, as in models/feedback_classifier".into(),
    })?;
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs_err::create_dir_all(parent)?;
    let temporary = tempfile::Builder::new()
        .prefix(&format!(".{}-", name.to_string_lossy()))
        .tempdir_in(parent)?;
    write(temporary.path())?;
    swap_in(temporary, folder)
}

fn swap_in(temporary: tempfile::TempDir, folder: &Path) -> Result<()> {
    let mut previous = folder.as_os_str().to_owned();
    previous.push(".previous");
    let previous = PathBuf::from(previous);
    make_readable(temporary.path(), 0o755)?;
    let replaces = folder.exists();
    if replaces {
        if previous.exists() {
            fs_err::remove_dir_all(&previous)?;
        }
        fs_err::rename(folder, &previous)?;
    }
    if let Err(error) = fs_err::rename(temporary.path(), folder) {
        if replaces {
            fs_err::rename(&previous, folder)?;
        }
        return Err(error.into());
    }
    // It was renamed: there is nothing to clean up.
    let _ = temporary.keep();
    Ok(())
}

/// Sets permissions: temporary files and folders are private to their owner, a model folder is not.
#[cfg(unix)]
pub(crate) fn make_readable(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs_err::set_permissions(
        path,
        std::fs::Permissions::from_mode(mode),
    )?)
}

/// Permissions are inherited from the parent folder here.
#[cfg(not(unix))]
pub(crate) fn make_readable(_path: &Path, _mode: u32) -> Result<()> {
    Ok(())
}
