//! Writes records as JSON, CSV, a spreadsheet or Parquet.

mod formula;
mod json;
#[cfg(any(feature = "excel", feature = "parquet"))]
mod moment;
mod names;
#[cfg(feature = "parquet")]
mod parquet;
mod style;
mod table;
#[cfg(feature = "excel")]
mod xlsx;

pub use crate::column_kind::{Column, ColumnKind, TimestampUnit};
pub use formula::escape_formula;
pub use json::JsonWriter;
pub use names::fields_of;
pub use style::{OutputFormat, TableStyle, UnknownOutputFormat};
pub use table::TableWriter;
