//! Exports the history as a file.

use std::io::Write;

use feedback_dataset::Record;
use feedback_dataset::write::CsvWriter;

use crate::batch::escape_formula;
use crate::dto::HistoryItem;
use crate::error::Result;
use feedback_store::{Cursor, Filter, Store, StoredPrediction};

/// Number of rows read from the store at a time: at most about 6 MiB of texts.
const PAGE: usize = 100;

/// The format of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HistoryFormat {
    /// A CSV table in which spreadsheet formulas are escaped.
    Csv,
    /// JSON Lines.
    Jsonl,
}

/// Writes the predictions that match the filter, newest first. Blocks the current thread.
pub(crate) fn export(
    store: &dyn Store,
    filter: &Filter,
    format: HistoryFormat,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let mut rows = Rows::new(output, format)?;
    let mut cursor = Cursor::newest(PAGE);
    loop {
        let page = store.history(filter, cursor)?;
        let Some(last) = page.last() else {
            return rows.finish();
        };
        cursor.before = last.id;
        for item in page {
            rows.write(item)?;
        }
    }
}

const COLUMNS: [&str; 8] = [
    "id",
    "at",
    "source",
    "text",
    "predicted_label",
    "corrected_label",
    "confidence",
    "model",
];

/// A writer for the rows of the file.
enum Rows<W: Write> {
    Csv(Box<CsvWriter<W>>),
    Jsonl(W),
}

impl<W: Write> Rows<W> {
    fn new(output: W, format: HistoryFormat) -> Result<Self> {
        Ok(match format {
            HistoryFormat::Csv => Self::Csv(Box::new(CsvWriter::new(output, b',', COLUMNS)?)),
            HistoryFormat::Jsonl => Self::Jsonl(output),
        })
    }

    fn write(&mut self, item: StoredPrediction) -> Result<()> {
        let item = HistoryItem::from(item);
        match self {
            Self::Jsonl(output) => {
                let line = serde_json::to_string(&item).unwrap_or_default();
                Ok(writeln!(output, "{line}")?)
            }
            Self::Csv(writer) => Ok(writer.write(&record(item))?),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Csv(writer) => drop(writer.finish()?),
            Self::Jsonl(mut output) => output.flush()?,
        }
        Ok(())
    }
}

fn record(item: HistoryItem) -> Record {
    let mut record = Record::from_text(escape_formula(&item.text));
    record.set("id", item.id);
    record.set("at", item.at);
    record.set("source", escape_formula(&item.source).into_owned());
    record.set(
        "predicted_label",
        escape_formula(&item.predicted_label).into_owned(),
    );
    record.set(
        "corrected_label",
        item.corrected_label
            .as_deref()
            .map(|label| escape_formula(label).into_owned()),
    );
    record.set("confidence", item.confidence);
    record.set("model", item.model);
    record
}
