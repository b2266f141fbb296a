//! Sheets with a header and rows of cells.

use rust_xlsxwriter::{Format, Url, Worksheet, XlsxError};

use crate::quotes::shorten;

/// UTF-16 code units of a cell. Longer texts, such as the value of a field, are cut; Excel allows 32,767.
const MAX_CELL: usize = 32_000;
/// Characters of what is shown when the reader points at a link; Excel allows 255.
const MAX_TIP: usize = 250;
/// Widths of columns, in characters.
const WIDTHS: [(Width, f64); 3] = [(Width::Number, 11.0), (Width::Name, 24.0), (Width::Text, 90.0)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Number,
    Name,
    Text,
}

/// A cell; what does not exist is empty.
pub(super) enum Cell<'a> {
    Empty,
    Text(&'a str),
    Number(f64),
    /// A number that links to another cell, and what is shown when the reader points at it.
    Linked {
        number: f64,
        target: String,
        tip: String,
    },
    Yes(bool),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Cell<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number as f64)
    }
}

impl From<bool> for Cell<'_> {
    fn from(yes: bool) -> Self {
        Self::Yes(yes)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A sheet with a header, which is filled from the top.
pub(super) struct Sheet {
    pub(super) sheet: Worksheet,
    row: u32,
}

impl Sheet {
    pub(super) fn new(name: &str, columns: &[(&str, Width)]) -> Result<Self, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold();
        for (place, (column, width)) in (0_u16..).zip(columns) {
            sheet.write_string_with_format(0, place, *column, &bold)?;
            let width = WIDTHS.iter().find(|(name, _)| name == width);
            sheet.set_column_width(place, width.map_or(11.0, |(_, width)| *width))?;
        }
        Ok(Self { sheet, row: 1 })
    }

    /// Writes a row. A text is never a formula.
    pub(super) fn push<const N: usize>(&mut self, cells: [Cell<'_>; N]) -> Result<(), XlsxError> {
        for (place, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) if text.encode_utf16().count() > MAX_CELL => {
                    self.sheet
                        .write_string(self.row, place, shorten(text, MAX_CELL / 2))?;
                }
                Cell::Text(text) => drop(self.sheet.write_string(self.row, place, text)?),
                Cell::Linked { number, target, tip } if number.is_finite() => {
                    let tip: String = tip.chars().take(MAX_TIP).collect();
                    self.sheet
                        .write_url(self.row, place, Url::new(target).set_tip(tip))?;
                    // The link stays where its text is overwritten.
                    self.sheet.write_number(self.row, place, number)?;
                }
                Cell::Linked { .. } => {}
                // Excel has neither NaN nor infinity.
                Cell::Number(number) if !number.is_finite() => {}
                Cell::Number(number) => drop(self.sheet.write_number(self.row, place, number)?),
                Cell::Yes(yes) => drop(self.sheet.write_boolean(self.row, place, yes)?),
            }
        }
        self.row += 1;
        Ok(())
    }
}
