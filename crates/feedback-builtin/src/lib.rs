#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`folder`] writes the model folder to the cache, once, and returns its path. [`write_to`] writes it anywhere.

mod place;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use feedback_files::AtomicFolder;

/// The name of the model on command lines.
pub const NAME: &str = "builtin";

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../model/", $name)))),*]
    };
}

/// The names and contents of the files.
const FILES: [(&str, &[u8]); 9] = files![
    "README.md",
    "config.json",
    "feedback.json",
    "model.safetensors",
    "questions.json",
    "questions.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
];

/// The file that has the hashes of the others.
const MANIFEST: &str = "feedback.json";

/// The model could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the built-in model cannot be written to `{}`: {source}", path.display())]
pub struct Error {
    /// The folder.
    path: PathBuf,
    /// The reason.
    source: feedback_files::Error,
}

impl Error {
    /// Returns a suggestion for what to do next.
    pub fn hint(&self) -> &'static str {
        "set the environment variable XDG_CACHE_HOME to a folder that can be written"
    }
}

/// Returns the path of the model folder. Writes the folder if it is missing or has a missing or damaged file.
///
/// The folder is below `$XDG_CACHE_HOME/feedback`, else `$HOME/.cache/feedback`, else
/// `%LOCALAPPDATA%\feedback`; if that cannot be written, below the folder for temporary files. Its name
/// contains a hash of the model, so different versions have different folders.
///
/// # Errors
///
/// [`Error`] if neither folder can be written.
pub fn folder() -> Result<&'static Path, Error> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    if let Some(folder) = FOLDER.get() {
        return Ok(folder);
    }
    if let Some(folder) = place::cache().map(|place| place.join(folder_name()))
        && write_unless_there(&folder).is_ok()
    {
        return Ok(FOLDER.get_or_init(|| folder));
    }
    let folder = place::temporary().join(folder_name());
    match write_unless_there(&folder) {
        Ok(()) => Ok(FOLDER.get_or_init(|| folder)),
        Err(source) => Err(Error { path: folder, source }),
    }
}

/// Writes the model folder. A folder that exists is replaced, and kept under its name with `.previous` appended.
///
/// # Errors
///
/// [`Error`] if the folder cannot be written.
pub fn write_to(folder: &Path) -> Result<(), Error> {
    write(folder).map_err(|source| Error {
        path: folder.to_owned(),
        source,
    })
}

/// Writes all files to a temporary folder beside the final path, and returns the temporary folder.
fn unfinished(folder: &Path) -> Result<AtomicFolder, feedback_files::Error> {
    let unfinished = AtomicFolder::create(folder)?;
    for (name, bytes) in FILES {
        feedback_files::write_bytes(unfinished.path().join(name), bytes)?;
    }
    Ok(unfinished)
}

fn write(folder: &Path) -> Result<(), feedback_files::Error> {
    unfinished(folder)?.replace()
}

/// Writes the folder if it is missing, damaged or of another version.
fn write_unless_there(folder: &Path) -> Result<(), feedback_files::Error> {
    if is_there(folder) {
        return Ok(());
    }
    if folder.exists() {
        return unfinished(folder)?.supersede();
    }
    // Another process may write the same folder at the same time. It does not matter which one is first.
    unfinished(folder)?
        .commit()
        .or_else(|error| if is_there(folder) { Ok(()) } else { Err(error) })
}

/// Returns true if the folder has exactly the files of this version. Reading 9 MB takes a few milliseconds.
fn is_there(folder: &Path) -> bool {
    let same =
        |(name, bytes): &(&str, &[u8])| fs_err::read(folder.join(name)).is_ok_and(|there| there == *bytes);
    FILES.iter().all(same)
}

fn folder_name() -> String {
    let manifest = FILES
        .iter()
        .find(|(name, _)| *name == MANIFEST)
        .map_or(&[][..], |(_, bytes)| bytes);
    format!("{NAME}-{}", &feedback_files::sha256_hex(manifest)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_folder_is_written_again() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("deep/model");
        write_unless_there(&folder).unwrap();
        let weights = folder.join("model.safetensors");
        let written = fs_err::metadata(&weights).unwrap().modified().unwrap();
        write_unless_there(&folder).unwrap();
        assert_eq!(
            fs_err::metadata(&weights).unwrap().modified().unwrap(),
            written,
            "it was there"
        );
        for damaged in [
            b"cut".to_vec(),
            vec![0; fs_err::metadata(&weights).unwrap().len() as usize],
        ] {
            fs_err::write(&weights, damaged).unwrap();
            write_unless_there(&folder).unwrap();
            assert!(
                fs_err::read(&weights).unwrap()
                    == FILES
                        .iter()
                        .find(|(name, _)| *name == "model.safetensors")
                        .unwrap()
                        .1
            );
        }
        assert!(
            !feedback_files::previous_path(&folder).exists(),
            "the damaged folder is not kept"
        );
        fs_err::write(folder.join(MANIFEST), "{}").unwrap();
        write_unless_there(&folder).unwrap();
        assert!(fs_err::read(folder.join(MANIFEST)).unwrap().len() > 100);
    }

    #[test]
    fn the_crate_stays_small_enough_to_publish() {
        let bytes: usize = FILES.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes < 11_000_000, "{bytes}");
    }
}
