//! The entry: finds out what a file is and opens its rows.

use std::io::{self, Cursor, Read};
use std::path::Path;

use feedback_dataset::Dataset;
use feedback_dataset::read::{Format, OnBadRow, ReadError, ReadOptions, Reader, collect, open_file};

#[cfg(feature = "parquet")]
use crate::columnar::{is_dataset_folder, open_arrow, open_folder, open_parquet};
use crate::container::{Archive, Kind, gzip, zstandard};
use crate::contents::{Container, FileFormat};
use crate::error::FormatError;
use crate::foreign::{Foreign, by_start};
use crate::input::{Input, Stored};
use crate::json_start::WithoutSeparators;
use crate::limits::Limits;
#[cfg(not(feature = "parquet"))]
use crate::not_built::{is_dataset_folder, open_arrow, open_folder, open_parquet};
#[cfg(not(feature = "excel"))]
use crate::not_built::{open_compound, open_ods, open_xlsx};
use crate::opening::{Opening, Source};
use crate::rasa::open_rasa;
use crate::rasa_json::open_rasa_json;
#[cfg(feature = "excel")]
use crate::sheets::{open_compound, open_ods, open_xlsx};
use crate::signature::{Signature, signature};
use crate::text::{TextFormat, text_format};

/// Opens a file in any of the formats, with or without containers. The format is detected from the content; the name only helps
/// to tell a CSV file with one column from plain lines. A folder is opened if Hugging Face's `datasets` wrote it with `save_to_disk`.
///
/// [`ReadOptions::sheet`] and [`ReadOptions::member`] choose a part of the file. [`ReadOptions::format`] chooses among the text
/// formats; it has no effect on a spreadsheet.
///
/// # Errors
///
/// [`ReadError::Content`] with a [`FormatError`] if the file is of a kind that is not read, is damaged, or exceeds a limit; and the
/// errors of [`Reader::open`]. Damage further inside is found while reading.
pub fn open(
    path: impl AsRef<Path>,
    read: &ReadOptions,
    limits: &Limits,
) -> Result<Source<'static>, ReadError> {
    let path = path.as_ref();
    open_as(path, path, read, limits)
}

/// Opens a file that is stored under another name, such as an upload. Messages use `name` as the path.
///
/// # Errors
///
/// The same as for [`open`].
pub fn open_as(
    path: impl AsRef<Path>,
    name: impl AsRef<Path>,
    read: &ReadOptions,
    limits: &Limits,
) -> Result<Source<'static>, ReadError> {
    let (path, name) = (path.as_ref(), name.as_ref());
    if is_dataset_folder(path) {
        let opening = Opening::new(path, read, limits);
        return open_folder(opening).map_err(|error| FormatError::from_io(name, error));
    }
    let file = open_file(path)?;
    let input = Input::from_file(file).map_err(|error| FormatError::from_io(name, error))?;
    open_input(input, name, read, limits)
}

/// Opens content that arrives as a stream, such as standard input. Messages use `name` as the path.
///
/// Content that cannot be read in one pass (spreadsheets, Parquet and zip) is stored first: in memory, or in a temporary file if it
/// is longer than 16 MiB.
///
/// # Errors
///
/// The same as for [`open`].
pub fn from_reader<'a>(
    input: impl Read + Send + 'a,
    name: impl AsRef<Path>,
    read: &ReadOptions,
    limits: &Limits,
) -> Result<Source<'a>, ReadError> {
    open_input(Input::Stream(Box::new(input)), name.as_ref(), read, limits)
}

/// Opens content in memory, such as an upload. Messages use `name` as the path.
///
/// # Errors
///
/// The same as for [`open`].
pub fn from_bytes(
    bytes: Vec<u8>,
    name: impl AsRef<Path>,
    read: &ReadOptions,
    limits: &Limits,
) -> Result<Source<'static>, ReadError> {
    let input = Input::Stored(Stored::Memory(Cursor::new(bytes)));
    open_input(input, name.as_ref(), read, limits)
}

