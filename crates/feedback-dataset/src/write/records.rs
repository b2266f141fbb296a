//! Writers for records.

use std::collections::HashSet;
use std::io::{self, Write};

use crate::error::WriteError;
use crate::record::Record;

/// Writes records as JSON lines: one record per line, with all fields in their order.
///
/// # Examples
///
/// ```
/// use feedback_dataset::record::Record;
/// use feedback_dataset::write::JsonlWriter;
///
/// let mut writer = JsonlWriter::new(Vec::new());
/// writer.write(&Record::from_text("one"))?;
/// writer.write(&Record::from_text("two"))?;
/// assert_eq!(writer.finish()?, b"{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct JsonlWriter<W: Write> {
    inner: W,
}

impl<W: Write> JsonlWriter<W> {
    /// Writes to `inner`, which should be buffered.
    pub fn new(inner: W) -> Self {
        Self { inner }
    }

    /// Writes one record and a line break.
    ///
    /// # Errors
    ///
    /// Errors of the inner writer.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        let mut line = record.to_json();
        line.push('\n');
        self.inner.write_all(line.as_bytes())
    }

    /// Flushes, and returns the inner writer.
    ///
    /// # Errors
    ///
    /// Errors of the inner writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.inner.flush()?;
        Ok(self.inner)
    }
}

/// Writes records as CSV or TSV with a header.
///
/// Strings are written unchanged, `null` and missing fields as empty cells, other values as JSON.
///
/// # Examples
///
/// ```
/// use feedback_dataset::record::Record;
/// use feedback_dataset::write::CsvWriter;
///
/// let mut record = Record::from_text("slow, and loud");
/// record.set("predicted_label", "complaint");
/// record.set("confidence", 0.75);
/// let mut writer = CsvWriter::new(Vec::new(), b',', ["text", "predicted_label", "confidence"])?;
/// writer.write(&record)?;
/// let expected = "text,predicted_label,confidence\n\"slow, and loud\",complaint,0.75\n";
/// assert_eq!(writer.finish()?, expected.as_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CsvWriter<W: Write> {
    inner: csv::Writer<W>,
    columns: Vec<String>,
    /// The same names as a set, to find a field quickly.
    known: HashSet<String>,
}

impl<W: Write> std::fmt::Debug for CsvWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvWriter")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header with these columns; a repeated name is written once.
    ///
    /// # Errors
    ///
    /// Errors of the inner writer.
    pub fn new<S: Into<String>>(
        inner: W,
        delimiter: u8,
        columns: impl IntoIterator<Item = S>,
    ) -> io::Result<Self> {
        let (mut distinct, mut known) = (Vec::new(), HashSet::new());
        for column in columns {
            let column = column.into();
            if known.insert(column.clone()) {
                distinct.push(column);
            }
        }
        let mut inner = csv::WriterBuilder::new().delimiter(delimiter).from_writer(inner);
        inner.write_record(&distinct)?;
        Ok(Self {
            inner,
            known,
            columns: distinct,
        })
    }

    /// Writes one record.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoColumn`] if a field of the record is not one of the columns; [`WriteError::Output`] if the inner writer
    /// fails.
    pub fn write(&mut self, record: &Record) -> Result<(), WriteError> {
        if let Some(field) = record.fields().keys().find(|field| !self.known.contains(*field)) {
            return Err(WriteError::NoColumn {
                field: field.clone(),
                columns: self.columns.clone(),
            });
        }
        let cells = self.columns.iter().map(|column| record.cell(column));
        for cell in cells {
            self.inner.write_field(cell.as_bytes()).map_err(io_error)?;
        }
        self.inner.write_record(None::<&[u8]>).map_err(io_error)?;
        Ok(())
    }

    /// Flushes, and returns the inner writer.
    ///
    /// # Errors
    ///
    /// Errors of the inner writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.inner.flush()?;
        self.inner.into_inner().map_err(|error| error.into_error())
    }
}

/// Extracts the error of the inner writer, to keep its kind. Converted by `csv`, every error, even a full disk, would have the
/// kind [`io::ErrorKind::Other`].
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_values_are_json_and_missing_ones_are_empty() {
        let mut record = Record::from_text("a \"b\"\nc");
        record.set("n", serde_json::Value::Null);
        record.set("scores", serde_json::json!([{"label": "bug", "score": 0.5}]));
        let mut writer = CsvWriter::new(Vec::new(), b',', ["text", "n", "scores", "absent", "text"]).unwrap();
        writer.write(&record).unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert_eq!(
            text,
            "text,n,scores,absent\n\"a \"\"b\"\"\nc\",,\"[{\"\"label\"\":\"\"bug\"\",\"\"score\"\":0.5}]\",\n"
        );
    }

    #[test]
    fn a_full_disk_is_reported_as_such() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut writer = CsvWriter::new(Full, b',', ["text"]).unwrap();
        let record = Record::from_text("word ".repeat(10_000));
        let errors = (0..100).find_map(|_| writer.write(&record).err());
        assert!(
            matches!(&errors, Some(WriteError::Output(error)) if error.kind() == io::ErrorKind::StorageFull),
            "{errors:?}"
        );
    }

    #[test]
    fn an_unexpected_field_is_an_error() {
        let mut record = Record::from_text("a");
        record.set("extra", 1);
        let mut writer = CsvWriter::new(Vec::new(), b',', ["text"]).unwrap();
        let error = writer.write(&record).unwrap_err();
        assert!(matches!(error, WriteError::NoColumn { field, .. } if field == "extra"));
    }
}
