//! Exports a batch: every classified record with all its fields, and with the fields of its prediction.

use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;

use feedback_dataset::Record;
use feedback_dataset::read::{Format, ReadOptions, Reader};
use feedback_formats::write::{
    Column, ColumnKind, JsonWriter, OutputFormat, TableStyle, TableWriter, fields_of,
};
use serde_json::{Value, json};

use super::converted::ConvertedFrom;
use super::upload;
use crate::error::{Error, Result};
use crate::labels::cell;
use feedback_inference::UNFAMILIAR_ABOVE;
use feedback_store::{Batch, BatchStore, Score, StoredPrediction};

/// Number of predictions fetched at a time: at most about 6 MiB of texts.
const PAGE: usize = 100;

/// The fields that results can have besides those of the file.
pub(crate) const RESULT_FIELDS: [&str; 10] = [
    "predicted_label",
    "predicted_labels",
    "corrected_label",
    "corrected_labels",
    "confidence",
    "abstained",
    "truncated",
    "unfamiliarity",
    "unfamiliar",
    "scores",
];

/// The fields with the labels, as `predict` names them: of the model, and of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LabelFields {
    /// `predicted_label` and `corrected_label`, for a model that gives each text one label.
    One,
    /// `predicted_labels` and `corrected_labels`, for a model that gives each text any number of labels.
    Several,
}

impl LabelFields {
    fn names(self) -> [&'static str; 2] {
        match self {
            Self::One => ["predicted_label", "corrected_label"],
            Self::Several => ["predicted_labels", "corrected_labels"],
        }
    }

    /// Returns the columns that a prediction adds to a table.
    fn columns(self) -> Vec<Column> {
        let [predicted, corrected] = self.names();
        let columns = [
            (predicted, ColumnKind::Text),
            ("confidence", ColumnKind::Number),
            ("abstained", ColumnKind::Boolean),
            (corrected, ColumnKind::Text),
            ("truncated", ColumnKind::Boolean),
        ];
        columns.map(|(name, kind)| Column::new(name, kind)).to_vec()
    }

    /// Returns labels as the value of their field: a list only in JSON lines of several labels, as `predict` writes it.
    fn value(self, labels: &[String], format: OutputFormat) -> Value {
        match (self, format) {
            (Self::Several, OutputFormat::Jsonl | OutputFormat::Json) => json!(labels),
            _ => cell(labels).into(),
        }
    }
}

/// Returns the content type of a format.
pub(crate) fn content_type(format: OutputFormat) -> &'static str {
    match format {
        OutputFormat::Csv => "text/csv; charset=utf-8",
        OutputFormat::Jsonl => "application/x-ndjson",
        OutputFormat::Json => "application/json",
        OutputFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        OutputFormat::Parquet => "application/vnd.apache.parquet",
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
    (format, labels): (OutputFormat, LabelFields),
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
    let added = Added::new(store, batch.id, format, labels)?;
    let mut results = Results::new(store, batch.id);
    let mut sink = match format {
        OutputFormat::Jsonl | OutputFormat::Json => Sink::Json(JsonWriter::new(output, format)?),
        format => {
            let columns = added.after(columns_of(&path, &options)?);
            // As in the uploaded table, so that the program that wrote it opens the result in the same way.
            let mut style = style_of(&path, &options)?;
            style.escape_formulas = true;
            Sink::Table(TableWriter::new(output, format, &style, &columns)?)
        }
    };
    for (number, row) in (0_i64..).zip(Reader::open(&path, &options)?) {
        let Ok(row) = row else { continue };
        let Some(result) = results.get(number)? else {
            continue;
        };
        let mut record = row.record;
        added.set(&mut record, &result);
        match &mut sink {
            Sink::Json(writer) => writer.write(&record)?,
            Sink::Table(writer) => writer.write(&record).map_err(feedback_dataset::Error::from)?,
        }
    }
    match sink {
        Sink::Json(writer) => writer.finish()?,
        Sink::Table(writer) => writer.finish()?,
    }
    Ok(())
}

