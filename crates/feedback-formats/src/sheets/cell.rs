//! The values of cells, as people see them.

use std::borrow::Cow;

use calamine::{Data, DataRef, ExcelDateTime};

use crate::columns::Form;
use crate::json::{write_display, write_float, write_string};

/// A cell that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Boolean(bool),
    /// A date, a time or both, in ISO 8601.
    Date(String),
    /// An error such as `#N/A`.
    Error,
    /// A formula without a result: the program that wrote the file did not calculate it.
    NoResult,
}

/// Integers from this one on may have lost digits: numbers are 64-bit floats.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
/// Integers up to this one are written with all their digits.
const MAX_INTEGER: f64 = 1e21;

impl<'a> Cell<'a> {
    /// Converts a cell; `None` if it is empty.
    pub(super) fn from_calamine(data: &DataRef<'a>) -> Option<Self> {
        Some(match data {
            DataRef::Empty => return None,
            DataRef::Int(number) => Self::Number(*number as f64),
            DataRef::Float(number) => Self::Number(*number),
            DataRef::String(text) => return Self::text(Cow::Owned(text.clone())),
            DataRef::SharedString(text) => return Self::text(Cow::Borrowed(text)),
            DataRef::Bool(value) => Self::Boolean(*value),
            DataRef::DateTime(date) => Self::Date(iso_date(*date)),
            DataRef::DateTimeIso(date) | DataRef::DurationIso(date) => Self::Date(date.clone()),
            DataRef::Error(_) => Self::Error,
        })
    }

    /// Converts a cell of an `.xls`; `None` if it is empty.
    pub(super) fn from_data(data: &'a Data) -> Option<Self> {
        Some(match data {
            Data::Empty => return None,
            Data::Int(number) => Self::Number(*number as f64),
            Data::Float(number) => Self::Number(*number),
            Data::String(text) => return Self::text(Cow::Borrowed(text)),
            Data::Bool(value) => Self::Boolean(*value),
            Data::DateTime(date) => Self::Date(iso_date(*date)),
            Data::DateTimeIso(date) | Data::DurationIso(date) => Self::Date(date.clone()),
            Data::Error(_) => Self::Error,
        })
    }

    /// An empty text, which is often the result of a formula, is an empty cell.
    pub(super) fn text(text: Cow<'a, str>) -> Option<Self> {
        (!text.is_empty()).then_some(Self::Text(text))
    }

    pub(super) fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Self::Number(number) => Cell::Number(number),
            Self::Boolean(value) => Cell::Boolean(value),
            Self::Date(date) => Cell::Date(date),
            Self::Error => Cell::Error,
            Self::NoResult => Cell::NoResult,
        }
    }

    /// Whether this is an integer that may have had other digits in the file.
    pub(super) fn is_rounded(&self) -> bool {
        matches!(self, Self::Number(number) if number.fract() == 0.0 && (MAX_EXACT..MAX_INTEGER).contains(&number.abs()))
    }

    /// The cell as it is displayed.
    pub(super) fn display(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Date(date) => Cow::Borrowed(date),
            Self::Boolean(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Number(_) => {
                let mut text = String::new();
                self.write(Form::Typed, &mut text);
                Cow::Owned(text)
            }
            Self::Error | Self::NoResult => Cow::Borrowed(""),
        }
    }

    /// Whether nothing is to be seen.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }

    /// Writes the cell as JSON.
    pub(super) fn write(&self, form: Form, out: &mut String) {
        match self {
            Self::Error | Self::NoResult => out.push_str("null"),
            Self::Number(number) if form == Form::Typed => write_number(*number, out),
            Self::Boolean(value) if form == Form::Typed => write_display(value, out),
            _ => write_string(&self.display(), out),
        }
    }
}

/// Integers have no decimal point: a spreadsheet does not tell 4 from 4.0.
fn write_number(number: f64, out: &mut String) {
    if number.fract() == 0.0 && number.abs() < MAX_INTEGER {
        // Zero without a sign.
        write_display(number + 0.0, out);
    } else {
        write_float(number, out);
    }
}

/// Writes a number with the format of a date: only the date if the time is midnight, only the time if the number is
/// less than a day, otherwise both.
fn iso_date(date: ExcelDateTime) -> String {
    if date.is_duration() {
        return duration(date.as_f64());
    }
    let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
    let mut time = format!("{hour:02}:{minute:02}:{second:02}");
    if milli > 0 {
        time += &format!(".{milli:03}");
    }
    let day = format!("{year:04}-{month:02}-{day:02}");
    match date.as_f64() {
        value if (0.0..1.0).contains(&value) => time,
        _ if time == "00:00:00" => day,
        _ => format!("{day}T{time}"),
    }
}

/// A duration in days as hours, minutes and seconds: 1.5 is `36:00:00`.
fn duration(days: f64) -> String {
    let seconds = (days.abs() * 86_400.0).round();
    // The cast saturates, so that no number fails.
    let seconds = seconds as u64;
    let sign = if days < 0.0 { "-" } else { "" };
    format!(
        "{sign}{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn dates_and_times() {
        // Expected values as Excel displays them.
        let cases = [
            (45721.0, false, "2025-03-05"),
            (45721.5, false, "2025-03-05T12:00:00"),
            (45_721.427_083_333_336, false, "2025-03-05T10:15:00"),
            (0.25, false, "06:00:00"),
            (1.0, false, "1900-01-01"),
            (61.0, false, "1900-03-01"),
            (44259.0, true, "2025-03-05"),
            (1e300, false, "9999-12-31"),
        ];
        for (value, is_1904, expected) in cases {
            let date = ExcelDateTime::new(value, ExcelDateTimeType::DateTime, is_1904);
            assert_eq!(iso_date(date), expected, "{value}");
        }
        let date = |value| iso_date(ExcelDateTime::new(value, ExcelDateTimeType::TimeDelta, false));
        assert_eq!(
            (date(1.5), date(-0.25)),
            ("36:00:00".to_string(), "-06:00:00".to_string())
        );
    }

    #[test]
    fn cells_are_written_as_people_see_them() {
        let cases = [
            (Cell::Number(4.0), "4", "\"4\""),
            (Cell::Number(-0.0), "0", "\"0\""),
            (Cell::Number(4.5), "4.5", "\"4.5\""),
            (
                Cell::Number(9_007_199_254_740_994.0),
                "9007199254740994",
                "\"9007199254740994\"",
            ),
            (
                Cell::Number(-1e20),
                "-100000000000000000000",
                "\"-100000000000000000000\"",
            ),
            (Cell::Number(1e21), "1e+21", "\"1e+21\""),
            (Cell::Boolean(true), "true", "\"true\""),
            (
                Cell::Date("2025-03-05".into()),
                "\"2025-03-05\"",
                "\"2025-03-05\"",
            ),
            (Cell::Text("a\nb".into()), "\"a\\nb\"", "\"a\\nb\""),
            (Cell::Error, "null", "null"),
            (Cell::NoResult, "null", "null"),
        ];
        for (cell, typed, text) in cases {
            let write = |form| {
                let mut out = String::new();
                cell.write(form, &mut out);
                out
            };
            assert_eq!(
                (write(Form::Typed).as_str(), write(Form::Text).as_str()),
                (typed, text)
            );
        }
    }
}
