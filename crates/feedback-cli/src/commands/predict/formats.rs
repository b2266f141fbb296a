//! How the records of a file are written.

use std::path::Path;

use feedback_dataset::read::ReadOptions;
use feedback_files::is_stream;
use feedback_formats::Limits;
use feedback_formats::write::{Column, OutputFormat as RecordsAs, TableStyle, fields_of};

use crate::exit::UsageError;

/// A format, and the delimiter that its name stands for.
pub(super) type RecordFormat = (RecordsAs, Option<u8>);

pub(super) fn record_format(name: &str) -> Result<RecordFormat, String> {
    match name {
        "tsv" => Ok((RecordsAs::Csv, Some(b'\t'))),
        name => match name.parse() {
            Ok(format) => Ok((format, None)),
            Err(error) => Err(format!("{error}")),
        },
    }
}

pub(super) fn is_standard_input(input: &Path) -> bool {
    input == Path::new("-")
}

/// Returns how the records are written: as asked for, as the name of the output says, or as the input is.
pub(super) fn output_format(
    input: &Path,
    read: &ReadOptions,
    output: Option<&Path>,
    asked: Option<RecordFormat>,
    escape_formulas: bool,
) -> anyhow::Result<(RecordsAs, TableStyle)> {
    let (as_input, mut style) = match is_standard_input(input) || is_stream(input) {
        true => (RecordsAs::Jsonl, TableStyle::default()),
        false => TableStyle::of_file(input, read)?,
    };
    let named = match output {
        Some(path) if path.extension().is_some() => match RecordsAs::from_path(path) {
            Some(found) => Some(found),
            None if asked.is_none() && !is_stream(path) => {
                let reason = "records can be written as jsonl, json, csv, tsv, xlsx or parquet\nhint: add --output-format, or name a \
                              file with one of these endings";
                return Err(UsageError(reason.into()).into());
            }
            None => None,
        },
        _ => None,
    };
    // What only a program can read is not printed unless it is asked for.
    let printable = match as_input {
        RecordsAs::Xlsx | RecordsAs::Parquet if output.is_none() => RecordsAs::Jsonl,
        format => format,
    };
    let (format, delimiter) = asked.or(named).unwrap_or((printable, None));
    if as_input != RecordsAs::Csv {
        style = TableStyle::default();
    }
    let is_tsv = |path: &Path| RecordsAs::from_path(path) == Some((RecordsAs::Csv, Some(b'\t')));
    if is_tsv(input) && named == Some((RecordsAs::Csv, None)) {
        style.delimiter = TableStyle::default().delimiter;
    }
    style.delimiter = delimiter.unwrap_or(style.delimiter);
    style.escape_formulas = escape_formulas;
    Ok((format, style))
}

/// Returns the fields of all records in the order in which they first occur, if the input has no columns, and the columns whose types a
/// table keeps. An input that cannot be read twice has neither.
pub(super) fn columns(
    input: &Path,
    read: &ReadOptions,
    format: RecordsAs,
) -> anyhow::Result<(Option<Vec<String>>, Vec<Column>)> {
    let is_json = matches!(format, RecordsAs::Jsonl | RecordsAs::Json);
    if is_json || is_standard_input(input) || is_stream(input) {
        return Ok((None, Vec::new()));
    }
    let mut source = feedback_formats::open(input, read, &Limits::default())?;
    if source.reader.header()?.is_some() {
        return Ok((None, source.contents.typed_columns));
    }
    let columns = fields_of(source.reader)?;
    let names = columns.iter().map(|column| column.name.clone()).collect();
    Ok((Some(names), columns))
}
