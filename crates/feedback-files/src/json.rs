//! Reads and writes JSON files.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::atomic_file::write_bytes;
use crate::error::{Action, Error, Result};

/// How JSON is laid out in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonLayout {
    /// All on one line, without a newline at the end.
    Compact,
    /// Indented by two spaces, without a newline at the end.
    Pretty,
    /// Indented by two spaces, with a newline at the end.
    PrettyWithNewline,
}

/// Writes a value as a JSON file, [atomically](crate::write_file).
///
/// # Errors
///
/// [`Error::WriteJson`] if JSON cannot represent the value, such as a map whose keys are not strings, and the errors of
/// [`write_bytes`].
pub fn write_json(path: impl AsRef<Path>, value: &impl Serialize, layout: JsonLayout) -> Result<()> {
    let path = path.as_ref();
    let bytes = to_bytes(value, layout).map_err(|source| Error::WriteJson {
        path: path.to_path_buf(),
        source,
    })?;
    write_bytes(path, bytes)
}

fn to_bytes(value: &impl Serialize, layout: JsonLayout) -> serde_json::Result<Vec<u8>> {
    match layout {
        JsonLayout::Compact => serde_json::to_vec(value),
        JsonLayout::Pretty => serde_json::to_vec_pretty(value),
        JsonLayout::PrettyWithNewline => {
            let mut bytes = serde_json::to_vec_pretty(value)?;
            bytes.push(b'\n');
            Ok(bytes)
        }
    }
}

/// Reads a value from a JSON file.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::IsFolder`], [`Error::Io`], or [`Error::ReadJson`] if the content is not valid JSON for
/// a `T`.
pub fn read_json<T: DeserializeOwned>(path: impl AsRef<Path>) -> Result<T> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|error| Error::from_io(Action::Read, path, error))?;
    serde_json::from_slice(&bytes).map_err(|source| Error::ReadJson {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layout_writes_the_expected_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        for (layout, expected) in [
            (JsonLayout::Compact, "[1,2]"),
            (JsonLayout::Pretty, "[\n  1,\n  2\n]"),
            (JsonLayout::PrettyWithNewline, "[\n  1,\n  2\n]\n"),
        ] {
            write_json(&path, &[1, 2], layout).unwrap();
            assert_eq!(fs_err::read_to_string(&path).unwrap(), expected);
            assert_eq!(read_json::<Vec<u8>>(&path).unwrap(), [1, 2]);
        }
    }

    #[test]
    fn incomplete_json_is_an_error_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("half.json");
        fs_err::write(&path, "[1,").unwrap();
        let error = read_json::<Vec<u8>>(&path).unwrap_err();
        assert!(error.to_string().contains("half.json"), "{error}");
        assert!(matches!(error, Error::ReadJson { .. }));
    }

    #[test]
    fn a_value_that_json_cannot_represent_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_json(&path, &1, JsonLayout::Compact).unwrap();
        let keys = std::collections::BTreeMap::from([(vec![1], 2)]);
        let error = write_json(&path, &keys, JsonLayout::Compact).unwrap_err();
        assert!(matches!(error, Error::WriteJson { .. }), "{error}");
        assert_eq!(read_json::<u8>(&path).unwrap(), 1);
    }
}
