//! The file of vectors, shared by the thread that fills it and those that search it.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use feedback_files::sha256;
use feedback_vectors::{Error as VectorError, Key, VectorFile};

use crate::error::Result;

/// The file in the state folder.
const FILE: &str = "vectors.f16";

/// The file of vectors; it is opened when it is needed first.
#[derive(Debug)]
pub(crate) struct KeptVectors {
    path: PathBuf,
    file: RwLock<Option<VectorFile>>,
}

/// Returns the key of a text: half of its SHA-256.
pub(crate) fn key_of(text: &str) -> Key {
    let hash = sha256(text);
    std::array::from_fn(|place| hash[place])
}

impl KeptVectors {
    pub(crate) fn new(state_dir: &Path) -> Self {
        Self {
            path: state_dir.join(FILE),
            file: RwLock::default(),
        }
    }

    /// Returns the file for reading, if it was opened.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Option<VectorFile>> {
        self.file.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Option<VectorFile>> {
        self.file.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the file if it exists and is not open. A file that cannot be read is removed: its vectors can be computed again.
    fn open<'a>(&self, file: &'a mut Option<VectorFile>) -> Result<&'a mut Option<VectorFile>> {
        if file.is_none() {
            match VectorFile::open(&self.path) {
                Ok(opened) => *file = opened,
                Err(error @ VectorError::NotVectors { .. }) => {
                    tracing::warn!(%error, "all vectors are computed again");
                    fs_err::remove_file(&self.path)?;
                }
                Err(error) => return Err(error.into()),
            }
            if let Some(file) = file.as_ref()
                && (file.condition().damaged > 0 || file.condition().was_torn)
            {
                let damaged = file.condition().damaged;
                tracing::warn!(
                    damaged,
                    "vectors that were not written completely are computed again"
                );
            }
        }
        Ok(file)
    }

    /// Makes the file one of this encoder. Returns the number of vectors of another encoder, which are gone.
    ///
    /// # Errors
    ///
    /// I/O errors.
    pub(crate) fn use_encoder(&self, fingerprint: &str, width: usize) -> Result<usize> {
        let mut guard = self.write();
        let file = self.open(&mut guard)?;
        let is_same = |file: &VectorFile| file.encoder() == fingerprint && file.width() == width;
        if file.as_ref().is_some_and(is_same) {
            return Ok(0);
        }
        let gone = file.as_ref().map_or(0, VectorFile::len);
        *file = Some(VectorFile::create(&self.path, fingerprint, width)?);
        Ok(gone)
    }

    /// Erases the vectors with these ids from the file.
    ///
    /// # Errors
    ///
    /// I/O errors.
    pub(crate) fn forget(&self, ids: &[u64]) -> Result<usize> {
        let mut guard = self.write();
        match self.open(&mut guard)? {
            Some(file) => Ok(file.forget(ids)?),
            None => Ok(0),
        }
    }

    /// Changes the open file; does nothing if none is open.
    ///
    /// # Errors
    ///
    /// Errors of `change`.
    pub(crate) fn change(
        &self,
        change: impl FnOnce(&mut VectorFile) -> feedback_vectors::Result<()>,
    ) -> Result<()> {
        match self.write().as_mut() {
            Some(file) => Ok(change(file)?),
            None => Ok(()),
        }
    }
}
