//! Predicts files of feedback in constant memory.

use std::io::Write;
use std::path::PathBuf;

use feedback_clean::Masking;
use feedback_dataset::read::{OnBadRow, Reader, RowError};
use feedback_dataset::record::{BadRow, Row};
use serde_json::json;

use crate::error::{Error, Result};
use crate::explanation::{ExplainMethod, Explanation};
use crate::predictor::Predictor;
use crate::sink::{Sink, StreamOptions};

/// Maximum number of records that are read, predicted and written together.
const CHUNK: usize = 512;
/// Number of bytes of text after which a chunk of records is complete, even if it has fewer records.
const CHUNK_BYTES: usize = 4 << 20;
/// Number of bytes of records after which a chunk is complete: besides its text, a record may have other large fields.
const CHUNK_RECORD_BYTES: u64 = 8 << 20;

/// The result of predicting a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamSummary {
    /// Number of predicted records.
    pub predicted: usize,
    /// Number of records set aside.
    pub set_aside: usize,
    /// The first record set aside, if possible one that people did not leave out on purpose.
    pub first_problem: Option<Problem>,
    /// Number of predicted records whose text was too long and was cut.
    pub truncated: usize,
    /// Number of predicted records of whose tokens the model's vocabulary knows none.
    pub unknown: usize,
    /// Number of predicted records whose text is unfamiliar to the model.
    pub unfamiliar: usize,
    /// Number of predicted records whose text was read in windows.
    pub in_windows: usize,
    /// Number of predicted records whose text was cleaned before the model read it.
    pub cleaned: usize,
}

/// Why a record was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line on which the record begins, from 1.
    pub line: u64,
    /// The reason; personal data are masked if the options say so.
    pub reason: String,
    /// What to do next, in one sentence without a full stop.
    pub hint: &'static str,
    /// Whether the record is a blank line, or was left out on purpose.
    is_left_out: bool,
}

impl Problem {
    fn new(row: &BadRow, masking: Option<&Masking>) -> Self {
        Self {
            line: row.line,
            reason: masked(&row.reason.to_string(), masking),
            hint: row.reason.hint(),
            is_left_out: row.is_left_out(),
        }
    }
}

/// Predicts every record of `reader` and writes it to `output`, with all fields of the record and of the prediction. The text is
/// not changed, except if the options mask personal data.
///
/// The order of records does not change. An unusable record goes to `rejected` as a JSON line with `line`,
/// `offset`, `reason` and `raw`. After each chunk, `progress` is called with the counts so far.
///
/// # Errors
///
/// [`Error::BadRow`] with [`OnBadRow::Fail`], except for blank lines between rows, and the errors of reading, predicting, explaining and
/// writing.
pub fn predict_stream<'a>(
    model: impl Into<Predictor<'a>>,
    mut reader: Reader<'_>,
    output: &mut (dyn Write + Send),
    rejected: &mut dyn FnMut(&str) -> std::io::Result<()>,
    options: &StreamOptions,
    progress: &mut dyn FnMut(&StreamSummary),
) -> Result<StreamSummary> {
    let origin = Origin::of(&mut reader)?;
    predict_rows(model, (&origin, &mut reader), output, rejected, options, progress)
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The path of the file, for messages.
    pub path: PathBuf,
    /// The columns, if the file has a header.
    pub header: Option<Vec<String>>,
}

impl Origin {
    /// Reads the header of a reader.
    ///
    /// # Errors
    ///
    /// The header cannot be read.
    pub fn of(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            header: reader.header()?.map(<[String]>::to_vec),
            path: reader.path().to_owned(),
        })
    }
}

