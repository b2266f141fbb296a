//! One line of JSON for each log entry.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::{Callback, CallbackResult, Control, LogEntry, TrainState};

/// Writes each log entry and the beginning and end of the run as a line of JSON.
///
/// Two runs with the same seed differ in nothing but the field `time` (seconds since 1970, UTC).
#[derive(Debug)]
pub struct EventLog<W> {
    output: W,
}

impl<W: Write> EventLog<W> {
    /// A log on any writer; each line is flushed.
    pub fn new(output: W) -> Self {
        Self { output }
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
        serde_json::to_writer(&mut self.output, &line)?;
        self.output.write_all(b"\n")?;
        self.output.flush()?;
        Ok(Control::CONTINUE)
    }
}

impl<W: Write> Callback for EventLog<W> {
    fn name(&self) -> &str {
        "event_log"
    }
    fn on_train_begin(&mut self, state: &TrainState) -> CallbackResult {
        self.write("train_begin", state, None)
    }
    fn on_log(&mut self, state: &TrainState, entry: &LogEntry) -> CallbackResult {
        self.write("log", state, Some(entry))
    }
    fn on_save(&mut self, state: &TrainState) -> CallbackResult {
        self.write("best", state, None)
    }
    fn on_train_end(&mut self, state: &TrainState) -> CallbackResult {
        self.write("train_end", state, None)
    }
}
