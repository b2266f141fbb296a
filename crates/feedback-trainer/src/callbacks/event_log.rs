//! Logs the events of a run as JSON lines.

use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::callback::{Callback, CallbackResult};
use crate::callbacks::log_output::LogOutput;
use crate::error::BoxError;
use crate::model::Metrics;
use crate::state::{Control, LogEntry, TrainState};

/// Writes a JSON line for the start and end of the run, each log entry, each new best model, each checkpoint and
/// the test metrics.
///
/// Two runs with the same seed differ only in the field `time` (seconds since 1970, UTC). Checkpoints store the
/// length of the log file. A resumed run truncates the file to that length, so the complete log has the same
/// lines as the log of an uninterrupted run. A file shorter than the stored length is refused.
#[derive(Debug)]
pub struct EventLog<W> {
    output: LogOutput<W>,
}

impl<W: Write> EventLog<W> {
    /// Writes the log to any writer and flushes after each line.
    pub fn new(output: W) -> Self {
        Self {
            output: LogOutput::new(output),
        }
    }

    fn write(&mut self, event: &str, state: &TrainState, values: Option<&LogEntry>) -> CallbackResult {
        let mut line = Map::new();
        if let Some(entry) = values {
            line.insert("kind".into(), serde_json::to_value(entry.kind)?);
            line.extend(figures(&entry.values));
        }
        self.line(event, state, line)
    }

    fn line(&mut self, event: &str, state: &TrainState, values: Map<String, Value>) -> CallbackResult {
        let mut line = Map::new();
        line.insert("event".into(), event.into());
        line.insert("global_step".into(), state.global_step.into());
        line.insert("epoch".into(), state.epoch.into());
        line.extend(values);
        let time = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        line.insert("time".into(), time.into());
        self.output.write(&(serde_json::to_string(&line)? + "\n"))?;
        Ok(Control::CONTINUE)
    }
}

impl EventLog<fs_err::File> {
    /// Opens or creates a log file. A new run overwrites it; a resumed run continues it.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> std::io::Result<Self> {
        Ok(Self {
            output: LogOutput::open(path.as_ref())?,
        })
    }
}

impl<W: Write> Callback for EventLog<W> {
    fn name(&self) -> &str {
        "event_log"
    }
    fn state(&self) -> Option<Value> {
        self.output.state()
    }
    fn load_state(&mut self, state: Value) -> Result<(), BoxError> {
        self.output.load_state(&state)
    }
    fn on_train_begin(&mut self, state: &TrainState) -> CallbackResult {
        if self.output.begin(state.global_step > 0)? {
            self.write("train_begin", state, None)?;
        }
        Ok(Control::CONTINUE)
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
    fn on_predict(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        self.line("predict", state, figures(metrics).collect())
    }
}

fn figures(metrics: &Metrics) -> impl Iterator<Item = (String, Value)> {
    metrics
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(*value)))
}