/// Like [`predict_stream`], for some rows of a reader.
///
/// # Errors
///
/// Those of [`predict_stream`].
pub fn predict_rows<'a>(
    model: impl Into<Predictor<'a>>,
    (origin, rows): (
        &Origin,
        &mut dyn Iterator<Item = std::result::Result<Row, RowError>>,
    ),
    output: &mut (dyn Write + Send),
    rejected: &mut dyn FnMut(&str) -> std::io::Result<()>,
    options: &StreamOptions,
    progress: &mut dyn FnMut(&StreamSummary),
) -> Result<StreamSummary> {
    let model = model.into();
    let mut sink = Sink::new(output, origin.header.clone(), model, options)?;
    let mut summary = StreamSummary::default();
    let mut chunk = Chunk::default();
    for row in rows {
        match row {
            Ok(row) => chunk.push(row),
            Err(RowError::Fatal(error)) => return Err(error.into()),
            Err(RowError::Bad(row)) if options.on_bad_row == OnBadRow::Fail && !row.is_left_out() => {
                return Err(Error::BadRow {
                    path: origin.path.clone(),
                    row: Box::new(row),
                });
            }
            Err(RowError::Bad(row)) => {
                summary.set_aside += 1;
                let is_first = match &summary.first_problem {
                    None => true,
                    Some(first) => first.is_left_out && !row.is_left_out(),
                };
                if is_first {
                    summary.first_problem = Some(Problem::new(&row, options.masking.as_ref()));
                }
                rejected(&rejection(&row, options.masking.as_ref()))?;
            }
        }
        if chunk.is_complete() {
            let rows = std::mem::take(&mut chunk).rows;
            flush(model, rows, &mut sink, &mut summary, options)?;
            progress(&summary);
        }
    }
    flush(model, chunk.rows, &mut sink, &mut summary, options)?;
    sink.finish()?;
    progress(&summary);
    Ok(summary)
}

/// Records that are predicted and written together.
#[derive(Debug, Default)]
struct Chunk {
    rows: Vec<Row>,
    text_bytes: usize,
    record_bytes: u64,
}

impl Chunk {
    fn push(&mut self, row: Row) {
        self.text_bytes += row.record.text().len();
        // In a text file, the distance from the row before is the size of that row. Rows of other files have no offset.
        self.record_bytes += match self.rows.last() {
            Some(last) if row.offset > last.offset => row.offset - last.offset,
            _ if row.offset > 0 => 0,
            _ => row.record.to_json().len() as u64,
        };
        self.rows.push(row);
    }

    fn is_complete(&self) -> bool {
        self.rows.len() == CHUNK || self.text_bytes >= CHUNK_BYTES || self.record_bytes >= CHUNK_RECORD_BYTES
    }
}

fn rejection(row: &BadRow, masking: Option<&Masking>) -> String {
    json!({
        "line": row.line,
        "offset": row.offset,
        "reason": masked(&row.reason.to_string(), masking),
        "raw": row.raw.as_deref().map(|raw| masked(raw, masking)),
    })
    .to_string()
}

fn masked(text: &str, masking: Option<&Masking>) -> String {
    match masking {
        Some(masking) => masking.mask(text).into_owned(),
        None => text.to_owned(),
    }
}

fn flush(
    model: Predictor<'_>,
    rows: Vec<Row>,
    sink: &mut Sink,
    summary: &mut StreamSummary,
    options: &StreamOptions,
) -> Result<()> {
    let texts: Vec<&str> = rows.iter().map(|row| row.record.text()).collect();
    let predictions = model.predict_many(&texts)?;
    let cleaning = model.cleaning();
    for (mut row, prediction) in rows.into_iter().zip(predictions) {
        summary.predicted += 1;
        summary.truncated += usize::from(prediction.truncated());
        summary.unknown += usize::from(prediction.unknown_share() >= 1.0);
        summary.unfamiliar += usize::from(prediction.is_unfamiliar());
        summary.in_windows += usize::from(prediction.windows().is_some());
        summary.cleaned += usize::from(cleaning.changed(row.record.text()).is_some());
        let explain = options
            .explain
            .map(|method| explanation(model, row.record.text(), method, options.explain_label.as_deref()));
        let explanation = explain.transpose()?;
        if let Some(masking) = &options.masking {
            let masked = masking.mask(row.record.text()).into_owned();
            if masked != row.record.text() {
                row.record.set(row.record.text_field().to_owned(), masked);
            }
        }
        sink.write(row.record, &prediction, explanation.as_ref(), summary.predicted)?;
    }
    Ok(())
}

fn explanation(
    model: Predictor<'_>,
    text: &str,
    method: ExplainMethod,
    label: Option<&str>,
) -> Result<Explanation> {
    match (model, label) {
        (Predictor::SingleLabel(classifier), None) => classifier.explain(text, method),
        (Predictor::SingleLabel(classifier), Some(label)) => classifier.explain_label(text, method, label),
        (Predictor::MultiLabel(classifier), None) => classifier.explain(text, method),
        (Predictor::MultiLabel(classifier), Some(label)) => classifier.explain_label(text, method, label),
    }
}
