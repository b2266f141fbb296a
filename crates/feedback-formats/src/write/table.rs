//! Writes records into the columns of a table.

use std::collections::HashSet;
use std::io::{self, Write};

use feedback_dataset::Record;
use feedback_dataset::error::WriteError;
use feedback_dataset::write::CsvWriter;

use super::formula::escape_formula;
#[cfg(feature = "parquet")]
use super::parquet::ParquetWriter;
use super::style::{OutputFormat, TableStyle};
#[cfg(feature = "excel")]
use super::xlsx::XlsxWriter;
use crate::column_kind::Column;

/// Writes records as a table: CSV, a spreadsheet or Parquet.
///
/// # Examples
///
/// ```
/// use feedback_dataset::record::Record;
/// use feedback_formats::write::{Column, OutputFormat, TableStyle, TableWriter};
///
/// let mut style = TableStyle::default();
/// style.delimiter = b';';
/// style.byte_order_mark = true;
/// style.escape_formulas = true;
/// let columns = [Column::text("text"), Column::text("stars")];
/// let mut written = Vec::new();
/// let mut writer = TableWriter::new(&mut written, OutputFormat::Csv, &style, &columns)?;
/// let mut record = Record::from_text("=1+1; really");
/// record.set("stars", 5);
/// writer.write(&record)?;
/// writer.finish()?;
/// assert_eq!(String::from_utf8(written)?, "\u{feff}text;stars\n\"'=1+1; really\";5\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TableWriter<W: Write + Send> {
    kind: Kind<W>,
    names: HashSet<String>,
    columns: Vec<String>,
    escapes: bool,
}

#[derive(Debug)]
enum Kind<W: Write + Send> {
    Csv(Box<CsvWriter<W>>),
    #[cfg(feature = "excel")]
    Xlsx(Box<XlsxWriter<W>>),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetWriter<W>>),
}

impl<W: Write + Send> TableWriter<W> {
    /// Writes the header with these columns; a repeated name is written once.
    ///
    /// # Errors
    ///
    /// Errors of `output`; an error of the kind `Unsupported` for JSON lines, which are not a table, and for a format that this
    /// build cannot write.
    pub fn new(
        mut output: W,
        format: OutputFormat,
        style: &TableStyle,
        columns: &[Column],
    ) -> io::Result<Self> {
        let mut names = HashSet::new();
        let distinct: Vec<&Column> = columns
            .iter()
            .filter(|column| names.insert(column.name.clone()))
            .collect();
        let kind = match format {
            OutputFormat::Csv => {
                if style.byte_order_mark {
                    output.write_all("\u{feff}".as_bytes())?;
                }
                let shown = distinct.iter().map(|column| match style.escape_formulas {
                    true => escape_formula(&column.name).into_owned(),
                    false => column.name.clone(),
                });
                Kind::Csv(Box::new(CsvWriter::new(output, style.delimiter, shown)?))
            }
            #[cfg(feature = "excel")]
            OutputFormat::Xlsx => Kind::Xlsx(Box::new(XlsxWriter::new(output, &distinct)?)),
            #[cfg(feature = "parquet")]
            OutputFormat::Parquet => Kind::Parquet(Box::new(ParquetWriter::new(output, &distinct)?)),
            other => {
                let problem = format!("`{other}` cannot be written as a table by this build");
                return Err(io::Error::new(io::ErrorKind::Unsupported, problem));
            }
        };
        Ok(Self {
            kind,
            columns: distinct.into_iter().map(|column| column.name.clone()).collect(),
            names,
            escapes: style.escape_formulas && format == OutputFormat::Csv,
        })
    }

    /// Writes one record.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoColumn`] if a field of the record is not one of the columns; [`WriteError::Output`] if the output fails, or a
    /// spreadsheet is full.
    pub fn write(&mut self, record: &Record) -> Result<(), WriteError> {
        if let Some(field) = record.fields().keys().find(|field| !self.names.contains(*field)) {
            return Err(WriteError::NoColumn {
                field: field.clone(),
                columns: self.columns.clone(),
            });
        }
        match &mut self.kind {
            Kind::Csv(writer) if self.escapes => writer.write(&escaped(record)),
            Kind::Csv(writer) => writer.write(record),
            #[cfg(feature = "excel")]
            Kind::Xlsx(writer) => Ok(writer.write(record)?),
            #[cfg(feature = "parquet")]
            Kind::Parquet(writer) => Ok(writer.write(record)?),
        }
    }

    /// Finishes the table. Without this, a spreadsheet or a Parquet file cannot be read.
    ///
    /// # Errors
    ///
    /// Errors of the output.
    pub fn finish(self) -> io::Result<()> {
        match self.kind {
            Kind::Csv(writer) => drop(writer.finish()?),
            #[cfg(feature = "excel")]
            Kind::Xlsx(writer) => writer.finish()?,
            #[cfg(feature = "parquet")]
            Kind::Parquet(writer) => writer.finish()?,
        }
        Ok(())
    }
}

/// Returns the record with escaped names and values.
fn escaped(record: &Record) -> Record {
    let mut cells = Record::from_text("");
    cells.remove("text");
    for name in record.fields().keys() {
        let cell = record.cell(name);
        cells.set(escape_formula(name), escape_formula(&cell).into_owned());
    }
    cells
}
