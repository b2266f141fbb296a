//! Parquet files.

use std::io;
use std::sync::Arc;

use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;

use crate::columnar::rows::Batches;
use crate::columnar::short_input::ShortInput;
use crate::error::FormatError;
use crate::guard::guarded;
use crate::input::Stored;

const WHAT: &str = "Parquet file";
/// Rows of a batch, unless they have long lists.
const BATCH_ROWS: u64 = 8192;
/// Maximum number of values of a column in a batch, on average.
const BATCH_VALUES: u64 = 1 << 20;

/// Returns the schema and the batches of a Parquet file.
pub(super) fn parquet_batches(stored: Stored) -> io::Result<(Arc<Schema>, Batches<'static>)> {
    guarded(WHAT, || match stored {
        Stored::File(file) => batches(file.into_parts().0),
        Stored::Temporary(file) => batches(file),
        Stored::Memory(bytes) => batches(Bytes::from(bytes.into_inner())),
    })?
}

fn batches<R: ChunkReader + 'static>(input: R) -> io::Result<(Arc<Schema>, Batches<'static>)> {
    let input = ShortInput(input);
    let metadata = ArrowReaderMetadata::load(&input, ArrowReaderOptions::new()).map_err(parquet_error)?;
    let metadata = with_views(metadata);
    let schema = Arc::clone(metadata.schema());
    let batch_rows = batch_rows(metadata.metadata());
    let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata)
        .with_batch_size(batch_rows)
        .build()
        .map_err(parquet_error)?;
    let mut failed = false;
    let next = move || {
        if failed {
            return None;
        }
        let batch = guarded(WHAT, || reader.next())
            .map_err(io::Error::from)
            .and_then(|batch| batch.transpose().map_err(|error| unread(&error)))
            .transpose()?;
        failed = batch.is_err();
        Some(batch)
    };
    Ok((schema, Box::new(std::iter::from_fn(next))))
}

/// Reads strings as views: a dictionary with one long text then needs its memory once, not once per row.
fn with_views(metadata: ArrowReaderMetadata) -> ArrowReaderMetadata {
    let fields: Vec<FieldRef> = metadata.schema().fields().iter().map(view_field).collect();
    let schema = Schema::new_with_metadata(fields, metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    // A combination of types that has no views is read as it is.
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).unwrap_or(metadata)
}

fn view_field(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::List(inner) => DataType::List(view_field(inner)),
        DataType::LargeList(inner) => DataType::LargeList(view_field(inner)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(view_field).collect()),
        other => other.clone(),
    };
    Arc::new(Field::clone(field).with_data_type(data_type))
}

/// Fewer rows if they have long lists.
fn batch_rows(metadata: &ParquetMetaData) -> usize {
    let rows = metadata.file_metadata().num_rows().max(1).unsigned_abs();
    let columns = metadata.file_metadata().schema_descr().num_columns();
    let values = (0..columns).map(|column| {
        let groups = metadata.row_groups().iter();
        groups
            .map(|group| group.column(column).num_values().unsigned_abs())
            .fold(0_u64, u64::saturating_add)
    });
    let per_row = values.max().unwrap_or(0).div_ceil(rows).max(1);
    // At most `BATCH_ROWS`.
    (BATCH_VALUES / per_row).clamp(1, BATCH_ROWS) as usize
}

fn parquet_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::NYI(message) => FormatError::Unsupported { what: WHAT, message }.into(),
        // A kind of compression.
        ParquetError::General(message) if message.contains("Disabled feature") => {
            FormatError::Unsupported { what: WHAT, message }.into()
        }
        error => damaged(&error).into(),
    }
}

/// The error of a batch.
fn unread(error: &ArrowError) -> io::Error {
    match error {
        ArrowError::ParquetError(message) if message.contains("Disabled feature") => {
            let message = message.clone();
            FormatError::Unsupported { what: WHAT, message }.into()
        }
        error => damaged(error).into(),
    }
}

fn damaged(error: &dyn std::error::Error) -> FormatError {
    FormatError::Damaged {
        what: WHAT,
        message: error.to_string(),
    }
}
