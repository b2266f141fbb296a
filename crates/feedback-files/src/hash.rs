//! SHA-256 of bytes, of files, and of data while it is written.

use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Action, Error, Result};
use crate::hex::to_hex;

/// Returns the SHA-256 of bytes.
#[must_use]
pub fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Returns the SHA-256 of bytes as 64 lower-case hexadecimal digits.
///
/// ```
/// assert!(feedback_files::sha256_hex("abc").starts_with("ba7816bf8f01cfea"));
/// ```
#[must_use]
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    to_hex(&sha256(bytes))
}

/// Returns the SHA-256 of a file's content as 64 lower-case hexadecimal digits.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::IsFolder`] or [`Error::Io`].
pub fn sha256_of_file(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    let hash = || -> io::Result<String> {
        let mut file = std::fs::File::open(path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(to_hex(&hasher.finalize())),
                Ok(read) => hasher.update(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    };
    hash().map_err(|error| Error::from_io(Action::Read, path, error))
}

/// Returns the SHA-256 of a file, or of a folder: of one line `HASH  PATH` for each file in it, as `sha256sum` prints them, sorted by
/// path. Paths are relative to the folder and have `/`.
///
/// # Errors
///
/// [`Error::NotFound`] or [`Error::Io`].
pub fn sha256_of_input(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    if !path.is_dir() {
        return sha256_of_file(path);
    }
    let mut lines = Vec::new();
    add_files(path, "", &mut lines)?;
    lines.sort_unstable();
    let lines: String = lines
        .into_iter()
        .map(|(name, hash)| format!("{hash}  {name}\n"))
        .collect();
    Ok(sha256_hex(lines))
}

/// Adds the files of a folder with their names and hashes.
fn add_files(folder: &Path, prefix: &str, lines: &mut Vec<(String, String)>) -> Result<()> {
    let failed = |error| Error::from_io(Action::Read, folder, error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(failed)?.is_dir() {
            add_files(&entry.path(), &format!("{name}/"), lines)?;
        } else {
            lines.push((name, sha256_of_file(entry.path())?));
        }
    }
    Ok(())
}

/// Passes bytes on to another writer and hashes them on the way.
///
/// ```
/// use std::io::Write;
///
/// let mut writer = feedback_files::Sha256Writer::new(Vec::new());
/// writer.write_all(b"abc")?;
/// assert_eq!(writer.finish(), feedback_files::sha256_hex("abc"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Sha256Writer<W> {
    inner: W,
    hasher: Sha256,
}

impl<W: Write> Sha256Writer<W> {
    /// Creates a writer that passes all bytes on to `inner`.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            hasher: Sha256::new(),
        }
    }

    /// Returns the hash of all bytes that were written, as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn finish(self) -> String {
        to_hex(&self.hasher.finalize())
    }
}

impl<W: Write> Write for Sha256Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes two bytes at a time.
    struct Slow;

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len().min(2))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn hashes_agree_with_sha256sum() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex("abc"), expected);
        let mut writer = Sha256Writer::new(Slow);
        writer.write_all(b"abc").unwrap();
        assert_eq!(writer.finish(), expected);
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), "abc").unwrap();
        assert_eq!(sha256_of_file(file.path()).unwrap(), expected);
    }

    #[test]
    fn a_missing_file_and_a_folder_give_different_errors() {
        let folder = tempfile::tempdir().unwrap();
        let missing = sha256_of_file(folder.path().join("a")).unwrap_err();
        assert!(matches!(missing, Error::NotFound { .. }), "{missing}");
        let error = sha256_of_file(folder.path()).unwrap_err();
        assert!(matches!(error, Error::IsFolder { .. }), "{error}");
    }
}
