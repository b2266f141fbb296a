//! Reads records from JSON (lines, arrays, documents), CSV, TSV and plain lines.
//!
//! [`read`] reads a complete file into a [`Dataset`](crate::Dataset); a [`Reader`] yields one row at a time and needs no more
//! memory for a larger file. Rows that cannot be used are reported with their line number and the reason.

mod annotations;
mod delimited;
mod escaped_quotes;
mod field_buffer;
mod format;
mod header;
mod json_row;
mod json_source;
mod json_values;
mod lines;
mod load;
mod options;
mod reader;
mod row_parser;
mod rows;
mod rules;
mod stray_quotes;

pub use crate::error::{ContentError, ReadError, RowError};
pub use crate::open::open_file;
pub use feedback_text::delimiter::{Delimiter, UnknownDelimiter};
pub use feedback_text::encoding::{Encoding, EncodingName, UnknownEncoding};
pub use format::{Format, UnknownFormatName};
pub use json_row::JsonRow;
pub use load::{collect, read};
pub use options::{LabelRule, OnBadRow, ReadOptions};
pub use reader::Reader;
