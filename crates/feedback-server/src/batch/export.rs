//! Exports a batch: every classified record with all its fields, and with the fields of its prediction.

use std::collections::{HashSet, VecDeque};
use std::io::Write;
use std::path::Path;

use feedback_dataset::Record;
use feedback_dataset::read::{Format, ReadOptions, Reader};
use feedback_dataset::write::{CsvWriter, JsonlWriter};
use serde_json::{Value, json};

use super::formula::escape_formula;
use super::parquet::ParquetWriter;
use super::upload;
use crate::error::{Error, Result};
use feedback_store::{Batch, BatchStore, Score, StoredPrediction};

/// Number of predictions fetched at a time: at most about 6 MiB of texts.
const PAGE: usize = 100;
/// Columns that a prediction adds to a table.
const ADDED: [&str; 5] = [
    "predicted_label",
    "confidence",
    "abstained",
    "corrected_label",
    "truncated",
];

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// A CSV table with escaped formulas.
    Csv,
    /// JSON Lines.
    Jsonl,
    /// A Parquet table with typed columns.
    Parquet,
}

impl ExportFormat {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::Jsonl),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// Writes the classified rows of a batch, in the order of the file.
///
/// # Errors
///
/// Errors of reading the upload or the store; [`Error::Io`] if the output cannot be written.
pub(crate) fn export(
    store: &dyn BatchStore,
    batch: &Batch,
    uploads: &Path,
    max_row_bytes: usize,
    format: ExportFormat,
    output: impl Write + Send,
) -> Result<()> {
    let read_as: Format = batch
        .upload
        .format
        .parse()
        .map_err(|error: feedback_dataset::read::UnknownFormatName| Error::Invalid(error.to_string()))?;
    let text_field = batch.upload.text_field.as_deref().unwrap_or("text");
    let path = uploads.join(&batch.upload.file);
    let options = upload::options(read_as, text_field, max_row_bytes);
    let fields = match format {
        ExportFormat::Jsonl => Vec::new(),
        ExportFormat::Csv | ExportFormat::Parquet => field_names(&path, &options)?,
    };
    let mut results = Results::new(store, batch.id);
    let mut sink = Sink::new(output, format, fields)?;
    for (number, row) in (0_i64..).zip(Reader::open(&path, &options)?) {
        let Ok(row) = row else { continue };
        let Some(result) = results.get(number)? else {
            continue;
        };
        let mut record = row.record;
        add(&mut record, &result, format);
        sink.write(&record)?;
    }
    sink.finish()
}

/// Returns the columns of a table, or the fields of all records, in the order of first sight.
fn field_names(path: &Path, options: &ReadOptions) -> Result<Vec<String>> {
    let mut reader = Reader::open(path, options)?;
    if let Some(header) = reader.header()? {
        return Ok(header.to_vec());
    }
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    for row in reader.flatten() {
        for name in row.record.fields().keys() {
            if known.insert(name.clone()) {
                names.push(name.clone());
            }
        }
        if names.len() > upload::MAX_COLUMNS {
            let problem = format!(
                "the records have more than {} fields; export JSON lines instead",
                upload::MAX_COLUMNS
            );
            return Err(Error::Invalid(problem));
        }
    }
    Ok(names)
}

fn add(record: &mut Record, result: &StoredPrediction, format: ExportFormat) {
    let prediction = &result.prediction;
    record.set("predicted_label", prediction.label.as_str());
    record.set("confidence", prediction.confidence);
    if let Some(abstained) = prediction.abstained {
        record.set("abstained", abstained);
    }
    if let Some(corrected) = &result.corrected {
        record.set("corrected_label", corrected.as_str());
    }
    if format != ExportFormat::Csv {
        let score = |one: &Score| json!({ "label": one.label, "score": one.score });
        record.set("scores", prediction.scores.iter().map(score).collect::<Value>());
    }
    record.set("truncated", prediction.truncated);
}

/// The results of a batch in the order of its rows, fetched page by page.
struct Results<'a> {
    store: &'a dyn BatchStore,
    batch: i64,
    page: VecDeque<StoredPrediction>,
    next: i64,
    ended: bool,
}

impl<'a> Results<'a> {
    fn new(store: &'a dyn BatchStore, batch: i64) -> Self {
        Self {
            store,
            batch,
            page: VecDeque::new(),
            next: 0,
            ended: false,
        }
    }

    /// Returns the result of a row, or `None` if it was not classified. Rows must be requested in ascending order.
    fn get(&mut self, row: i64) -> Result<Option<StoredPrediction>> {
        loop {
            let first = self.page.front().and_then(|result| result.prediction.batch);
            match first {
                Some((_, found)) if found > row => return Ok(None),
                Some((_, found)) if found == row => return Ok(self.page.pop_front()),
                Some(_) => drop(self.page.pop_front()),
                None if self.ended => return Ok(None),
                None => {
                    let page = self.store.batch_rows(self.batch, self.next, PAGE)?;
                    self.ended = page.len() < PAGE;
                    if let Some((_, last)) = page.last().and_then(|result| result.prediction.batch) {
                        self.next = last + 1;
                    }
                    self.page = page.into();
                }
            }
        }
    }
}

/// The output.
enum Sink<W: Write + Send> {
    Jsonl(JsonlWriter<W>),
    Csv(Box<CsvWriter<W>>, HashSet<String>),
    Parquet(Box<ParquetWriter<W>>),
}

impl<W: Write + Send> Sink<W> {
    /// Begins the output; a table has a column for each of `fields` and for each field of a prediction.
    fn new(output: W, format: ExportFormat, fields: Vec<String>) -> Result<Self> {
        Ok(match format {
            ExportFormat::Jsonl => Self::Jsonl(JsonlWriter::new(output)),
            ExportFormat::Csv => {
                let columns = columns(fields, &[]);
                let shown = columns.iter().map(|name| escape_formula(name).into_owned());
                let writer = CsvWriter::new(output, b',', shown)?;
                Self::Csv(Box::new(writer), columns.into_iter().collect())
            }
            ExportFormat::Parquet => {
                let columns = columns(fields, &["scores"]);
                Self::Parquet(Box::new(ParquetWriter::new(output, columns)?))
            }
        })
    }

    fn write(&mut self, record: &Record) -> Result<()> {
        match self {
            Self::Jsonl(writer) => Ok(writer.write(record)?),
            Self::Csv(writer, columns) => Ok(writer.write(&cells(record, columns))?),
            Self::Parquet(writer) => writer.write(record),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Jsonl(writer) => drop(writer.finish()?),
            Self::Csv(writer, _) => drop(writer.finish()?),
            Self::Parquet(writer) => writer.finish()?,
        }
        Ok(())
    }
}

/// Returns the columns of the upload and the columns of a prediction, without duplicates.
fn columns(fields: Vec<String>, more: &[&str]) -> Vec<String> {
    let mut columns = fields;
    let added = || ADDED.iter().chain(more).copied();
    columns.retain(|name| !added().any(|added| added == name));
    columns.extend(added().map(str::to_owned));
    columns
}

/// Returns the record with escaped names and values, without the fields that have no column.
fn cells(record: &Record, columns: &HashSet<String>) -> Record {
    let mut cells = Record::from_text("");
    cells.remove("text");
    for (name, value) in record.fields() {
        if !columns.contains(name) {
            continue;
        }
        let value = match value {
            Value::String(text) => Value::String(escape_formula(text).into_owned()),
            other => other.clone(),
        };
        cells.set(escape_formula(name), value);
    }
    cells
}
