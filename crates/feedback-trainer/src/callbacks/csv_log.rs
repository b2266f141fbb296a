//! The log as a table that any spreadsheet opens.

use std::io::Write;

use crate::{Callback, CallbackResult, Control, LogEntry, LogKind, TrainState};

/// Writes each figure of the log as a row: `kind,global_step,epoch,metric,value`.
///
/// One figure to a row, since training and evaluation have different ones: a pivot table or `groupby` makes columns of
/// them. `kind` is `train` or `eval`; figures that are not finite are `NaN`, `inf` and `-inf`. Two runs with the same
/// seed give the same file.
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
    output: W,
}

impl<W: Write> CsvLog<W> {
    /// A table on any writer; each entry is flushed. The head is written when training begins, unless it is a run
    /// that goes on, to whose table rows are added.
    pub fn new(output: W) -> Self {
        Self { output }
    }
}

impl<W: Write> Callback for CsvLog<W> {
    fn name(&self) -> &str {
        "csv_log"
    }

    fn on_train_begin(&mut self, state: &TrainState) -> CallbackResult {
        if state.global_step == 0 {
            writeln!(self.output, "kind,global_step,epoch,metric,value")?;
        }
        Ok(Control::CONTINUE)
    }

    fn on_log(&mut self, _state: &TrainState, entry: &LogEntry) -> CallbackResult {
        let kind = match entry.kind {
            LogKind::Train => "train",
            LogKind::Eval => "eval",
        };
        for (metric, value) in &entry.values {
            let (step, epoch) = (entry.global_step, entry.epoch);
            writeln!(self.output, "{kind},{step},{epoch},{},{value}", field(metric))?;
        }
        self.output.flush()?;
        Ok(Control::CONTINUE)
    }
}

/// A name as RFC 4180 wants it.
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
    fn odd_names_and_values_are_written_as_they_should_be() {
        let mut table = Vec::new();
        let values = entry(&[("a \"b\", c", f64::NAN), ("loss", f64::INFINITY)]);
        CsvLog::new(&mut table)
            .on_log(&TrainState::default(), &values)
            .unwrap();
        let text = String::from_utf8(table).unwrap();
        assert_eq!(text, "eval,7,1,\"a \"\"b\"\", c\",NaN\neval,7,1,loss,inf\n");
    }

    #[test]
    fn a_run_that_goes_on_gets_no_second_head() {
        let mut table = Vec::new();
        let state = TrainState {
            global_step: 5,
            ..TrainState::default()
        };
        CsvLog::new(&mut table).on_train_begin(&state).unwrap();
        assert!(table.is_empty());
    }
}
