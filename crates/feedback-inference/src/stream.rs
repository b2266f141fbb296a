//! Files of feedback in, files of predictions out, in constant memory.

use std::collections::BTreeSet;
use std::io::Write;

use feedback_dataset::{BadRow, CsvWriter, Format, JsonlWriter, OnBadRow, Reader, Record, Row, RowError, WriteError};
use serde_json::{Value, json};

use crate::{Classifier, Error, Prediction, Result};

/// Records that are read, predicted and written together.
const CHUNK: usize = 512;

/// How a stream of predictions is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamOptions {
    /// JSONL or CSV; the other formats are written as JSONL.
    pub format: Format,
    /// Whether CSV gets a column for the score of each label. JSONL always has them.
    pub with_scores: bool,
    /// What to do about rows that cannot be used.
    pub on_bad_row: OnBadRow,
}

/// What was done with a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamSummary {
    /// Records predicted.
    pub predicted: usize,
    /// Records set aside.
    pub set_aside: usize,
    /// Predicted records whose text was cut to the model's greatest length.
    pub truncated: usize,
}

/// Predicts every record of `reader` and writes it, with all its fields and the prediction's, to `output`.
///
/// Records come out in the order in which they came in. A record that cannot be used goes to `rejected` as a line of
/// JSON with `line`, `offset`, `reason` and `raw`. After each chunk of records `progress` hears how many are done.
///
/// # Errors
///
/// [`Error::BadRow`] with [`OnBadRow::Fail`], or what reading, predicting and writing give.
pub fn predict_stream(
    classifier: &Classifier,
    mut reader: Reader<'_>,
    output: &mut dyn Write,
    rejected: &mut dyn FnMut(&str) -> std::io::Result<()>,
    options: StreamOptions,
    progress: &mut dyn FnMut(&StreamSummary),
) -> Result<StreamSummary> {
    let header = reader.header()?.map(<[String]>::to_vec);
    let mut sink = Sink::new(output, header, classifier, options);
    let mut summary = StreamSummary::default();
    let mut chunk: Vec<Row> = Vec::with_capacity(CHUNK);
    let path = reader.path().display().to_string();
    for row in reader {
        match row {
            Ok(row) => chunk.push(row),
            Err(RowError::Fatal(error)) => return Err(error.into()),
            Err(RowError::Bad(row)) if options.on_bad_row == OnBadRow::Fail => {
                return Err(Error::BadRow {
                    path,
                    hint: row.reason.hint(),
                    row: row.to_string(),
                });
            }
            Err(RowError::Bad(row)) => {
                summary.set_aside += 1;
                rejected(&rejection(&row))?;
            }
        }
        if chunk.len() == CHUNK {
            flush(classifier, &mut chunk, &mut sink, &mut summary)?;
            progress(&summary);
        }
    }
    flush(classifier, &mut chunk, &mut sink, &mut summary)?;
    sink.finish()?;
    progress(&summary);
    Ok(summary)
}

fn rejection(row: &BadRow) -> String {
    json!({
        "line": row.line,
        "offset": row.offset,
        "reason": row.reason.to_string(),
        "raw": row.raw,
    })
    .to_string()
}

fn flush(classifier: &Classifier, chunk: &mut Vec<Row>, sink: &mut Sink, summary: &mut StreamSummary) -> Result<()> {
    let texts: Vec<&str> = chunk.iter().map(|row| row.record.text()).collect();
    let predictions = classifier.predict_many(&texts)?;
    for (row, prediction) in chunk.drain(..).zip(predictions) {
        summary.predicted += 1;
        summary.truncated += usize::from(prediction.truncated);
        sink.write(row.record, &prediction, summary.predicted)?;
    }
    Ok(())
}

/// Where predicted records go. A CSV header needs the fields of the first record, so that writer is made late.
enum Sink<'a> {
    Jsonl(JsonlWriter<&'a mut dyn Write>),
    Csv {
        writer: Option<CsvWriter<&'a mut dyn Write>>,
        output: Option<&'a mut dyn Write>,
        header: Option<Vec<String>>,
        labels: Vec<String>,
        with_scores: bool,
        abstains: bool,
    },
}

impl<'a> Sink<'a> {
    fn new(
        output: &'a mut dyn Write,
        header: Option<Vec<String>>,
        classifier: &Classifier,
        options: StreamOptions,
    ) -> Self {
        match options.format {
            Format::Csv => Self::Csv {
                writer: None,
                output: Some(output),
                header,
                labels: classifier.labels().to_vec(),
                with_scores: options.with_scores,
                abstains: classifier.manifest().abstain_below.is_some(),
            },
            _ => Self::Jsonl(JsonlWriter::new(output)),
        }
    }

    fn write(&mut self, mut record: Record, prediction: &Prediction, number: usize) -> Result<()> {
        match self {
            Self::Jsonl(writer) => {
                add_prediction(&mut record, prediction);
                record.set("scores", json!(prediction.scores));
                record.set("truncated", prediction.truncated);
                Ok(writer.write(&record)?)
            }
            Self::Csv {
                writer,
                output,
                header,
                labels,
                with_scores,
                abstains,
            } => {
                let fields = header.take().unwrap_or_else(|| record.fields().keys().cloned().collect());
                if let Some(output) = output.take() {
                    let columns = csv_columns(fields, labels, *with_scores, *abstains);
                    *writer = Some(CsvWriter::new(output, b',', columns)?);
                }
                add_prediction(&mut record, prediction);
                record.set("truncated", prediction.truncated);
                if *with_scores {
                    for score in &prediction.scores {
                        record.set(score_column(&score.label), score.score);
                    }
                }
                match writer {
                    Some(writer) => writer.write(&record).map_err(|error| csv_error(error, number)),
                    None => Ok(()),
                }
            }
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Jsonl(writer) => drop(writer.finish()?),
            Self::Csv {
                writer: Some(writer), ..
            } => drop(writer.finish()?),
            // No record could be used; a table still has its header.
            Self::Csv {
                output: Some(output),
                header: Some(fields),
                labels,
                with_scores,
                abstains,
                ..
            } => drop(CsvWriter::new(output, b',', csv_columns(fields, &labels, with_scores, abstains))?.finish()?),
            Self::Csv { .. } => {}
        }
        Ok(())
    }
}

fn add_prediction(record: &mut Record, prediction: &Prediction) {
    record.set("predicted_label", prediction.predicted_label.as_str());
    record.set("confidence", prediction.confidence);
    if let Some(abstained) = prediction.abstained {
        record.set("abstained", Value::Bool(abstained));
    }
}

fn csv_columns(input: Vec<String>, labels: &[String], with_scores: bool, abstains: bool) -> Vec<String> {
    let mut columns = input;
    columns.push("predicted_label".into());
    columns.push("confidence".into());
    if abstains {
        columns.push("abstained".into());
    }
    columns.push("truncated".into());
    if with_scores {
        columns.extend(labels.iter().map(|label| score_column(label)));
    }
    let mut seen = BTreeSet::new();
    columns.retain(|column| seen.insert(column.clone()));
    columns
}

fn score_column(label: &str) -> String {
    format!("score_{label}")
}

fn csv_error(error: WriteError, record: usize) -> Error {
    match error {
        WriteError::Io(error) => Error::Io(error),
        WriteError::Content(feedback_dataset::Error::NoColumn { field, .. }) => Error::NoColumn { record, field },
        WriteError::Content(error) => Error::Data(error),
    }
}
