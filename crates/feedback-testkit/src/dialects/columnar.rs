//! Parquet and Arrow, written by Apache's crates.

use std::fmt;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, LargeStringArray, RecordBatch, StringArray};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::table::{Cell, Table};

/// How columns are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compressed {
    /// Not at all.
    Not,
    /// LZ4.
    Lz4,
    /// Zstandard.
    Zstandard,
    /// Snappy, the usual one of Parquet.
    Snappy,
}

/// A format with columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columnar {
    /// Parquet: its compression, and whether texts are written through a dictionary.
    Parquet(Compressed, bool),
    /// Arrow IPC as a file: its compression, and whether texts have offsets of 64 bits.
    ArrowFile(Compressed, bool),
    /// Arrow IPC as a stream: its compression, and whether texts have offsets of 64 bits.
    ArrowStream(Compressed, bool),
}

impl Columnar {
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for flag in [false, true] {
            for compressed in [Compressed::Not, Compressed::Lz4, Compressed::Zstandard] {
                all.push(Self::Parquet(compressed, flag));
                all.push(Self::ArrowFile(compressed, flag));
                all.push(Self::ArrowStream(compressed, flag));
            }
            all.push(Self::Parquet(Compressed::Snappy, flag));
        }
        all
    }

    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Parquet(..) => "parquet",
            Self::ArrowFile(..) => "arrow",
            Self::ArrowStream(..) => "arrows",
        }
    }

    /// Writes the table in two batches.
    #[expect(clippy::expect_used, reason = "a table that is not written is a failed test")]
    pub(super) fn write(self, table: &Table) -> Vec<u8> {
        let large = matches!(self, Self::ArrowFile(_, true) | Self::ArrowStream(_, true));
        let middle = table.rows.len() / 2;
        let all = batch(table, large);
        let batches = [all.slice(0, middle), all.slice(middle, table.rows.len() - middle)];
        let schema = all.schema();
        let mut out = Vec::new();
        match self {
            Self::Parquet(compressed, dictionary) => {
                let properties = WriterProperties::builder()
                    .set_compression(parquet_compression(compressed))
                    .set_dictionary_enabled(dictionary)
                    .build();
                let mut writer =
                    ArrowWriter::try_new(&mut out, schema, Some(properties)).expect("a writer of Parquet");
                for batch in &batches {
                    writer.write(batch).expect("rows of Parquet");
                    writer.flush().expect("a row group of Parquet");
                }
                writer.close().expect("the end of a Parquet file");
            }
            Self::ArrowFile(compressed, _) => {
                let mut writer =
                    FileWriter::try_new_with_options(&mut out, &schema, arrow_options(compressed))
                        .expect("a writer of Arrow");
                batches
                    .iter()
                    .for_each(|batch| writer.write(batch).expect("a batch of Arrow"));
                writer.finish().expect("the end of an Arrow file");
            }
            Self::ArrowStream(compressed, _) => {
                let mut writer =
                    StreamWriter::try_new_with_options(&mut out, &schema, arrow_options(compressed))
                        .expect("a writer of Arrow");
                batches
                    .iter()
                    .for_each(|batch| writer.write(batch).expect("a batch of Arrow"));
                writer.finish().expect("the end of an Arrow stream");
            }
        }
        out
    }
}

fn parquet_compression(compressed: Compressed) -> Compression {
    match compressed {
        Compressed::Not => Compression::UNCOMPRESSED,
        Compressed::Lz4 => Compression::LZ4_RAW,
        Compressed::Zstandard => Compression::ZSTD(ZstdLevel::default()),
        Compressed::Snappy => Compression::SNAPPY,
    }
}

#[expect(clippy::expect_used, reason = "these compressions are known")]
fn arrow_options(compressed: Compressed) -> IpcWriteOptions {
    let kind = match compressed {
        Compressed::Lz4 => Some(CompressionType::LZ4_FRAME),
        Compressed::Zstandard => Some(CompressionType::ZSTD),
        Compressed::Not | Compressed::Snappy => None,
    };
    IpcWriteOptions::default()
        .try_with_compression(kind)
        .expect("a known compression")
}

/// The table as columns: numbers if a column has a number, booleans if it has a boolean, texts otherwise.
#[expect(clippy::expect_used, reason = "the columns have the same length")]
fn batch(table: &Table, large: bool) -> RecordBatch {
    let columns = table.columns.iter().enumerate().map(|(at, name)| {
        let cells = || table.rows.iter().map(move |row| &row[at]);
        let text = |cell: &Cell| (*cell != Cell::Empty).then(|| cell.text());
        let array: ArrayRef = if cells().any(|cell| matches!(cell, Cell::Number(_))) {
            Arc::new(Float64Array::from_iter(cells().map(number)))
        } else if cells().any(|cell| matches!(cell, Cell::Boolean(_))) {
            Arc::new(BooleanArray::from_iter(cells().map(boolean)))
        } else if large {
            Arc::new(LargeStringArray::from_iter(cells().map(text)))
        } else {
            Arc::new(StringArray::from_iter(cells().map(text)))
        };
        (name, array, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of the same length")
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(*number),
        _ => None,
    }
}

fn boolean(cell: &Cell) -> Option<bool> {
    match cell {
        Cell::Boolean(value) => Some(*value),
        _ => None,
    }
}

impl fmt::Display for Columnar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parquet(compressed, dictionary) => write!(f, "{compressed:?}, dictionary: {dictionary}"),
            Self::ArrowFile(compressed, large) | Self::ArrowStream(compressed, large) => {
                write!(f, "{compressed:?}, offsets of 64 bits: {large}")
            }
        }
    }
}
