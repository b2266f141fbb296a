//! Exports the history as a file.

use std::collections::HashSet;
use std::io::Write;

use feedback_dataset::Record;
use feedback_dataset::write::CsvWriter;

use feedback_formats::write::escape_formula;

use crate::batch::MAX_COLUMNS;
use crate::dto::HistoryItem;
use crate::error::{Error, Result};
use crate::labels::cell;
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
    let Some(newest) = store.history(filter, Cursor::newest(1))?.pop() else {
        return Rows::new(output, format, Vec::new())?.finish();
    };
    // Rows that are added meanwhile are not in the file: their fields might have no column.
    let start = Cursor {
        before: newest.id.saturating_add(1),
        limit: PAGE,
    };
    let names = match format {
        HistoryFormat::Csv => field_names(store, filter, start)?,
        HistoryFormat::Jsonl => Vec::new(),
    };
    let mut rows = Rows::new(output, format, names)?;
    each_page(store, filter, start, |page| {
        page.into_iter().try_for_each(|item| rows.write(item))
    })?;
    rows.finish()
}

fn each_page(
    store: &dyn Store,
    filter: &Filter,
    mut cursor: Cursor,
    mut each: impl FnMut(Vec<StoredPrediction>) -> Result<()>,
) -> Result<()> {
    loop {
        let page = store.history(filter, cursor)?;
        let Some(last) = page.last() else { return Ok(()) };
        cursor.before = last.id;
        each(page)?;
    }
}

/// Returns the names of all fields, in the order in which they first occur.
fn field_names(store: &dyn Store, filter: &Filter, start: Cursor) -> Result<Vec<String>> {
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    each_page(store, filter, start, |page| {
        for item in page {
            for (name, _) in item.prediction.fields.iter() {
                if known.insert(name.to_owned()) {
                    names.push(name.to_owned());
                }
            }
        }
        if names.len() > MAX_COLUMNS {
            let n = names.len();
            let problem =
                format!("the records have more than {MAX_COLUMNS} fields ({n}); export JSON lines instead");
            return Err(Error::Invalid(problem));
        }
        Ok(())
    })?;
    Ok(names)
}

/// The columns before those of the fields.
const COLUMNS: [&str; 10] = [
    "id",
    "at",
    "undated",
    "source",
    "text",
    "predicted_label",
    "corrected_label",
    "confidence",
    "unfamiliarity",
    "model",
];

/// Returns the name of the column for a field. If one of the other columns has the same name, the column is
/// called `field[NAME]`.
fn column(field: &str) -> String {
    if COLUMNS.contains(&field) {
        format!("field[{field}]")
    } else {
        escape_formula(field).into_owned()
    }
}

/// A writer for the rows of the file.
enum Rows<W: Write> {
    Csv(Box<CsvWriter<W>>),
    Jsonl(W),
}

impl<W: Write> Rows<W> {
    fn new(output: W, format: HistoryFormat, fields: Vec<String>) -> Result<Self> {
        let fields = fields.iter().map(|name| column(name));
        let columns = COLUMNS.into_iter().map(str::to_owned).chain(fields);
        Ok(match format {
            HistoryFormat::Csv => Self::Csv(Box::new(CsvWriter::new(output, b',', columns)?)),
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
    record.set("undated", item.undated);
    record.set("source", escape_formula(&item.source).into_owned());
    record.set(
        "predicted_label",
        escape_formula(&cell(&item.predicted_labels)).into_owned(),
    );
    record.set(
        "corrected_label",
        item.corrected_labels
            .as_deref()
            .map(|labels| escape_formula(&cell(labels)).into_owned()),
    );
    record.set("confidence", item.confidence);
    record.set("unfamiliarity", item.unfamiliarity);
    record.set("model", item.model);
    for (name, value) in item.fields.iter() {
        record.set(column(name), escape_formula(&value).into_owned());
    }
    record
}
