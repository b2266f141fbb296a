//! The fields of all records.

use std::collections::HashMap;

use feedback_dataset::Record;
use feedback_dataset::read::{ReadError, Reader, RowError};
use serde_json::Value;

use crate::column_kind::{Column, ColumnKind};

/// Largest integer up to which 64-bit floats have every integer, 2⁵³.
const EXACT: u64 = 1 << 53;
/// Number of significant digits that 64-bit floats keep.
const EXACT_DIGITS: usize = 15;

/// Returns the fields of all records, in the order in which they first occur. These are the columns of a table of all records. Reads
/// to the end; rows that cannot be used are skipped.
///
/// A column is of numbers or booleans if each value is one, as JSON has them, and if it keeps each number; otherwise it is text.
///
/// # Errors
///
/// The errors of reading.
///
/// # Examples
///
/// ```
/// use feedback_dataset::read::{Format, ReadOptions, Reader};
/// use feedback_formats::write::{Column, ColumnKind, fields_of};
///
/// let lines = "{\"text\": \"a\", \"plan\": \"pro\"}\n{\"score\": 0.5, \"text\": \"b\"}\n";
/// let reader = Reader::from_reader(lines.as_bytes(), "example", Format::Jsonl, &ReadOptions::default());
/// let score = Column::new("score", ColumnKind::Number);
/// assert_eq!(fields_of(reader)?, [Column::text("text"), Column::text("plan"), score]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fields_of(reader: Reader<'_>) -> Result<Vec<Column>, ReadError> {
    let mut fields: Vec<(String, Seen)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for row in reader {
        let record = match row {
            Ok(row) => row.record,
            Err(RowError::Bad(_)) => continue,
            Err(RowError::Fatal(error)) => return Err(error),
        };
        for (name, value) in record.fields() {
            let index = match known.get(name) {
                Some(index) => *index,
                None => {
                    known.insert(name.clone(), fields.len());
                    fields.push((name.clone(), Seen::default()));
                    fields.len() - 1
                }
            };
            fields[index].1.see(&record, name, value);
        }
    }
    let column = |(name, seen): (String, Seen)| Column::new(name, seen.kind());
    Ok(fields.into_iter().map(column).collect())
}

/// What values a field has.
#[derive(Default)]
struct Seen {
    boolean: bool,
    integer: bool,
    float: bool,
    /// An integer beyond 2⁵³.
    large: bool,
    /// A text, a list, an object, or a number that a float would change.
    other: bool,
}

impl Seen {
    fn see(&mut self, record: &Record, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(_) => self.boolean = true,
            Value::Number(_) => self.see_number(&record.cell(name)),
            Value::String(_) | Value::Array(_) | Value::Object(_) => self.other = true,
        }
    }

    /// `number` is written as in the input.
    fn see_number(&mut self, number: &str) {
        if let Ok(integer) = number.parse::<i64>() {
            self.integer = true;
            self.large |= integer.unsigned_abs() > EXACT;
            return;
        }
        let digits = number.split(['e', 'E']).next().unwrap_or_default();
        let digits = digits
            .trim_start_matches(['-', '0', '.'])
            .trim_end_matches(['0', '.']);
        let n_digits = digits.bytes().filter(u8::is_ascii_digit).count();
        match n_digits <= EXACT_DIGITS && number.contains(['.', 'e', 'E']) {
            true => self.float = true,
            false => self.other = true,
        }
    }

    fn kind(&self) -> ColumnKind {
        let is_number = self.integer || self.float;
        let is_mixed = self.other || self.boolean && is_number || self.float && self.large;
        match (is_mixed, self.boolean, self.float, self.integer) {
            (false, true, ..) => ColumnKind::Boolean,
            (false, _, true, _) => ColumnKind::Number,
            (false, _, _, true) => ColumnKind::Integer {
                bits: 64,
                signed: true,
            },
            _ => ColumnKind::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use feedback_dataset::read::{Format, ReadOptions};

    use super::*;

    #[test]
    fn a_column_has_a_kind_only_if_it_keeps_every_value() {
        let integer = ColumnKind::Integer {
            bits: 64,
            signed: true,
        };
        for (values, expected) in [
            ("1 -2 null", integer),
            ("9007199254740993 1", integer),
            ("9007199254740993 0.5", ColumnKind::Text),
            ("1 0.5 -1.50", ColumnKind::Number),
            ("1e3", ColumnKind::Number),
            ("0.12345678901234567", ColumnKind::Text),
            ("123456789012345678901234567890", ColumnKind::Text),
            ("true null false", ColumnKind::Boolean),
            ("true 1", ColumnKind::Text),
            ("1 \"1\"", ColumnKind::Text),
            ("[1]", ColumnKind::Text),
            ("null", ColumnKind::Text),
        ] {
            let lines: String = values
                .split(' ')
                .map(|value| format!("{{\"text\":\"a\",\"x\":{value}}}\n"))
                .collect();
            let options = ReadOptions::default();
            let reader = Reader::from_reader(lines.as_bytes(), "x", Format::Jsonl, &options);
            let expected = [Column::text("text"), Column::new("x", expected)];
            assert_eq!(fields_of(reader).unwrap(), expected, "{values}");
        }
    }
}
