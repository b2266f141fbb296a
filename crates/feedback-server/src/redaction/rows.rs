//! Writes the rows of a rewritten file.

use std::io::Write;

use feedback_dataset::Record;
use feedback_dataset::read::Format;
use feedback_dataset::write::CsvWriter;

use crate::error::Result;

/// A writer for the rows of a rewritten file.
pub(super) enum Rows<W: Write> {
    Table(Box<CsvWriter<W>>),
    Lines(W, Format),
}

impl<W: Write> Rows<W> {
    pub(super) fn new(output: W, format: Format, header: Option<Vec<String>>) -> Result<Self> {
        let delimiter = if format == Format::Tsv { b'\t' } else { b',' };
        Ok(match header {
            Some(header) => Self::Table(Box::new(CsvWriter::new(output, delimiter, header)?)),
            None => Self::Lines(output, format),
        })
    }

    pub(super) fn write(&mut self, record: &Record) -> Result<()> {
        match self {
            Self::Table(writer) => Ok(writer.write(record)?),
            Self::Lines(output, Format::Jsonl) => Ok(writeln!(output, "{}", record.to_json())?),
            Self::Lines(output, _) => Ok(writeln!(output, "{}", record.text())?),
        }
    }

    /// Writes a placeholder for a row that was set aside; the content of the row is removed.
    pub(super) fn write_bad(&mut self) -> Result<()> {
        match self {
            Self::Table(writer) => {
                let mut empty = Record::from_text("");
                empty.remove("text");
                Ok(writer.write(&empty)?)
            }
            // A line of plain text is set aside if it is empty.
            Self::Lines(output, Format::Lines) => Ok(writeln!(output)?),
            Self::Lines(output, _) => Ok(writeln!(output, "[erased row]")?),
        }
    }

    pub(super) fn finish(self) -> Result<()> {
        match self {
            Self::Table(writer) => drop(writer.finish()?),
            Self::Lines(mut output, _) => output.flush()?,
        }
        Ok(())
    }
}