/// Returns how the upload was written, also if it was converted since.
fn style_of(path: &Path, options: &ReadOptions) -> Result<TableStyle> {
    let (_, mut style) = TableStyle::of_file(path, options)?;
    if let Some(ConvertedFrom::Table {
        delimiter,
        byte_order_mark,
    }) = ConvertedFrom::of(path)
    {
        style.delimiter = delimiter;
        style.byte_order_mark = byte_order_mark;
    }
    Ok(style)
}

enum Sink<W: Write + Send> {
    Json(JsonWriter<W>),
    Table(TableWriter<W>),
}

/// Returns the columns of the upload or, if it has no header, the fields of all its records.
fn columns_of(path: &Path, options: &ReadOptions) -> Result<Vec<Column>> {
    let mut reader = Reader::open(path, options)?;
    if let Some(header) = reader.header()? {
        return Ok(header.iter().map(Column::text).collect());
    }
    let columns = fields_of(reader)?;
    if columns.len() > upload::MAX_COLUMNS {
        return Err(Error::Invalid(format!(
            "the records have {} fields, a table at most {}; export JSON lines instead",
            columns.len(),
            upload::MAX_COLUMNS
        )));
    }
    Ok(columns)
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

/// Whether records get all scores: as JSON, which spreadsheets are no place for.
fn has_scores(format: OutputFormat) -> bool {
    matches!(
        format,
        OutputFormat::Jsonl | OutputFormat::Json | OutputFormat::Parquet
    )
}

/// The fields that a prediction adds to a record.
struct Added {
    format: OutputFormat,
    labels: LabelFields,
    /// Whether the model says how unfamiliar a text is.
    unfamiliarity: bool,
}

impl Added {
    fn new(store: &dyn BatchStore, batch: i64, format: OutputFormat, labels: LabelFields) -> Result<Self> {
        let first = store.batch_rows(batch, 0, 1)?;
        Ok(Self {
            format,
            labels,
            unfamiliarity: first
                .first()
                .is_some_and(|result| result.prediction.unfamiliarity.is_some()),
        })
    }

    /// Returns the columns of the upload and those of a prediction; the latter are not repeated.
    fn after(&self, fields: Vec<Column>) -> Vec<Column> {
        let mut added = self.labels.columns();
        if self.unfamiliarity {
            added.push(Column::new("unfamiliarity", ColumnKind::Number));
            added.push(Column::new("unfamiliar", ColumnKind::Boolean));
        }
        if has_scores(self.format) {
            added.push(Column::text("scores"));
        }
        let is_added = |column: &Column| added.iter().any(|other| other.name == column.name);
        let mut columns: Vec<Column> = fields.into_iter().filter(|column| !is_added(column)).collect();
        columns.append(&mut added);
        columns
    }

    fn set(&self, record: &mut Record, result: &StoredPrediction) {
        let prediction = &result.prediction;
        let [predicted_field, corrected_field] = self.labels.names();
        record.set(
            predicted_field,
            self.labels.value(&prediction.labels, self.format),
        );
        record.set("confidence", prediction.confidence);
        if let Some(abstained) = prediction.abstained {
            record.set("abstained", abstained);
        }
        if let Some(corrected) = &result.corrected {
            record.set(corrected_field, self.labels.value(corrected, self.format));
        }
        if has_scores(self.format) {
            let score = |one: &Score| json!({ "label": one.label, "score": one.score });
            record.set("scores", prediction.scores.iter().map(score).collect::<Value>());
        }
        record.set("truncated", prediction.truncated);
        if self.unfamiliarity {
            record.set("unfamiliarity", prediction.unfamiliarity);
            let unfamiliar = prediction.unfamiliarity.map(|share| share > UNFAMILIAR_ABOVE);
            record.set("unfamiliar", unfamiliar);
        }
    }
}
