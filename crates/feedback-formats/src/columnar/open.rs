//! Opens Parquet and Arrow files.

use std::io;
use std::sync::Arc;

use arrow_schema::{DataType, Schema, TimeUnit};
use feedback_dataset::read::{JsonRow, Reader, RowError};

use crate::column_kind::{Column, ColumnKind, TimestampUnit};
use crate::columnar::ahead::Ahead;
use crate::columnar::arrow::arrow_batches;
use crate::columnar::class_names::class_names;
use crate::columnar::parquet::parquet_batches;
use crate::columnar::rows::{Batches, RowOptions, Rows};
use crate::contents::FileFormat;
use crate::input::Input;
use crate::opening::{Opening, Source};

pub(crate) fn open_parquet(opening: Opening<'_>, input: Input<'_>) -> io::Result<Source<'static>> {
    let stored = input.into_stored(opening.limits.max_expanded_bytes)?;
    let batches = parquet_batches(stored)?;
    let path = opening.path.clone();
    source_of(opening, batches, FileFormat::Parquet, |rows| {
        Ahead::new(rows, path)
    })
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

pub(super) fn source<'a>(
    opening: Opening<'_>,
    batches: (Arc<Schema>, Batches<'a>),
    format: FileFormat,
) -> io::Result<Source<'a>> {
    source_of(opening, batches, format, |rows| rows)
}

/// `iterate` yields the rows.
fn source_of<'a, I>(
    opening: Opening<'_>,
    (schema, batches): (Arc<Schema>, Batches<'a>),
    format: FileFormat,
    iterate: impl FnOnce(Rows<'a>) -> I,
) -> io::Result<Source<'a>>
where
    I: Iterator<Item = Result<JsonRow, RowError>> + Send + 'a,
{
    let options = RowOptions::new(opening.path.clone(), opening.read, opening.limits);
    let classes = class_names(&schema);
    let rows = Rows::new(&schema, batches, &classes, options)?;
    let columns = rows.column_names();
    let typed = columns.iter().zip(schema.fields());
    // A text can be cleaned, so it remains text.
    let typed = typed.filter(|(name, _)| **name != opening.read.text_field);
    let typed = typed.filter(|(name, _)| !classes.contains_key(*name));
    let typed = typed
        .filter_map(|(name, field)| Some(Column::new(name, column_kind(field.data_type())?)))
        .collect();
    let reader = Reader::from_json_rows(iterate(rows), &opening.path, columns, opening.read);
    Ok(opening.source(reader, format, None, typed)?)
}

/// The kind of the values of an array; `None` if Parquet stores them as text, as it does with texts, decimals, times of day, durations and
/// nested values.
fn column_kind(data_type: &DataType) -> Option<ColumnKind> {
    let integer = |bits, signed| Some(ColumnKind::Integer { bits, signed });
    match data_type {
        DataType::Int8 => integer(8, true),
        DataType::Int16 => integer(16, true),
        DataType::Int32 => integer(32, true),
        DataType::Int64 => integer(64, true),
        DataType::UInt8 => integer(8, false),
        DataType::UInt16 => integer(16, false),
        DataType::UInt32 => integer(32, false),
        DataType::UInt64 => integer(64, false),
        DataType::Float16 | DataType::Float32 => Some(ColumnKind::Float32),
        DataType::Float64 => Some(ColumnKind::Number),
        DataType::Boolean => Some(ColumnKind::Boolean),
        DataType::Date32 | DataType::Date64 => Some(ColumnKind::Date),
        DataType::Timestamp(unit, zone) => Some(ColumnKind::Timestamp {
            // Parquet has no seconds.
            unit: match unit {
                TimeUnit::Second | TimeUnit::Millisecond => TimestampUnit::Milli,
                TimeUnit::Microsecond => TimestampUnit::Micro,
                TimeUnit::Nanosecond => TimestampUnit::Nano,
            },
            utc: zone.is_some(),
        }),
        DataType::Dictionary(_, values) => column_kind(values),
        _ => None,
    }
}
