//! Files of feedback in, files of predictions out, in constant memory.

use std::io::Write;

use feedback_dataset::read::{OnBadRow, Reader, RowError};
use feedback_dataset::record::{BadRow, Row};
use serde_json::json;

use crate::classifier::Classifier;
use crate::error::{Error, Result};
use crate::explanation::ExplainMethod;
use crate::sink::{Sink, StreamOptions};

/// At most so many records are read, predicted and written together,
const CHUNK: usize = 512;
/// and at most so many bytes of text, but for one longer text.
const CHUNK_BYTES: usize = 4 << 20;

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
    let mut bytes = 0;
    let path = reader.path().display().to_string();
    for row in reader {
        match row {
            Ok(row) => {
                bytes += row.record.text().len();
                chunk.push(row);
            }
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
        if chunk.len() == CHUNK || bytes >= CHUNK_BYTES {
            flush(classifier, &mut chunk, &mut sink, &mut summary, options.explain)?;
            bytes = 0;
            progress(&summary);
        }
    }
    flush(classifier, &mut chunk, &mut sink, &mut summary, options.explain)?;
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

fn flush(
    classifier: &Classifier,
    chunk: &mut Vec<Row>,
    sink: &mut Sink,
    summary: &mut StreamSummary,
    explain: Option<ExplainMethod>,
) -> Result<()> {
    let texts: Vec<&str> = chunk.iter().map(|row| row.record.text()).collect();
    let predictions = classifier.predict_many(&texts)?;
    for (row, prediction) in chunk.drain(..).zip(predictions) {
        summary.predicted += 1;
        summary.truncated += usize::from(prediction.truncated);
        let explain = explain.map(|method| classifier.explain(row.record.text(), method));
        sink.write(
            row.record,
            &prediction,
            explain.transpose()?.as_ref(),
            summary.predicted,
        )?;
    }
    Ok(())
}
