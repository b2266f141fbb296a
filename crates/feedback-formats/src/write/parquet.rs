//! Writes a table as a Parquet file. All columns are optional.

use std::io::Write;
use std::sync::Arc;

use feedback_dataset::Record;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use serde_json::Value;

use super::moment::{days, instant};
use crate::column_kind::{Column, ColumnKind, TimestampUnit};

type Result<T> = std::io::Result<T>;

/// Maximum number of rows, and bytes of their texts, that are kept in memory and written as one row group.
const ROW_GROUP: usize = 10_000;
const GROUP_BYTES: usize = 4 << 20;

/// Writes records into the columns given at the start; other fields are left out.
pub(super) struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<(Column, Cells)>,
    rows: usize,
    bytes: usize,
}

/// The values of a column that are not yet written.
enum Cells {
    Numbers(Vec<Option<f64>>),
    Booleans(Vec<Option<bool>>),
    Floats(Vec<Option<f32>>),
    Short(Vec<Option<i32>>),
    Long(Vec<Option<i64>>),
    Texts(Vec<Option<ByteArray>>),
}

impl Cells {
    fn of(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Number => Self::Numbers(Vec::new()),
            ColumnKind::Boolean => Self::Booleans(Vec::new()),
            ColumnKind::Float32 => Self::Floats(Vec::new()),
            ColumnKind::Integer { bits: 64, .. } | ColumnKind::Timestamp { .. } => Self::Long(Vec::new()),
            ColumnKind::Integer { .. } | ColumnKind::Date => Self::Short(Vec::new()),
            ColumnKind::Text | ColumnKind::Moment => Self::Texts(Vec::new()),
        }
    }

    /// Adds a value; returns its size in bytes, or `None` if it does not fit into the column.
    fn push(&mut self, record: &Record, Column { name, kind }: &Column) -> Option<usize> {
        let value = record.fields().get(name);
        // The text and the label of a record are strings, whatever the column of the input contains.
        let cell = || Some(record.cell(name)).filter(|cell| !cell.is_empty());
        match self {
            Self::Numbers(cells) => cells.push(value.and_then(Value::as_f64)),
            Self::Booleans(cells) => cells.push(value.and_then(Value::as_bool)),
            Self::Floats(cells) => cells.push(cell().map_or(Some(None), |cell| cell.parse().ok().map(Some))?),
            Self::Short(cells) => {
                cells.push(cell().map_or(Some(None), |cell| short(&cell, *kind).map(Some))?)
            }
            Self::Long(cells) => cells.push(cell().map_or(Some(None), |cell| long(&cell, *kind).map(Some))?),
            Self::Texts(cells) => {
                let is_some = value.is_some_and(|value| !value.is_null());
                let text = is_some.then(|| ByteArray::from(record.cell(name).as_bytes().to_vec()));
                let n = text.as_ref().map_or(0, ByteArray::len);
                cells.push(text);
                return Some(n);
            }
        }
        Some(0)
    }
}

impl<W: Write + Send> std::fmt::Debug for ParquetWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetWriter")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl<W: Write + Send> ParquetWriter<W> {
    pub(super) fn new(output: W, columns: &[&Column]) -> Result<Self> {
        let fields: parquet::errors::Result<Vec<TypePtr>> =
            columns.iter().map(|column| field(column)).collect();
        let schema = Type::group_type_builder("feedback").with_fields(fields.map_err(failed)?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let schema = Arc::new(schema.build().map_err(failed)?);
        let file = SerializedFileWriter::new(output, schema, Arc::new(properties.build())).map_err(failed)?;
        let columns = columns
            .iter()
            .map(|column| ((*column).clone(), Cells::of(column.kind)));
        Ok(Self {
            file,
            columns: columns.collect(),
            rows: 0,
            bytes: 0,
        })
    }

    pub(super) fn write(&mut self, record: &Record) -> Result<()> {
        for (column, cells) in &mut self.columns {
            self.bytes += cells.push(record, column).ok_or_else(|| unfit(column, record))?;
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
                Cells::Floats(cells) => write::<FloatType>(column, cells.drain(..)),
                Cells::Short(cells) => write::<Int32Type>(column, cells.drain(..)),
                Cells::Long(cells) => write::<Int64Type>(column, cells.drain(..)),
                Cells::Texts(cells) => write::<ByteArrayType>(column, cells.drain(..)),
            }
            .map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
    }
}

/// Reads the value of a column that Parquet stores in 32 bits.
fn short(cell: &str, kind: ColumnKind) -> Option<i32> {
    match kind {
        ColumnKind::Date => i32::try_from(days(cell)?).ok(),
        // Parquet stores the bits.
        ColumnKind::Integer { signed: false, .. } => Some(cell.parse::<u32>().ok()?.cast_signed()),
        _ => cell.parse().ok(),
    }
}

/// Reads the value of a column that Parquet stores in 64 bits.
fn long(cell: &str, kind: ColumnKind) -> Option<i64> {
    match kind {
        ColumnKind::Timestamp { unit, .. } => instant(cell, per_second(unit)),
        ColumnKind::Integer { signed: false, .. } => Some(cell.parse::<u64>().ok()?.cast_signed()),
        _ => cell.parse().ok(),
    }
}

fn per_second(unit: TimestampUnit) -> i64 {
    match unit {
        TimestampUnit::Milli => 1_000,
        TimestampUnit::Micro => 1_000_000,
        TimestampUnit::Nano => 1_000_000_000,
    }
}

fn unfit(column: &Column, record: &Record) -> std::io::Error {
    let problem = format!(
        "`{}` does not fit into the column `{}`, which has a type in the input; write csv or jsonl instead",
        record.cell(&column.name),
        column.name
    );
    std::io::Error::new(std::io::ErrorKind::InvalidData, problem)
}

fn field(column: &Column) -> parquet::errors::Result<TypePtr> {
    let (physical, logical) = match column.kind {
        ColumnKind::Number => (Physical::DOUBLE, None),
        ColumnKind::Boolean => (Physical::BOOLEAN, None),
        ColumnKind::Float32 => (Physical::FLOAT, None),
        ColumnKind::Integer { bits, signed } => {
            let physical = if bits == 64 {
                Physical::INT64
            } else {
                Physical::INT32
            };
            let bits = i8::try_from(bits).unwrap_or(64);
            (physical, Some(LogicalType::integer(bits, signed)))
        }
        ColumnKind::Date => (Physical::INT32, Some(LogicalType::Date)),
        ColumnKind::Timestamp { unit, utc } => {
            let unit = match unit {
                TimestampUnit::Milli => TimeUnit::MILLIS,
                TimestampUnit::Micro => TimeUnit::MICROS,
                TimestampUnit::Nano => TimeUnit::NANOS,
            };
            (Physical::INT64, Some(LogicalType::timestamp(utc, unit)))
        }
        ColumnKind::Text | ColumnKind::Moment => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()?;
    Ok(Arc::new(field))
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
fn failed(error: ParquetError) -> std::io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(other) => std::io::Error::other(other),
        },
        other => std::io::Error::other(other),
    }
}
