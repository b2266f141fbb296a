//! Files with one JSON document, and files with one JSON document per line.

use std::io::ErrorKind;
use std::path::Path;

use feedback_files::write_bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, LineKind, Result};

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs_err::read(path)?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })
}

/// Replaces the content of the file by a JSON document.
pub(crate) fn write_json(path: &Path, value: &(impl Serialize + ?Sized)) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
    replace(path, &text)
}

/// Reads a file with one JSON document per line.
pub(crate) fn read_lines<T: DeserializeOwned>(path: &Path, expected: LineKind) -> Result<Vec<T>> {
    let text = fs_err::read_to_string(path)?;
    let lines = text.lines().enumerate();
    lines
        .map(|(index, line)| parse_line(path, index, line, expected))
        .collect()
}

/// Parses one line; `index` counts from 0.
pub(crate) fn parse_line<T: DeserializeOwned>(
    path: &Path,
    index: usize,
    line: &str,
    expected: LineKind,
) -> Result<T> {
    serde_json::from_str(line).map_err(|source| Error::Line {
        path: path.to_owned(),
        line: index + 1,
        expected,
        source,
    })
}

/// Replaces the content of the file by one JSON document per line.
pub(crate) fn write_lines<T: Serialize>(path: &Path, items: &[T]) -> Result<()> {
    replace(path, &to_lines(items)?)
}

/// Returns the items as JSON lines, each with a line break.
pub(crate) fn to_lines<T: Serialize>(items: &[T]) -> Result<String> {
    let mut text = String::new();
    for item in items {
        text += &serde_json::to_string(item).map_err(std::io::Error::from)?;
        text.push('\n');
    }
    Ok(text)
}

/// Turns the error of a file that does not exist into `None`.
pub(crate) fn if_found<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Error::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn replace(path: &Path, text: &str) -> Result<()> {
    Ok(write_bytes(path, text)?)
}
