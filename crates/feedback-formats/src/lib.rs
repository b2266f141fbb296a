#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`open`], [`from_reader`] and [`from_bytes`] detect the format of a file from its content and return a [`Source`]. It has a
//! [`Reader`](feedback_dataset::read::Reader) of `feedback-dataset`, which yields the rows, and [`Contents`], which describe the
//! file. [`read`] reads a complete file.
//!
//! For a file of any other kind, the error names the kind ([`Foreign`]) and has a hint. [`Limits`] bound the memory and the time
//! that a compressed or damaged file can take. Every error is a [`ReadError`](feedback_dataset::read::ReadError);
//! [`FormatError::of`] finds the error of this crate in it.
//!
//! # Memory
//!
//! | content | rows are read | memory |
//! |---|---|---|
//! | CSV, TSV, JSON, JSON Lines, plain lines, fastText | as they arrive | the longest row |
//! | training files of Rasa (YAML) | after the file has been read | the file |
//! | `.xlsx`, `.xls`, `.ods` (feature `excel`) | after the sheet has been read | one sheet |
//! | Parquet (feature `parquet`) | as they are needed | a batch of rows |
//! | Arrow IPC, as a stream or a file (feature `parquet`) | as they arrive | a batch of the file |
//! | each in `.gz`, `.zst` (feature `zstd`) or `.zip` | as in the container | the same |
//!
//! # Types
//!
//! Rows of a table have the types of its columns: numbers, booleans, lists as JSON arrays, structs as JSON objects, `null` for
//! missing values, dates and times as text in ISO 8601. The text and the label are always text: a label 1 becomes `"1"`. Cells of
//! a spreadsheet are read as people see them, so 4.0 is `4`; an error such as `#N/A` is a missing value, and is counted. If there
//! are several sheets, the sheet with the most cells is read; [`Sheet`] names the others, and says where the header was found.

mod column_kind;
#[cfg(feature = "parquet")]
mod columnar;
#[cfg(any(feature = "excel", feature = "parquet"))]
mod columns;
mod container;
mod contents;
mod drawn;
mod entities;
mod error;
mod foreign;
#[cfg(any(feature = "excel", feature = "parquet"))]
mod guard;
mod input;
#[cfg(any(feature = "excel", feature = "parquet"))]
mod json;
mod json_start;
mod limits;
mod markup;
#[cfg(not(all(feature = "excel", feature = "parquet")))]
mod not_built;
mod open;
mod opening;
mod preview;
mod rasa;
mod rasa_json;
#[cfg(feature = "excel")]
mod sheets;
mod signature;
mod table_start;
mod text;
pub mod write;

pub use contents::{Container, Contents, FileFormat, OtherSheet, Sheet};
pub use error::FormatError;
pub use foreign::Foreign;
pub use limits::Limits;
pub use open::{from_bytes, from_reader, open, open_as, read};
pub use opening::Source;
pub use preview::{
    FieldSample, KnownExport, PREVIEW_ROWS, Preview, RecognisedExport, Resolved, Roles, preview, rating,
    rating_field, resolve, resolve_as,
};
