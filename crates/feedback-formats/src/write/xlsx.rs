//! Writes a table as a spreadsheet.

use std::io::{self, Write};

use feedback_dataset::Record;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::Value;

use super::moment::{clock, date};
use crate::column_kind::{Column, ColumnKind};

/// The limits of Excel.
const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: usize = 16_384;
const MAX_CELL: usize = 32_767;
/// Excel keeps 15 digits of a number; what has more is written as text.
const MAX_DIGITS: usize = 15;

/// Writes records into the columns given at the start; other fields are left out. Rows are kept in a temporary file.
pub(super) struct XlsxWriter<W: Write> {
    output: W,
    workbook: Workbook,
    columns: Vec<Column>,
    formats: Formats,
    row: u32,
}

/// How dates and times are displayed.
struct Formats {
    date: Format,
    date_time: Format,
    time: Format,
    duration: Format,
}

impl Formats {
    fn new() -> Self {
        let format = |code: &str| Format::new().set_num_format(code);
        Self {
            date: format("yyyy-mm-dd"),
            date_time: format("yyyy-mm-dd hh:mm:ss"),
            time: format("hh:mm:ss"),
            duration: format("[h]:mm:ss"),
        }
    }

    /// The number of days by which a spreadsheet stores a date, a time or a duration, and its format; `None` for any other text, and
    /// for a date before 1900 or with a zone, which spreadsheets do not have.
    fn moment(&self, text: &str) -> Option<(f64, &Format)> {
        const SECONDS_PER_DAY: f64 = 86_400.0;
        let seconds = |text: &str| {
            let (seconds, fraction) = clock(text)?;
            Some(seconds as f64 + format!("0.{fraction}0").parse::<f64>().ok()?)
        };
        if let Some(seconds) = seconds(text) {
            let format = if seconds < SECONDS_PER_DAY {
                &self.time
            } else {
                &self.duration
            };
            return Some((seconds / SECONDS_PER_DAY, format));
        }
        let (day, time) = match text.split_once('T') {
            Some((day, time)) => (
                day,
                Some(seconds(time).filter(|seconds| *seconds < SECONDS_PER_DAY)?),
            ),
            None => (text, None),
        };
        let (year, month, day) = date(day)?;
        let day = ExcelDateTime::from_ymd(u16::try_from(year).ok()?, month, day).ok()?;
        let format = if time.is_some() {
            &self.date_time
        } else {
            &self.date
        };
        Some((day.to_excel() + time.unwrap_or(0.0) / SECONDS_PER_DAY, format))
    }
}

impl<W: Write> std::fmt::Debug for XlsxWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("XlsxWriter")
            .field("columns", &self.columns)
            .field("row", &self.row)
            .finish_non_exhaustive()
    }
}

impl<W: Write> XlsxWriter<W> {
    pub(super) fn new(output: W, columns: &[&Column]) -> io::Result<Self> {
        if columns.len() > MAX_COLUMNS {
            let n = columns.len();
            return Err(full(format!(
                "a spreadsheet has at most {MAX_COLUMNS} columns, not {n}"
            )));
        }
        let mut workbook = Workbook::new();
        // The same input gives the same bytes.
        let never = ExcelDateTime::from_ymd(1980, 1, 1).map_err(failed)?;
        let properties = rust_xlsxwriter::DocProperties::new().set_creation_datetime(&never);
        workbook.set_properties(&properties);
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        let bold = Format::new().set_bold();
        for (index, column) in columns.iter().enumerate() {
            write_text(sheet, 0, index as u16, &column.name, Some(&bold))?;
        }
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        Ok(Self {
            output,
            workbook,
            columns: columns.iter().map(|column| (*column).clone()).collect(),
            formats: Formats::new(),
            row: 1,
        })
    }

    pub(super) fn write(&mut self, record: &Record) -> io::Result<()> {
        if self.row == MAX_ROWS {
            let most = MAX_ROWS - 1;
            return Err(full(format!(
                "a spreadsheet has at most {most} rows below its header; write csv or parquet instead"
            )));
        }
        let row = self.row;
        let sheet = self.workbook.worksheet_from_index(0).map_err(failed)?;
        for (index, Column { name, kind }) in self.columns.iter().enumerate() {
            let index = index as u16;
            let is_moment = matches!(
                kind,
                ColumnKind::Moment | ColumnKind::Date | ColumnKind::Timestamp { .. }
            );
            match record.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::Bool(value)) => drop(sheet.write_boolean(row, index, *value).map_err(failed)?),
                Some(Value::Number(_)) => write_number(sheet, row, index, &record.cell(name))?,
                Some(Value::String(text)) if is_moment => match self.formats.moment(text) {
                    Some((days, format)) => {
                        let written = sheet.write_number_with_format(row, index, days, format);
                        written.map_err(failed)?;
                    }
                    None => write_text(sheet, row, index, text, None)?,
                },
                Some(_) => write_text(sheet, row, index, &record.cell(name), None)?,
            }
        }
        self.row += 1;
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        let bytes = self.workbook.save_to_buffer().map_err(failed)?;
        self.output.write_all(&bytes)?;
        self.output.flush()
    }
}

/// Writes a number as a number if Excel keeps all its digits, and otherwise as text.
fn write_number(sheet: &mut Worksheet, row: u32, column: u16, digits: &str) -> io::Result<()> {
    let n_digits = digits.bytes().filter(u8::is_ascii_digit).count();
    let whole = digits.split('.').next().unwrap_or_default();
    let n_whole = whole.bytes().filter(u8::is_ascii_digit).count();
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() && n_digits <= MAX_DIGITS => {
            sheet.write_number(row, column, number).map_err(failed)?;
            Ok(())
        }
        // A fraction such as a confidence has more digits than anybody needs; an id or a large amount does not.
        Ok(number) if number.is_finite() && n_whole <= MAX_DIGITS && digits.contains('.') => {
            sheet.write_number(row, column, number).map_err(failed)?;
            Ok(())
        }
        _ => write_text(sheet, row, column, digits, None),
    }
}

/// Writes a text, never as a formula.
fn write_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    format: Option<&Format>,
) -> io::Result<()> {
    // Excel counts UTF-16 code units.
    let length = text.encode_utf16().count();
    if length > MAX_CELL {
        return Err(full(format!(
            "row {}, column {}: a cell of a spreadsheet has at most {MAX_CELL} characters, not {length}; write csv or parquet instead",
            row + 1,
            column + 1
        )));
    }
    match format {
        Some(format) => sheet.write_string_with_format(row, column, text, format),
        None => sheet.write_string(row, column, text),
    }
    .map_err(failed)?;
    Ok(())
}

fn full(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

/// Converts an error. An I/O error inside is kept, so that a full disk is still recognised.
fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}
