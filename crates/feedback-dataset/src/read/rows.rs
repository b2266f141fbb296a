//! Makes rows of lines, of JSON values and of the rows of a table.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::RowError;
use crate::read::delimited::{Delimited, DelimitedRow};
use crate::read::json_values::{Found, JsonValues};
use crate::read::lines::{Line, Lines};
use crate::read::rules::Rules;
use crate::record::table_row::{Columns, TableRow};
use crate::record::{BadRow, BadRowReason, Record, Row};
use feedback_text::json::in_one_line;

/// Where a row begins.
#[derive(Clone, Copy)]
struct Place {
    line: u64,
    offset: u64,
}

impl Place {
    fn bad(self, reason: BadRowReason, raw: Option<&str>) -> RowError {
        RowError::Bad(BadRow {
            line: self.line,
            offset: self.offset,
            reason,
            raw: raw.map(str::to_owned),
        })
    }

    fn row(self, record: Record) -> Row {
        Row {
            record,
            line: self.line,
            offset: self.offset,
        }
    }

    /// Decodes the bytes of a row.
    fn decode<'b>(self, bytes: &'b [u8], rules: &Rules) -> Result<Cow<'b, str>, RowError> {
        let (encoding, at) = match (std::str::from_utf8(bytes), memchr::memchr(0, bytes)) {
            (Ok(text), None) => return Ok(Cow::Borrowed(text)),
            _ if rules.replace_undecodable => {
                return Ok(String::from_utf8_lossy(bytes).replace('\0', "\u{FFFD}").into());
            }
            (Err(error), _) => ("UTF-8", error.valid_up_to()),
            (Ok(_), Some(zero)) => ("text (NUL)", zero),
        };
        let offset = self.offset + at as u64;
        Err(self.bad(BadRowReason::Undecodable { encoding, offset }, None))
    }
}

/// Makes a row of a line; `parse` makes the record.
pub(super) fn row_of_line(
    lines: &Lines<'_>,
    line: Line,
    rules: &Rules,
    parse: impl FnOnce(&str) -> Result<Record, BadRowReason>,
) -> Result<Option<Row>, RowError> {
    let place = Place {
        line: lines.line(),
        offset: lines.offset(),
    };
    match line {
        Line::End => return Ok(None),
        Line::TooLong => return Err(place.bad(BadRowReason::TooLong { limit: lines.limit() }, None)),
        Line::Blank { lines } => return Err(place.bad(BadRowReason::Blank { lines }, None)),
        Line::Complete => {}
    }
    let text = place.decode(lines.text(), rules)?;
    let record = parse(&text).map_err(|reason| place.bad(reason, Some(&text)))?;
    Ok(Some(place.row(record)))
}

/// Makes a row of a JSON value.
pub(super) fn row_of_value(
    values: &JsonValues<'_>,
    found: Found,
    rules: &Rules,
) -> Result<Option<Row>, RowError> {
    let place = Place {
        line: values.line(),
        offset: values.offset(),
    };
    match found {
        Found::End => return Ok(None),
        Found::TooLong => {
            let limit = values.limit();
            return Err(place.bad(BadRowReason::TooLong { limit }, None));
        }
        Found::Broken(structure) => return Err(place.bad(BadRowReason::JsonStructure(structure), None)),
        Found::Value => {}
    }
    let text = place.decode(values.text(), rules)?;
    // A value of several lines that cannot be parsed is parsed again as it is, so that the reason names the line.
    let record = match text.contains(|character: char| character.is_ascii_control()) {
        true => rules
            .json_record(&in_one_line(&text))
            .or_else(|_| rules.json_record(&text)),
        false => rules.json_record(&text),
    };
    let record = record.map_err(|reason| place.bad(reason, Some(&text)))?;
    Ok(Some(place.row(record)))
}

/// Makes a row of a row of a table.
pub(super) fn row_of_table(
    source: &Delimited<'_>,
    next: DelimitedRow,
    columns: &Arc<Columns>,
    rules: &Rules,
) -> Result<Option<Row>, RowError> {
    let place = Place {
        line: source.line(),
        offset: source.offset(),
    };
    let reason = match next {
        DelimitedRow::End => return Ok(None),
        DelimitedRow::TooLong => {
            let limit = source.limit();
            return Err(place.bad(BadRowReason::TooLong { limit }, None));
        }
        DelimitedRow::Blank { lines } => return Err(place.bad(BadRowReason::Blank { lines }, None)),
        DelimitedRow::UnclosedQuote { line, column } => Some(BadRowReason::UnclosedQuote { line, column }),
        DelimitedRow::TextAfterQuote { line, column } => Some(BadRowReason::TextAfterQuote { line, column }),
        DelimitedRow::Complete if !source.fits(columns.names.len()) => Some(BadRowReason::FieldCount {
            expected: columns.names.len(),
            found: source.n_fields(),
        }),
        DelimitedRow::Complete => None,
    };
    let bad = |reason| match place.decode(source.raw(), rules) {
        Ok(raw) => place.bad(reason, Some(&raw)),
        Err(undecodable) => undecodable,
    };
    if let Some(reason) = reason {
        return Err(bad(reason));
    }
    let (cells, ends) = match source.cells(columns.names.len()) {
        Some(cells) => cells,
        None => {
            place.decode(source.raw(), rules)?;
            source.cells_lossy(columns.names.len())
        }
    };
    let record = rules.table_record(TableRow::new(columns, cells, ends));
    Ok(Some(place.row(record.map_err(bad)?)))
}
