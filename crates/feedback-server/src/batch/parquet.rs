//! Writes a table as a Parquet file. All columns are optional text, except the prediction's numbers and booleans.

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

/// Maximum number of rows, and bytes of their texts, that are kept in memory and written as one row group.
const ROW_GROUP: usize = 10_000;
const GROUP_BYTES: usize = 4 << 20;

/// Writes records into the columns given at the start; other fields are left out.
pub(super) struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<(String, Cells)>,
    rows: usize,
    bytes: usize,
}

/// The values of a column that are not yet written.
enum Cells {
    Numbers(Vec<Option<f64>>),
    Booleans(Vec<Option<bool>>),
    Texts(Vec<Option<ByteArray>>),
}

impl Cells {
    fn of(column: &str) -> Self {
        match physical(column) {
            Physical::DOUBLE => Self::Numbers(Vec::new()),
            Physical::BOOLEAN => Self::Booleans(Vec::new()),
            _ => Self::Texts(Vec::new()),
        }
    }

    /// Adds a value; returns its size in bytes.
    fn push(&mut self, value: Option<&Value>) -> usize {
        match self {
            Self::Numbers(cells) => cells.push(value.and_then(Value::as_f64)),
            Self::Booleans(cells) => cells.push(value.and_then(Value::as_bool)),
            Self::Texts(cells) => {
                let text = value.and_then(text);
                let n = text.as_ref().map_or(0, ByteArray::len);
                cells.push(text);
                return n;
            }
        }
        0
    }
}

impl<W: Write + Send> ParquetWriter<W> {
    pub(super) fn new(output: W, columns: Vec<String>) -> Result<Self> {
        let fields: parquet::errors::Result<Vec<TypePtr>> = columns.iter().map(|name| field(name)).collect();
        let schema = Type::group_type_builder("feedback").with_fields(fields.map_err(failed)?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let schema = Arc::new(schema.build().map_err(failed)?);
        let file = SerializedFileWriter::new(output, schema, Arc::new(properties.build())).map_err(failed)?;
        let columns = columns.into_iter().map(|name| {
            let cells = Cells::of(&name);
            (name, cells)
        });
        Ok(Self {
            file,
            columns: columns.collect(),
            rows: 0,
            bytes: 0,
        })
    }

    pub(super) fn write(&mut self, record: &Record) -> Result<()> {
        let fields = record.fields();
        for (name, cells) in &mut self.columns {
            self.bytes += cells.push(fields.get(name));
        }
        self.rows += 1;
        if self.rows < ROW_GROUP && self.bytes < GROUP_BYTES {
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
        if self.rows == 0 {
            return Ok(());
        }
        (self.rows, self.bytes) = (0, 0);
        let mut group = self.file.next_row_group().map_err(failed)?;
        for (_, cells) in &mut self.columns {
            let Some(column) = group.next_column().map_err(failed)? else {
                break; // cannot happen: the file has a column for each name
            };
            match cells {
                Cells::Numbers(cells) => write::<DoubleType>(column, cells.drain(..)),
                Cells::Booleans(cells) => write::<BoolType>(column, cells.drain(..)),
                Cells::Texts(cells) => write::<ByteArrayType>(column, cells.drain(..)),
            }
            .map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
    }
}

/// Returns the physical type of a column.
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

/// Returns a value as text: strings unchanged, `None` for null, other values as JSON.
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

/// Converts an error. An I/O error inside is kept, so that a full disk is still recognised.
fn failed(error: ParquetError) -> Error {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(error) => (*error).into(),
            Err(other) => std::io::Error::other(other).into(),
        },
        other => std::io::Error::other(other).into(),
    }
}
