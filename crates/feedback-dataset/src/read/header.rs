//! The header of a CSV or TSV file: its columns, and the delimiter unless the caller chose one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use crate::error::ReadError;
use crate::read::delimited::{Delimited, DelimitedRow};
use crate::read::field_buffer::Dialect;
use feedback_text::{join_answers, trim_invisible};

/// The delimiters that are tried on a table.
pub(super) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What is known about the header before it is read.
pub(super) struct HeaderOptions {
    /// The column that the header must contain if the delimiter is detected with it; `None` if no column is known.
    pub(super) column: Option<String>,
    /// Whether the caller chose the delimiter.
    pub(super) delimiter_stated: bool,
    /// Number of lines above the header.
    pub(super) skip_rows: usize,
    /// Number of rows that name the columns.
    pub(super) header_rows: usize,
    /// Number of rows below the header that are not data.
    pub(super) skip_after_header: usize,
}

/// Reads the column names and the rows below them that are not data; `None` for an empty file.
///
/// If the caller did not choose the delimiter, it is detected. The candidates are the delimiter in a first line such as `sep=;`,
/// the usual delimiter and other common ones; they are tried until the header contains `column`. If the header has several rows
/// or no column is known, the delimiter that gives its first row the most fields counts.
pub(super) fn read_header(
    rows: &mut Delimited<'_>,
    path: &Path,
    options: &HeaderOptions,
) -> Result<Option<Vec<String>>, ReadError> {
    for _ in 0..options.skip_rows {
        rows.next_line(path)?;
    }
    let mut row = next_row(rows, path)?;
    if let Some(stated) = separator_line(rows.raw()) {
        if !options.delimiter_stated {
            set_delimiter(rows, stated);
        }
        row = next_row(rows, path)?;
    }
    if row == DelimitedRow::End {
        return Ok(None);
    }
    check(row, rows, path)?;
    match (options.delimiter_stated, options.header_rows, &options.column) {
        (true, _, _) => {}
        (false, 0 | 1, Some(column)) => detect_delimiter(rows, column),
        (false, _, _) => choose_delimiter(rows),
    }
    skip_spaces(rows);
    let mut names = fields(rows, path)?;
    for _ in 1..options.header_rows {
        let row = next_row(rows, path)?;
        if row == DelimitedRow::End {
            break;
        }
        check(row, rows, path)?;
        join_names(&mut names, fields(rows, path)?);
    }
    for _ in 0..options.skip_after_header {
        let is_read = next_row(rows, path)? == DelimitedRow::Complete;
        if is_read && options.skip_after_header == 1 {
            join_answers(&mut names, &fields(rows, path)?);
        }
    }
    Ok(Some(distinct(names)))
}

/// Moves to the next row that is not blank.
fn next_row(rows: &mut Delimited<'_>, path: &Path) -> Result<DelimitedRow, ReadError> {
    loop {
        let row = rows.next_row(path)?;
        if !matches!(row, DelimitedRow::Blank { .. }) {
            return Ok(row);
        }
    }
}

fn check(row: DelimitedRow, rows: &Delimited<'_>, path: &Path) -> Result<(), ReadError> {
    let path = path.to_path_buf();
    match row {
        DelimitedRow::TooLong => Err(ReadError::LongHeader {
            path,
            limit: rows.limit(),
        }),
        DelimitedRow::UnclosedQuote { line, column } | DelimitedRow::TextAfterQuote { line, column } => {
            Err(ReadError::UnclosedQuote { path, line, column })
        }
        DelimitedRow::Complete | DelimitedRow::Blank { .. } | DelimitedRow::End => Ok(()),
    }
}

/// Returns the delimiter that a line such as `sep=;` states. Excel writes it in quotes if the delimiter is in the line.
fn separator_line(raw: &[u8]) -> Option<u8> {
    let line = match raw {
        [b'"', inner @ .., b'"'] => inner,
        _ => raw,
    };
    let (name, delimiter) = match line {
        // Some programs write the escape sequence instead of a tab.
        [name @ .., b'=', b'\\', b't'] => (name, b'\t'),
        [name @ .., b'=', delimiter] => (name, *delimiter),
        _ => return None,
    };
    name.eq_ignore_ascii_case(b"sep").then_some(delimiter)
}

fn set_delimiter(rows: &mut Delimited<'_>, delimiter: u8) {
    let dialect = rows.dialect();
    rows.set_dialect(Dialect { delimiter, ..dialect });
}

