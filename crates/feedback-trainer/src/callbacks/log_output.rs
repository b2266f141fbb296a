//! What a log is written to.

use std::io::{Error, Result, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::Value;

use crate::error::BoxError;

/// A writer that knows how much was written to it, by this process and those before it. Where it is a file, a run that is
/// taken up again cuts off what came after its checkpoint, and ends with the same bytes as one that was never interrupted.
#[derive(Debug)]
pub(super) struct LogOutput<W> {
    output: W,
    length: u64,
    file: Option<FileActions<W>>,
    resumed: bool,
}

/// What can be done to a file and not to any writer.
#[derive(Debug)]
struct FileActions<W> {
    length: fn(&W) -> Result<u64>,
    cut: fn(&mut W, u64) -> Result<()>,
    sync: fn(&W) -> Result<()>,
}

impl LogOutput<fs_err::File> {
    /// A file, made where it is not there. What it holds stays until [`LogOutput::begin`].
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

    /// Training begins: true where nothing stands there yet. A file loses what a run has left in it that had not come as
    /// far as a checkpoint, unless the run `goes_on` from a checkpoint that knows nothing of the log: what stands there
    /// stays then, as far as it may be wanted.
    pub(super) fn begin(&mut self, goes_on: bool) -> Result<bool> {
        if self.resumed {
            return Ok(false);
        }
        if let Some(file) = &self.file {
            self.length = if goes_on { (file.length)(&self.output)? } else { 0 };
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

    /// The length, for a checkpoint. The file is on the disk by then, so that it is not shorter after a power cut.
    pub(super) fn state(&self) -> Option<Value> {
        if let Some(file) = &self.file {
            let _ = (file.sync)(&self.output); // if it matters, `load_state` finds out
        }
        Some(self.length.into())
    }

    /// Goes back to the length of a checkpoint.
    pub(super) fn load_state(&mut self, state: &Value) -> std::result::Result<(), BoxError> {
        self.length = state.as_u64().ok_or("the length of the log is no number")?;
        self.resumed = true;
        let Some(file) = &self.file else { return Ok(()) };
        let found = (file.length)(&self.output)?;
        if found < self.length {
            return Err(Error::other(format!(
                "the log has {found} bytes, and had {} when the checkpoint was saved\n\
                 hint: put the whole file back, or begin a new run",
                self.length
            ))
            .into());
        }
        Ok((file.cut)(&mut self.output, self.length)?)
    }
}
