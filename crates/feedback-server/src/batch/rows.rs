//! The rows of a batch: read, and converted for the store.

use feedback_dataset::read::RowError;
use feedback_dataset::record::{Record, Row};

use super::dates::Dates;
use super::given::cell;
use super::lines::Lines;
use super::unpack::place_and_reason;
use crate::clock::{now_ms, parse_past};
use crate::error::Result;
use crate::serving::Prediction;
use feedback_store::{BadRowEntry, Fields, NewPrediction};

/// A chunk ends once its rows have this many bytes.
const CHUNK_BYTES: usize = 1 << 20;
/// The maximum length of a record's source, in bytes; longer ones are ignored.
const MAX_SOURCE: usize = 64;

/// A row that can be classified.
pub(super) struct Good {
    pub(super) number: i64,
    pub(super) line: u64,
    pub(super) text: String,
    pub(super) source: String,
    /// When the text was written, in milliseconds since 1970, if known.
    pub(super) at: Option<i64>,
    /// The cell with the labels that people gave, if the file has such a column, and it is not empty.
    pub(super) label: Option<String>,
    /// All fields but the text.
    pub(super) fields: Fields,
}

/// Where the texts of a file come from.
pub(super) struct Origin<'a> {
    /// The field with the text.
    pub(super) text_field: &'a str,
    /// The source of rows that do not name one.
    pub(super) source: &'static str,
    /// Whether the batch has a choice of columns; if not, `source` and `created_at` have their usual meaning too.
    pub(super) has_choice: bool,
    /// The field with the source.
    pub(super) source_field: Option<String>,
    /// The field with labels that people gave.
    pub(super) label_field: Option<String>,
    pub(super) dates: Option<Dates>,
    /// The lines of the rows in the upload, if it was converted.
    pub(super) lines: Lines,
}

impl Good {
    /// Takes source and time from the record, or otherwise from what is known about the file.
    fn new(number: i64, row: &Row, origin: &Origin<'_>) -> Self {
        let record = &row.record;
        let own = origin.source_field.as_ref().map(|field| record.cell(field));
        let usual = || record.source().filter(|_| !origin.has_choice);
        let source = own
            .as_deref()
            .or_else(usual)
            .map(str::trim)
            .filter(|source| !source.is_empty() && source.len() <= MAX_SOURCE)
            .unwrap_or(origin.source);
        let dates = || origin.dates.as_ref()?.of(record);
        let usual_time = || {
            let at = record.created_at().filter(|_| !origin.has_choice);
            at.and_then(parse_past)
        };
        Self {
            number,
            line: origin.lines.of(number, row.line),
            text: record.text().to_owned(),
            source: source.to_owned(),
            at: dates().or_else(usual_time),
            label: origin
                .label_field
                .as_deref()
                .and_then(|field| cell(record, field)),
            fields: fields_of(record, origin.text_field),
        }
    }
}

/// Returns the fields but the text, as they came in.
fn fields_of(record: &Record, text_field: &str) -> Fields {
    let mut record = record.clone();
    record.remove(text_field);
    // A record is always written as a JSON object.
    serde_json::from_str(&record.to_json()).unwrap_or_default()
}

type Chunked = (Vec<Good>, Vec<BadRowEntry>);

pub(super) fn read_chunk(
    rows: &mut impl Iterator<Item = std::result::Result<Row, RowError>>,
    origin: &Origin<'_>,
    position: u64,
    most: usize,
) -> Result<Chunked> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for number in (position..).take(most) {
        if bytes >= CHUNK_BYTES {
            break;
        }
        let Some(row) = rows.next() else { break };
        let number = number.cast_signed();
        match row {
            Ok(row) => {
                let row = Good::new(number, &row, origin);
                bytes += row.text.len() + row.fields.n_bytes();
                good.push(row);
            }
            Err(RowError::Bad(row)) => {
                let (line, reason) = place_and_reason(&row);
                bad.push(BadRowEntry {
                    row: number,
                    line: origin.lines.of(number, line),
                    reason,
                });
            }
            Err(RowError::Fatal(error)) => return Err(error.into()),
        }
    }
    Ok((good, bad))
}

pub(super) fn to_store(batch: i64, row: Good, prediction: Prediction, model: &str) -> NewPrediction {
    NewPrediction {
        at: row.at.unwrap_or_else(now_ms),
        undated: row.at.is_none(),
        text: row.text,
        source: row.source,
        answers: prediction.stored_answers(),
        scores: prediction.stored_scores(),
        labels: prediction.labels,
        confidence: prediction.confidence,
        margin: prediction.margin,
        abstained: prediction.abstained,
        truncated: prediction.truncated,
        unfamiliarity: prediction.unfamiliarity,
        model: model.to_owned(),
        batch: Some((batch, row.number)),
        fields: row.fields,
    }
}
