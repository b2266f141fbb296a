//! A table as a Parquet file. All columns are optional text, except the prediction's numbers and booleans.

use std::io::Write;
use std::sync::Arc;

use feedback_dataset::Record;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use serde_json::Value;

use crate::error::{Error, Result};

/// The number of rows held in memory and written together.
const ROW_GROUP: usize = 10_000;

/// Writes records into the columns given at the start; other fields are left out.
pub(super) struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<String>,
    rows: Vec<Record>,
}

impl<W: Write + Send> ParquetWriter<W> {
    pub(super) fn new(output: W, columns: Vec<String>) -> Result<Self> {
        let fields: parquet::errors::Result<Vec<TypePtr>> = columns.iter().map(|name| field(name)).collect();
        let schema = Type::group_type_builder("feedback").with_fields(fields.map_err(failed)?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let schema = Arc::new(schema.build().map_err(failed)?);
        let file = SerializedFileWriter::new(output, schema, Arc::new(properties.build())).map_err(failed)?;
        Ok(Self {
            file,
            columns,
            rows: Vec::new(),
        })
    }

    pub(super) fn write(&mut self, record: Record) -> Result<()> {
        self.rows.push(record);
        if self.rows.len() < ROW_GROUP {
            return Ok(());
        }
        self.flush()
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.file.close().map_err(failed)?;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group().map_err(failed)?;
        for name in &self.columns {
            let cells = rows.iter().map(|row| row.fields().get(name));
            let Some(column) = group.next_column().map_err(failed)? else {
                break; // there is one for each name
            };
            match physical(name) {
                Physical::DOUBLE => write::<DoubleType>(column, cells.map(|cell| cell?.as_f64())),
                Physical::BOOLEAN => write::<BoolType>(column, cells.map(|cell| cell?.as_bool())),
                _ => write::<ByteArrayType>(column, cells.map(|cell| text(cell?))),
            }
            .map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
    }
}

/// The type of a column.
fn physical(name: &str) -> Physical {
    match name {
        "confidence" => Physical::DOUBLE,
        "abstained" | "truncated" => Physical::BOOLEAN,
        _ => Physical::BYTE_ARRAY,
    }
}

fn field(name: &str) -> parquet::errors::Result<TypePtr> {
    let physical = physical(name);
    let logical = (physical == Physical::BYTE_ARRAY).then_some(LogicalType::String);
    let field = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()?;
    Ok(Arc::new(field))
}

/// A value as text: strings as they are, null as nothing, all else as JSON.
fn text(value: &Value) -> Option<ByteArray> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.as_str().into()),
        other => Some(other.to_string().as_str().into()),
    }
}

fn write<T: DataType>(
    mut column: SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> parquet::errors::Result<()> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.is_some())); // 1: there is a value
        values.extend(cell);
    }
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

/// Keeps a full disk apart from other errors.
fn failed(error: ParquetError) -> Error {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(error) => (*error).into(),
            Err(other) => std::io::Error::other(other).into(),
        },
        other => std::io::Error::other(other).into(),
    }
}
