//! The header of a CSV or TSV file: its columns, and the delimiter unless the caller chose one.

use std::collections::HashSet;
use std::path::Path;

use crate::error::ReadError;
use crate::read::delimited::{Delimited, DelimitedRow};

/// Reads the first row as column names; `None` for an empty file.
///
/// If the caller did not choose the delimiter (`stated` is false), a first line such as `sep=;` sets it. If there is no such line,
/// the delimiter is detected: with it, the header must contain `column`.
pub(super) fn read_header(
    rows: &mut Delimited<'_>,
    path: &Path,
    column: &str,
    mut stated: bool,
) -> Result<Option<Vec<String>>, ReadError> {
    let mut row = rows.next_row(path)?;
    if let [b's', b'e', b'p', b'=', delimiter] = *rows.raw()
        && !stated
    {
        rows.set_delimiter(delimiter);
        stated = true;
        row = rows.next_row(path)?;
    }
    match row {
        DelimitedRow::End => return Ok(None),
        DelimitedRow::TooLong => {
            return Err(ReadError::LongHeader {
                path: path.to_path_buf(),
                limit: rows.limit(),
            });
        }
        DelimitedRow::Complete => {}
    }
    if !stated {
        detect_delimiter(rows, column);
    }
    column_names(rows, path).map(Some)
}

/// Tries other delimiters until the current row contains the column. If none works, keeps the original delimiter.
fn detect_delimiter(rows: &mut Delimited<'_>, column: &str) {
    let has_column =
        |rows: &Delimited<'_>| (0..rows.n_fields()).any(|index| rows.field(index) == column.as_bytes());
    if has_column(rows) {
        return;
    }
    let usual = rows.dialect().delimiter;
    for delimiter in [b',', b';', b'\t', b'|'] {
        rows.set_delimiter(delimiter);
        if has_column(rows) {
            return;
        }
    }
    rows.set_delimiter(usual);
}

fn column_names(rows: &Delimited<'_>, path: &Path) -> Result<Vec<String>, ReadError> {
    let mut names: Vec<String> = Vec::with_capacity(rows.n_fields());
    let mut known = HashSet::with_capacity(rows.n_fields());
    for index in 0..rows.n_fields() {
        let name = std::str::from_utf8(rows.field(index)).map_err(|_| ReadError::UndecodableHeader {
            path: path.to_path_buf(),
        })?;
        // Spreadsheets can write columns without a name; they get distinct names, because a repeated name is an error.
        let name = match name.trim() {
            "" => format!("column {}", index + 1),
            _ => name.to_string(),
        };
        if !known.insert(name.clone()) {
            return Err(ReadError::RepeatedColumn {
                path: path.to_path_buf(),
                column: name,
            });
        }
        names.push(name);
    }
    Ok(names)
}
