//! Turns uploads into text files: spreadsheets, Parquet and compressed files become JSON Lines, which all later steps read.

use std::io::{BufWriter, Write};
use std::path::Path;

use feedback_clean::Masking;
use feedback_dataset::read::{Encoding, Format, ReadOptions, RowError};
use feedback_dataset::record::BadRow;
use feedback_formats::write::TableStyle;
use feedback_formats::{FileFormat, Limits, Resolved, Source, open_as, resolve_as};
use feedback_store::Fields;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::batch::converted::ConvertedFrom;
use crate::batch::lines::Lines;
use crate::batch::reading::Reading;
use crate::error::{Error, Result};
use crate::masking::mask_fields;
use crate::state_folder::UNFINISHED;

/// An uploaded file as a text file.
pub(crate) struct Unpacked {
    /// The text file.
    pub(crate) file: NamedTempFile,
    /// Its format.
    pub(crate) format: Format,
    /// What of the upload is not read, one sentence each.
    pub(crate) notes: Vec<String>,
}

/// Detects the format of an upload. Converts the upload if it is not a plain text file whose rows can be read without settings, or
/// if personal data are masked, so that the stored file contains none. `name` is the client's name of the file.
///
/// # Errors
///
/// [`Error::Data`] if the file cannot be read or has no such sheet, [`Error::Invalid`] if it expands to more than `max_bytes`.
pub(crate) fn unpack(
    file: NamedTempFile,
    (name, reading): (&str, &Reading),
    folder: &Path,
    max_bytes: u64,
    max_row_bytes: usize,
    masking: Option<&Masking>,
) -> Result<Unpacked> {
    let mut limits = Limits::default();
    limits.max_expanded_bytes = max_bytes;
    let mut options = reading.options(max_row_bytes);
    let mut found = resolve_as(file.path(), name, &options, &limits)?;
    let mut source = open_as(file.path(), name, &found.options, &limits)?;
    let is_json = source.contents.format == FileFormat::Text(Format::Jsonl);
    if is_json && options.encoding == Encoding::Guess {
        options.encoding = Encoding::Utf8; // as all later steps read JSON
        found = resolve_as(file.path(), name, &options, &limits)?;
        source = open_as(file.path(), name, &found.options, &limits)?;
    }
    let Resolved {
        options,
        not_read: notes,
        ..
    } = found;
    if let (FileFormat::Text(format), [], None) = (
        source.contents.format,
        source.contents.containers.as_slice(),
        masking,
    ) && format != Format::FastText
        && needs_no_settings(&options)
    {
        return Ok(Unpacked { file, format, notes });
    }
    let (_, style) = TableStyle::of_source(&mut source, file.path(), &options)?;
    let origin = ConvertedFrom::new(source.contents.format, &style);
    let converted = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .suffix(&origin.map(ConvertedFrom::extension).unwrap_or_default())
        .tempfile_in(folder)?;
    convert(source, converted.as_file(), max_bytes, masking)?.write(converted.path())?;
    Ok(Unpacked {
        file: converted,
        format: Format::Jsonl,
        notes,
    })
}

/// Whether a text file can be read again without settings.
fn needs_no_settings(options: &ReadOptions) -> bool {
    options.skip_rows == 0
        && options.header_rows <= 1
        && options.skip_after_header == 0
        && options.delimiter.is_none()
        && !matches!(options.encoding, Encoding::Named(_))
}

/// Writes the rows as JSON Lines. A row that cannot be read becomes a line with its place and the reason, so that later steps set it
/// aside and count it. Returns the lines of the rows.
fn convert(
    source: Source<'_>,
    output: impl Write,
    max_bytes: u64,
    masking: Option<&Masking>,
) -> Result<Lines> {
    let mut output = BufWriter::new(output);
    let mut written: u64 = 0;
    let mut lines = Lines::default();
    for row in source.reader {
        let line = match row {
            Ok(row) => {
                lines.push(row.line);
                row.record.to_json().to_string()
            }
            Err(RowError::Bad(row)) => {
                lines.push(row.line);
                bad_line(&row)
            }
            Err(RowError::Fatal(error)) => return Err(error.into()),
        };
        let line = match masking {
            Some(masking) if line.starts_with('{') => masked(masking, &line)?,
            _ => line,
        };
        written += line.len() as u64 + 1;
        if written > max_bytes {
            return Err(Error::Invalid(format!(
                "the rows of the file take more than {max_bytes} bytes"
            )));
        }
        writeln!(output, "{line}")?;
    }
    output.flush()?;
    Ok(lines)
}

/// What begins the text in a line for a row that could not be read. The line is a JSON string, so it is a bad row with any text field.
const BAD: &str = "!";

/// Returns the line for a row that could not be read.
fn bad_line(row: &BadRow) -> String {
    let kept = json!({ "line": row.line, "reason": row.reason.to_string() });
    Value::from(format!("{BAD}{kept}")).to_string()
}

/// Returns the line and the reason of a bad row: those in the upload, if the row was converted.
pub(crate) fn place_and_reason(row: &BadRow) -> (u64, String) {
    let converted = || {
        let text: String = serde_json::from_str(row.raw.as_ref()?).ok()?;
        let kept: Value = serde_json::from_str(text.strip_prefix(BAD)?).ok()?;
        Some((
            kept.get("line")?.as_u64()?,
            kept.get("reason")?.as_str()?.to_owned(),
        ))
    };
    converted().unwrap_or_else(|| (row.line, row.reason.to_string()))
}

/// Returns a line of JSON without personal data.
fn masked(masking: &Masking, line: &str) -> Result<String> {
    let fields: Fields = serde_json::from_str(line).map_err(std::io::Error::from)?;
    let json = serde_json::to_string(&mask_fields(masking, fields)).map_err(std::io::Error::from)?;
    Ok(json)
}
