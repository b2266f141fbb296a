//! Logs the values of a run as a CSV table.

use std::io::{Read, Write};
use std::path::Path;

use serde_json::Value;

use crate::callback::{Callback, CallbackResult};
use crate::callbacks::log_output::LogOutput;
use crate::error::{BoxError, CallbackError};
use crate::model::Metrics;
use crate::state::{Control, LogEntry, LogKind, TrainState};

const HEADER: &str = "kind,global_step,epoch,metric,value\n";

/// Writes each logged value as a row: `kind,global_step,epoch,metric,value`.
///
/// Each row has one value, since training and evaluation have different metrics; a pivot table or `groupby` turns
/// the metrics into columns. `kind` is `train`, `eval` or `test`; values that are not finite are `NaN`, `inf` and
/// `-inf`. Two runs with the same seed write the same file, even if one was interrupted, because checkpoints
/// store the length of the file.
///
/// # Examples
///
/// ```
/// # use feedback_trainer::{Callback, TrainState, LogEntry, LogKind, callbacks::CsvLog};
/// let mut table = Vec::new();
/// let mut log = CsvLog::new(&mut table);
/// let state = TrainState::default();
/// log.on_train_begin(&state)?;
/// let values = [("loss".to_string(), 0.5)].into();
/// log.on_log(&state, &LogEntry { kind: LogKind::Train, global_step: 10, epoch: 0.25, values })?;
/// assert_eq!(String::from_utf8(table)?, "kind,global_step,epoch,metric,value\ntrain,10,0.25,loss,0.5\n");
/// # Ok::<(), feedback_trainer::BoxError>(())
/// ```
#[derive(Debug)]
pub struct CsvLog<W> {
    output: LogOutput<W>,
}

impl CsvLog<fs_err::File> {
    /// Opens or creates a table. A new run overwrites it; a resumed run continues it.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or exists and is not a log table.
    pub fn open(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let path = path.as_ref();
        if path.is_file() {
            let mut start = Vec::new();
            let file = fs_err::File::open(path)?;
            file.take(HEADER.len() as u64).read_to_end(&mut start)?;
            if !HEADER.as_bytes().starts_with(&start) {
                let reason = format!("`{}` is not a log table", path.display());
                let error = CallbackError::new(reason, "name another file");
                return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, error));
            }
        }
        Ok(Self {
            output: LogOutput::open(path)?,
        })
    }
}

impl<W: Write> CsvLog<W> {
    /// Writes the table to any writer and flushes after each entry. The header is written when training begins,
    /// except for a resumed run, which only adds rows.
    pub fn new(output: W) -> Self {
        Self {
            output: LogOutput::new(output),
        }
    }

    fn rows(&mut self, kind: &str, step: usize, epoch: f64, values: &Metrics) -> CallbackResult {
        let rows = values
            .iter()
            .map(|(metric, value)| format!("{kind},{step},{epoch},{},{value}\n", field(metric)));
        self.output.write(&rows.collect::<String>())?;
        Ok(Control::CONTINUE)
    }
}

impl<W: Write> Callback for CsvLog<W> {
    fn name(&self) -> &str {
        "csv_log"
    }

    fn state(&self) -> Option<Value> {
        self.output.state()
    }

    fn load_state(&mut self, state: Value) -> Result<(), BoxError> {
        self.output.load_state(&state)
    }

    fn on_train_begin(&mut self, state: &TrainState) -> CallbackResult {
        if self.output.begin(state.global_step > 0)? {
            self.output.write(HEADER)?;
        }
        Ok(Control::CONTINUE)
    }

    fn on_log(&mut self, _state: &TrainState, entry: &LogEntry) -> CallbackResult {
        let kind = match entry.kind {
            LogKind::Train => "train",
            LogKind::Eval => "eval",
        };
        self.rows(kind, entry.global_step, entry.epoch, &entry.values)
    }

    fn on_predict(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        self.rows("test", state.global_step, state.epoch, metrics)
    }
}

/// Returns a name as a CSV field, quoted if necessary (RFC 4180).
fn field(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(values: &[(&str, f64)]) -> LogEntry {
        let values = values.iter().map(|&(name, value)| (name.to_owned(), value));
        LogEntry {
            kind: LogKind::Eval,
            global_step: 7,
            epoch: 1.0,
            values: values.collect(),
        }
    }

    #[test]
    fn special_names_and_values_are_escaped() {
        let mut table = Vec::new();
        let values = entry(&[("a \"b\", c", f64::NAN), ("loss", f64::INFINITY)]);
        CsvLog::new(&mut table)
            .on_log(&TrainState::default(), &values)
            .unwrap();
        let text = String::from_utf8(table).unwrap();
        assert_eq!(text, "eval,7,1,\"a \"\"b\"\", c\",NaN\neval,7,1,loss,inf\n");
    }

    #[test]
    fn a_resumed_run_writes_the_same_table_as_an_uninterrupted_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        fs_err::write(&path, HEADER.to_owned() + "of an earlier run").unwrap();
        let state = TrainState::default();
        let mut log = CsvLog::open(&path).unwrap();
        log.on_train_begin(&state).unwrap();
        log.on_log(&state, &entry(&[("loss", 0.5)])).unwrap();
        let checkpoint = log.state().unwrap();
        let complete = fs_err::read_to_string(&path).unwrap();
        log.on_log(&state, &entry(&[("loss", 0.25)])).unwrap();
        drop(log);

        let mut log = CsvLog::open(&path).unwrap();
        log.load_state(checkpoint.clone()).unwrap();
        log.on_train_begin(&state).unwrap();
        assert_eq!(fs_err::read_to_string(&path).unwrap(), complete);

        // A file that is too short is refused, not padded.
        fs_err::write(&path, "kind").unwrap();
        let refused = CsvLog::open(&path).unwrap().load_state(checkpoint).unwrap_err();
        assert!(refused.to_string().contains("4 bytes"), "{refused}");
    }

    #[test]
    fn rows_are_kept_if_the_checkpoint_has_no_state_of_the_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let rows = HEADER.to_owned() + "train,10,0.25,loss,0.5\n";
        fs_err::write(&path, &rows).unwrap();
        let resumed = TrainState {
            global_step: 10,
            ..TrainState::default()
        };
        let mut log = CsvLog::open(&path).unwrap();
        log.on_train_begin(&resumed).unwrap();
        log.on_log(&resumed, &entry(&[("loss", 0.25)])).unwrap();
        let text = fs_err::read_to_string(&path).unwrap();
        assert_eq!(text, rows + "eval,7,1,loss,0.25\n");
    }

    #[test]
    fn another_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.csv");
        fs_err::write(&path, "text,label\n").unwrap();
        assert!(CsvLog::open(&path).is_err());
        assert_eq!(fs_err::read_to_string(&path).unwrap(), "text,label\n");
    }
}