/// Tries other delimiters until the current row contains the column. If none works, keeps the original delimiter.
fn detect_delimiter(rows: &mut Delimited<'_>, column: &str) {
    let has_column = |rows: &Delimited<'_>| {
        (0..rows.n_fields()).any(|index| rows.field(index).trim_ascii() == column.as_bytes())
    };
    if has_column(rows) {
        return;
    }
    let usual = rows.dialect().delimiter;
    for delimiter in DELIMITERS {
        set_delimiter(rows, delimiter);
        if has_column(rows) {
            return;
        }
    }
    set_delimiter(rows, usual);
}

/// Sets the delimiter with which the current row has the most fields. Among several, the original one and then the first counts.
fn choose_delimiter(rows: &mut Delimited<'_>) {
    let mut best = (rows.n_fields(), rows.dialect().delimiter);
    for delimiter in DELIMITERS {
        set_delimiter(rows, delimiter);
        if rows.n_fields() > best.0 {
            best = (rows.n_fields(), delimiter);
        }
    }
    set_delimiter(rows, best.1);
}

/// If all names but the first begin with a space, spaces after a delimiter are not part of a field: `id, "text", label`.
fn skip_spaces(rows: &mut Delimited<'_>) {
    let n_fields = rows.n_fields();
    if n_fields > 1 && (1..n_fields).all(|index| rows.field(index).starts_with(b" ")) {
        let dialect = rows.dialect();
        rows.set_dialect(Dialect {
            skip_spaces: true,
            ..dialect
        });
    }
}

/// Returns the fields of the current row without surrounding white space.
fn fields(rows: &Delimited<'_>, path: &Path) -> Result<Vec<String>, ReadError> {
    let field = |index| {
        let name = std::str::from_utf8(rows.field(index)).map_err(|_| ReadError::UndecodableHeader {
            path: path.to_path_buf(),
        })?;
        Ok(trim_invisible(name).to_string())
    };
    (0..rows.n_fields()).map(field).collect()
}

/// Adds the names of a further header row. Spreadsheets write the name of merged cells only once, in the first column.
fn join_names(names: &mut Vec<String>, more: Vec<String>) {
    if names.len() < more.len() {
        names.resize(more.len(), String::new());
    }
    for (name, more) in names.iter_mut().zip(more) {
        if !name.is_empty() && !more.is_empty() {
            name.push(' ');
        }
        name.push_str(&more);
    }
}

/// Names the columns without a name by their position, and numbers repeated names: `Labels`, `Labels.2`.
fn distinct(names: Vec<String>) -> Vec<String> {
    let named = names
        .into_iter()
        .enumerate()
        .map(|(index, name)| match name.is_empty() {
            true => format!("column {}", index + 1),
            false => name,
        });
    let named: Vec<String> = named.collect();
    // Numbers already used for a name; a name that another column has in the file is not given to a repeated one.
    let mut uses: HashMap<String, usize> = named.iter().map(|name| (name.clone(), 0)).collect();
    let number = |name: String| {
        let Some(count) = uses.get_mut(&name) else {
            return name;
        };
        *count += 1;
        if *count == 1 {
            return name;
        }
        let mut number = *count;
        loop {
            let numbered = format!("{name}.{number}");
            if let Entry::Vacant(place) = uses.entry(numbered.clone()) {
                place.insert(1);
                uses.insert(name, number);
                return numbered;
            }
            number += 1;
        }
    };
    named.into_iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_are_numbered_and_empty_ones_are_named_by_position() {
        let names = |names: &[&str]| distinct(names.iter().map(|name| name.to_string()).collect());
        assert_eq!(names(&["a", "b"]), ["a", "b"]);
        assert_eq!(
            names(&["a", "", "a", "", "a"]),
            ["a", "column 2", "a.2", "column 4", "a.3"]
        );
        assert_eq!(names(&["a", "a", "a.2", "a.2"]), ["a", "a.3", "a.2", "a.2.2"]);
        assert_eq!(
            names(&vec!["x"; 50_000]).last().map(String::as_str),
            Some("x.50000")
        );
    }

    #[test]
    fn a_line_that_states_the_delimiter() {
        for (line, delimiter) in [
            ("sep=;", Some(b';')),
            ("SEP=;", Some(b';')),
            ("\"sep=;\"", Some(b';')),
            ("\"Sep=\t\"", Some(b'\t')),
            ("sep=\\t", Some(b'\t')),
            ("sep=\\n", None),
            ("sep=", None),
            ("sep=ab", None),
            ("step=;", None),
        ] {
            assert_eq!(separator_line(line.as_bytes()), delimiter, "{line}");
        }
    }
}
