//! Rows that do not come from a text file.

use crate::read::rules::Rules;
use crate::record::{BadRow, BadRowReason, Row};

/// A row of a table that is not stored as text, such as a spreadsheet or a Parquet file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonRow {
    /// Number of the row, from 1, as its program shows it.
    pub line: u64,
    /// The fields as one JSON object on one line.
    pub json: String,
}

impl JsonRow {
    /// Creates a row from its number and its fields.
    #[must_use]
    pub fn new(line: u64, json: String) -> Self {
        Self { line, json }
    }
}

/// Applies the same rules as to a line of JSON.
pub(super) fn record_of_row(row: JsonRow, rules: &Rules, limit: usize) -> Result<Row, BadRow> {
    let JsonRow { line, json } = row;
    let bad = |reason, raw| BadRow {
        line,
        offset: 0,
        reason,
        raw,
    };
    if json.len() > limit {
        return Err(bad(BadRowReason::TooLong { limit }, None));
    }
    match rules.json_record(&json) {
        Ok(record) => Ok(Row {
            record,
            line,
            offset: 0,
        }),
        Err(reason) => Err(bad(reason, Some(json))),
    }
}
