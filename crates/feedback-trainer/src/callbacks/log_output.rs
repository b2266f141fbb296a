//! The writer or file to which a callback logs.

use std::io::{Result, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::Value;

use crate::error::{BoxError, CallbackError};

/// A writer that counts the bytes written by this process and earlier ones. If the writer is a file, a resumed run truncates it to
/// the length stored in the checkpoint, so the complete log has the same bytes as the log of an uninterrupted
/// run.
#[derive(Debug)]
pub(super) struct LogOutput<W> {
    output: W,
    length: u64,
    file: Option<FileActions<W>>,
    resumed: bool,
}

/// File operations that other writers do not support.
#[derive(Debug)]
struct FileActions<W> {
    length: fn(&W) -> Result<u64>,
    cut: fn(&mut W, u64) -> Result<()>,
    sync: fn(&W) -> Result<()>,
}

impl LogOutput<fs_err::File> {
    /// Opens or creates a file. Its content is kept until [`LogOutput::begin`] is called.
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

    /// Call this when training begins; returns true if the log is empty. A file is emptied, unless `load_state` has restored its
    /// length. If `resuming` is true and the checkpoint has no state of this log, the whole file is kept.
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

    /// Returns the length to store in a checkpoint. Syncs the file first, so that the file has at least this
    /// length after a power failure.
    pub(super) fn state(&self) -> Option<Value> {
        if let Some(file) = &self.file {
            let _ = (file.sync)(&self.output); // `load_state` detects a file that is too short
        }
        Some(self.length.into())
    }

    /// Restores the length stored in a checkpoint and truncates the file to it.
    pub(super) fn load_state(&mut self, state: &Value) -> std::result::Result<(), BoxError> {
        self.length = state.as_u64().ok_or("the length of the log is not a number")?;
        self.resumed = true;
        let Some(file) = &self.file else { return Ok(()) };
        let found = (file.length)(&self.output)?;
        if found < self.length {
            let reason = format!(
                "the log has {found} bytes, but had {} when the checkpoint was saved",
                self.length
            );
            return Err(CallbackError::new(reason, "restore the complete file, or start a new run").into());
        }
        Ok((file.cut)(&mut self.output, self.length)?)
    }
}
