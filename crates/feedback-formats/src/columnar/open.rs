//! Opens Parquet and Arrow files.

use std::io;
use std::sync::Arc;

use arrow_schema::Schema;
use feedback_dataset::read::Reader;

use crate::columnar::arrow::arrow_batches;
use crate::columnar::parquet::parquet_batches;
use crate::columnar::rows::{Batches, RowOptions, Rows};
use crate::contents::FileFormat;
use crate::input::Input;
use crate::opening::{Opening, Source};

pub(crate) fn open_parquet(opening: Opening<'_>, input: Input<'_>) -> io::Result<Source<'static>> {
    let stored = input.into_stored(opening.limits.max_expanded_bytes)?;
    let batches = parquet_batches(stored)?;
    source(opening, batches, FileFormat::Parquet)
}

/// Opens an Arrow file or stream.
pub(crate) fn open_arrow<'a>(
    opening: Opening<'_>,
    input: Input<'a>,
    format: FileFormat,
) -> io::Result<Source<'a>> {
    let limit = opening.limits.max_batch_bytes;
    let batches = arrow_batches(input.into_stream(), format == FileFormat::ArrowFile, limit)?;
    source(opening, batches, format)
}

fn source<'a>(
    opening: Opening<'_>,
    (schema, batches): (Arc<Schema>, Batches<'a>),
    format: FileFormat,
) -> io::Result<Source<'a>> {
    let options = RowOptions::new(opening.path.clone(), opening.read, opening.limits);
    let rows = Rows::new(&schema, batches, options)?;
    let columns = rows.column_names();
    let reader = Reader::from_json_rows(rows, &opening.path, columns, opening.read);
    Ok(opening.source(reader, format, None)?)
}
