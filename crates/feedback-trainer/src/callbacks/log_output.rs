//! The output of a log.

use std::io::{Error, Result, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::Value;

use crate::error::BoxError;

/// A writer that counts the bytes written to it, by this process and earlier ones. If it is a file, a resumed run
/// truncates it to the length at its checkpoint, so the log ends up with the same bytes as without the
/// interruption.
#[derive(Debug)]
pub(super) struct LogOutput<W> {
    output: W,
    length: u64,
    file: Option<FileActions<W>>,
    resumed: bool,
}

/// Operations of files that other writers do not have.
#[derive(Debug)]
struct FileActions<W> {
    length: fn(&W) -> Result<u64>,
    cut: fn(&mut W, u64) -> Result<()>,
    sync: fn(&W) -> Result<()>,
}

impl LogOutput<fs_err::File> {
    /// Opens a file, or creates it. Its content stays until [`LogOutput::begin`].
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut options = fs_err::OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).open(path)?;
        Ok(Self {
            file: Some(FileActions {
                length: |file| Ok(file.metadata()?.len()),
                cut: |file, length| {
                    file.set_len(length)?;
                    file.seek(SeekFrom::Start(length)).map(|_| ())
                },
                sync: fs_err::File::sync_data,
            }),
            ..Self::new(file)
        })
    }
}

impl<W: Write> LogOutput<W> {
    pub(super) fn new(output: W) -> Self {
        Self {
            output,
            length: 0,
            file: None,
            resumed: false,
        }
    }

    /// Call this when training begins; returns true if the log is empty. A file is emptied, unless `load_state` has
    /// restored its length. A run that is `resuming` from a checkpoint without a state of this log keeps the whole
    /// file.
    pub(super) fn begin(&mut self, resuming: bool) -> Result<bool> {
        if self.resumed {
            return Ok(false);
        }
        if let Some(file) = &self.file {
            self.length = if resuming { (file.length)(&self.output)? } else { 0 };
            (file.cut)(&mut self.output, self.length)?;
        }
        Ok(self.length == 0)
    }

    /// Writes and flushes.
    pub(super) fn write(&mut self, text: &str) -> Result<()> {
        self.output.write_all(text.as_bytes())?;
        self.output.flush()?;
        self.length += text.len() as u64;
        Ok(())
    }

    /// The length, for a checkpoint. The file is synced first, so that it is not shorter after a power failure.
    pub(super) fn state(&self) -> Option<Value> {
        if let Some(file) = &self.file {
            let _ = (file.sync)(&self.output); // `load_state` detects a file that is too short
        }
        Some(self.length.into())
    }

    /// Restores the length at a checkpoint.
    pub(super) fn load_state(&mut self, state: &Value) -> std::result::Result<(), BoxError> {
        self.length = state.as_u64().ok_or("the length of the log is not a number")?;
        self.resumed = true;
        let Some(file) = &self.file else { return Ok(()) };
        let found = (file.length)(&self.output)?;
        if found < self.length {
            return Err(Error::other(format!(
                "the log has {found} bytes, but had {} when the checkpoint was saved\n\
                 hint: restore the complete file, or start a new run",
                self.length
            ))
            .into());
        }
        Ok((file.cut)(&mut self.output, self.length)?)
    }
}
