//! One line of JSON for each log entry.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::{BoxError, Callback, CallbackResult, Control, LogEntry, Metrics, TrainState};

/// Writes the beginning and end of the run, each log entry, each new best model and each checkpoint as a line of JSON.
///
/// Two runs with the same seed differ in nothing but the field `time` (seconds since 1970, UTC). A log that is a file
/// knows its length at each checkpoint: a run that is taken up again cuts off what came after, and ends with the same
/// lines as one that was never interrupted.
#[derive(Debug)]
pub struct EventLog<W> {
    output: W,
    /// Bytes written, of this process and those before it.
    length: u64,
    /// Cuts the output to a length, where it can be cut.
    cut: Option<fn(&mut W, u64) -> std::io::Result<()>>,
    resumed: bool,
}

impl<W: Write> EventLog<W> {
    /// A log on any writer; each line is flushed.
    pub fn new(output: W) -> Self {
        Self {
            output,
            length: 0,
            cut: None,
            resumed: false,
        }
    }

    fn write(&mut self, event: &str, state: &TrainState, values: Option<&LogEntry>) -> CallbackResult {
        let mut line = Map::new();
        line.insert("event".into(), event.into());
        line.insert("global_step".into(), state.global_step.into());
        line.insert("epoch".into(), state.epoch.into());
        if let Some(entry) = values {
            line.insert("kind".into(), serde_json::to_value(entry.kind)?);
            line.extend(
                entry
                    .values
                    .iter()
                    .map(|(name, value)| (name.clone(), Value::from(*value))),
            );
        }
        let time = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        line.insert("time".into(), time.into());
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        self.output.write_all(text.as_bytes())?;
        self.output.flush()?;
        self.length += text.len() as u64;
        Ok(Control::CONTINUE)
    }
}

impl EventLog<fs_err::File> {
    /// A log in a file, which is made where it is not there, and otherwise gone on with if the run is taken up again.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let mut options = fs_err::OpenOptions::new();
        let output = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.as_ref())?;
        Ok(Self {
            cut: Some(|file, length| {
                file.set_len(length)?;
                file.seek(SeekFrom::Start(length)).map(|_| ())
            }),
            ..Self::new(output)
        })
    }
}

impl<W: Write> Callback for EventLog<W> {
    fn name(&self) -> &str {
        "event_log"
    }
    fn state(&self) -> Option<Value> {
        Some(self.length.into())
    }
    fn load_state(&mut self, state: Value) -> Result<(), BoxError> {
        self.length = state.as_u64().ok_or("the length of the log is no number")?;
        self.resumed = true;
        match self.cut {
            Some(cut) => Ok(cut(&mut self.output, self.length)?),
            None => Ok(()),
        }
    }
    fn on_train_begin(&mut self, state: &TrainState) -> CallbackResult {
        if self.resumed {
            return Ok(Control::CONTINUE); // it stands there already
        }
        if let Some(cut) = self.cut {
            cut(&mut self.output, 0)?; // of a run that had not come as far as a checkpoint
        }
        self.write("train_begin", state, None)
    }
    fn on_log(&mut self, state: &TrainState, entry: &LogEntry) -> CallbackResult {
        self.write("log", state, Some(entry))
    }
    fn on_evaluate(&mut self, state: &TrainState, _metrics: &Metrics) -> CallbackResult {
        if state.best_step == Some(state.global_step) {
            self.write("best", state, None)?;
        }
        Ok(Control::CONTINUE)
    }
    fn on_save(&mut self, state: &TrainState) -> CallbackResult {
        self.write("save", state, None)
    }
    fn on_train_end(&mut self, state: &TrainState) -> CallbackResult {
        self.write("train_end", state, None)
    }
}