/// Reads a complete file, as [`feedback_dataset::read::read`] reads a text file.
///
/// # Errors
///
/// The same as for [`open`] and [`collect`].
pub fn read(path: impl AsRef<Path>, read: &ReadOptions, on_bad_row: OnBadRow) -> Result<Dataset, ReadError> {
    collect(open(path, read, &Limits::default())?.reader, on_bad_row)
}

fn open_input<'a>(
    input: Input<'a>,
    path: &Path,
    read: &ReadOptions,
    limits: &Limits,
) -> Result<Source<'a>, ReadError> {
    let opening = Opening::new(path, read, limits);
    open_content(opening, input).map_err(|error| FormatError::from_io(path, error))
}

/// Opens the containers one after the other until there are rows.
fn open_content<'a>(mut opening: Opening<'_>, mut input: Input<'a>) -> io::Result<Source<'a>> {
    let limits = opening.limits;
    loop {
        let (head, complete) = input.head()?;
        input = match signature(&head) {
            Signature::Gzip => {
                opening.enter(Container::Gzip)?;
                Input::Stream(gzip(complete.into_stream(), limits))
            }
            Signature::Zstandard => {
                opening.enter(Container::Zstandard)?;
                Input::Stream(zstandard(complete.into_stream(), limits)?)
            }
            Signature::Zip => {
                let mut archive = Archive::open(complete.into_stored(limits.max_expanded_bytes)?)?;
                match archive.kind()? {
                    Kind::Archive => {
                        let (content, zip) = archive.into_member(opening.read.member.as_deref(), limits)?;
                        opening.enter(zip)?;
                        Input::Stream(content)
                    }
                    Kind::Xlsx => return open_xlsx(opening, archive),
                    Kind::Ods => return open_ods(opening, archive),
                    Kind::Foreign(foreign) => return Err(FormatError::Foreign(foreign).into()),
                }
            }
            Signature::CompoundFile => return open_compound(opening, complete),
            Signature::JsonSequence => Input::Stream(Box::new(WithoutSeparators(complete.into_stream()))),
            Signature::Parquet => return open_parquet(opening, complete),
            Signature::ArrowFile => return open_arrow(opening, complete, FileFormat::ArrowFile),
            Signature::ArrowStream => return open_arrow(opening, complete, FileFormat::ArrowStream),
            Signature::Other => return open_text(opening, &head, complete),
        };
    }
}

fn open_text<'a>(opening: Opening<'_>, head: &[u8], input: Input<'a>) -> io::Result<Source<'a>> {
    if let Some(foreign) = by_start(head) {
        return Err(FormatError::Foreign(foreign).into());
    }
    let read = opening.read;
    let found = text_format(head, &opening.inner_name(), read);
    let found = match (found, read.format) {
        // Only a guess of what the lines mean.
        (
            Err(
                Foreign::DrawnTable
                | Foreign::FixedWidths
                | Foreign::OtherDelimiter
                | Foreign::TextBeforeJson,
            ),
            Some(format),
        ) => TextFormat::Rows(format),
        (found, _) => found.map_err(FormatError::Foreign)?,
    };
    let mut read = read.clone();
    let format = match (read.format, found) {
        (None, TextFormat::Rasa) => return open_rasa(opening, input),
        (None | Some(Format::Jsonl), TextFormat::RasaJson) => return open_rasa_json(opening, input),
        (None | Some(Format::Csv | Format::Tsv), TextFormat::Delimited(delimiter)) => {
            read.delimiter = Some(delimiter);
            read.format.unwrap_or(Format::Csv)
        }
        (None, TextFormat::Rows(format)) | (Some(format), _) => format,
    };
    let reader = Reader::from_reader(input.into_stream(), &opening.path, format, &read);
    Ok(opening.source(reader, FileFormat::Text(format), None, Vec::new())?)
}
