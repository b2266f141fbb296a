//! Writes records as JSON.

use std::io::{self, Write};

use feedback_dataset::Record;

use super::style::OutputFormat;

/// Writes records as JSON lines or as one JSON array, with all fields in their order.
///
/// # Examples
///
/// ```
/// use feedback_dataset::Record;
/// use feedback_formats::write::{JsonWriter, OutputFormat};
///
/// let records = [Record::from_text("one"), Record::from_text("two")];
/// let written = |format| -> std::io::Result<String> {
///     let mut written = Vec::new();
///     let mut writer = JsonWriter::new(&mut written, format)?;
///     for record in &records {
///         writer.write(record)?;
///     }
///     writer.finish()?;
///     Ok(String::from_utf8_lossy(&written).into_owned())
/// };
/// assert_eq!(written(OutputFormat::Jsonl)?, "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
/// assert_eq!(written(OutputFormat::Json)?, "[\n{\"text\":\"one\"},\n{\"text\":\"two\"}\n]\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct JsonWriter<W> {
    output: W,
    is_array: bool,
    is_empty: bool,
}

impl<W: Write> JsonWriter<W> {
    /// Writes to `output`, which should be buffered.
    ///
    /// # Errors
    ///
    /// Errors of `output`; an error of the kind `Unsupported` for a format that is not JSON.
    pub fn new(mut output: W, format: OutputFormat) -> io::Result<Self> {
        let is_array = match format {
            OutputFormat::Jsonl => false,
            OutputFormat::Json => true,
            other => {
                let problem = format!("`{other}` is a table, expected jsonl or json");
                return Err(io::Error::new(io::ErrorKind::Unsupported, problem));
            }
        };
        if is_array {
            output.write_all(b"[")?;
        }
        Ok(Self {
            output,
            is_array,
            is_empty: true,
        })
    }

    /// Writes one record.
    ///
    /// # Errors
    ///
    /// Errors of the output.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        let (before, after) = match (self.is_array, is_first) {
            (false, _) => ("", "\n"),
            (true, true) => ("\n", ""),
            (true, false) => (",\n", ""),
        };
        let json = record.to_json();
        let mut line = String::with_capacity(json.len() + 2);
        line.extend([before, &json, after]);
        self.output.write_all(line.as_bytes())
    }

    /// Ends the array and flushes the output.
    ///
    /// # Errors
    ///
    /// Errors of the output.
    pub fn finish(mut self) -> io::Result<()> {
        match (self.is_array, self.is_empty) {
            (false, _) => {}
            (true, true) => self.output.write_all(b"]\n")?,
            (true, false) => self.output.write_all(b"\n]\n")?,
        }
        self.output.flush()
    }
}
