//! A dialect: how rows are written, and what they are packed in.

use std::fmt;

use serde_json::Value;

use super::columnar::Columnar;
use super::container::Packed;
use super::delimited::{Above, Delimited, TITLE_ROWS};
use super::encoding::Charset;
use super::json::{Json, Layout};
use super::ods::Ods;
use super::table::{Cell, Table};
use super::xlsx::Xlsx;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// A table of text.
    Delimited(Delimited),
    /// JSON.
    Json(Json),
    /// An Excel workbook.
    Xlsx(Xlsx),
    /// An OpenDocument spreadsheet.
    Ods(Ods),
    /// Parquet or Arrow.
    Columnar(Columnar),
}

/// One of the ways to write a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// How rows are written.
    pub rows: Rows,
    /// What they are packed in.
    pub packed: Packed,
}

impl Dialect {
    /// Every combination, in a fixed order in which neighbours differ in their container.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let delimited = Delimited::all().into_iter().map(Rows::Delimited);
        let rows = delimited
            .chain(Json::all().into_iter().map(Rows::Json))
            .chain(Xlsx::all().into_iter().map(Rows::Xlsx))
            .chain(Ods::all().into_iter().map(Rows::Ods))
            .chain(Columnar::all().into_iter().map(Rows::Columnar));
        rows.flat_map(|rows| Packed::ALL.map(|packed| Self { rows, packed }))
            .collect()
    }

    /// The table without what this dialect cannot express, such as characters that its encoding does not have.
    #[must_use]
    pub fn fitted(&self, table: &Table) -> Table {
        match self.rows {
            Rows::Delimited(delimited) => delimited.fitted(table),
            Rows::Ods(ods) => ods.fitted(table),
            Rows::Json(_) | Rows::Xlsx(_) | Rows::Columnar(_) => table.clone(),
        }
    }

    /// The file, for a table that [`fitted`](Self::fitted) returned.
    #[must_use]
    pub fn write(&self, table: &Table) -> Vec<u8> {
        let content = match self.rows {
            Rows::Delimited(delimited) => delimited.write(table),
            Rows::Json(json) => json.write(table),
            Rows::Xlsx(xlsx) => xlsx.write(table),
            Rows::Ods(ods) => ods.write(table),
            Rows::Columnar(columnar) => columnar.write(table),
        };
        self.packed.pack(&self.inner_name(), content)
    }

    /// The name of the file.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.inner_name() + self.packed.ending()
    }

    fn inner_name(&self) -> String {
        let ending = match self.rows {
            Rows::Delimited(Delimited { delimiter: '\t', .. }) => "tsv",
            Rows::Delimited(_) => "csv",
            Rows::Json(Json {
                layout: Layout::Lines,
                ..
            }) => "jsonl",
            Rows::Json(_) => "json",
            Rows::Xlsx(_) => "xlsx",
            Rows::Ods(_) => "ods",
            Rows::Columnar(columnar) => columnar.ending(),
        };
        format!("table.{ending}")
    }

    /// The encoding of a text format.
    #[must_use]
    pub fn charset(&self) -> Option<Charset> {
        match self.rows {
            Rows::Delimited(delimited) => Some(delimited.charset),
            Rows::Json(json) => Some(json.charset),
            Rows::Xlsx(_) | Rows::Ods(_) | Rows::Columnar(_) => None,
        }
    }

    /// Number of lines above the header that a reader must be told to skip.
    #[must_use]
    pub fn skip_rows(&self) -> usize {
        match self.rows {
            Rows::Delimited(Delimited {
                above: Above::Titles, ..
            }) => TITLE_ROWS,
            _ => 0,
        }
    }

    /// The value of a cell in this dialect: text where the format has no types.
    #[must_use]
    pub fn expected(&self, cell: &Cell) -> Value {
        match self.rows {
            Rows::Delimited(_) => Value::from(cell.text()),
            _ => cell.json(),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.file_name())?;
        match &self.rows {
            Rows::Delimited(delimited) => delimited.fmt(f)?,
            Rows::Json(json) => json.fmt(f)?,
            Rows::Xlsx(xlsx) => xlsx.fmt(f)?,
            Rows::Ods(ods) => ods.fmt(f)?,
            Rows::Columnar(columnar) => columnar.fmt(f)?,
        }
        f.write_str(")")
    }
}
