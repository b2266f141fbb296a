//! Reads fixtures.

use std::path::PathBuf;

use feedback_dataset::Record;
use feedback_dataset::read::{ReadError, ReadOptions, RowError};
use feedback_formats::{Contents, FormatError, Limits, Source, open};
use serde_json::Value;

pub(crate) fn fixture(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/formats")
        .join(name);
    assert!(path.exists(), "{} is missing", path.display());
    path
}

pub(crate) fn json(name: &str) -> Vec<Value> {
    serde_json::from_str(&fs_err::read_to_string(fixture(name)).unwrap()).unwrap()
}

/// The records of a source, which must have no bad row.
pub(crate) fn records(source: Source<'_>) -> Result<Vec<(u64, Record)>, ReadError> {
    let mut records = Vec::new();
    for row in source.reader {
        match row {
            Ok(row) => records.push((row.line, row.record)),
            Err(RowError::Fatal(error)) => return Err(error),
            Err(RowError::Bad(row)) => panic!("{row}"),
        }
    }
    Ok(records)
}

pub(crate) fn read(name: &str, limits: &Limits) -> Result<(Contents, Vec<(u64, Record)>), ReadError> {
    read_with(name, &ReadOptions::default(), limits)
}

pub(crate) fn read_with(
    name: &str,
    options: &ReadOptions,
    limits: &Limits,
) -> Result<(Contents, Vec<(u64, Record)>), ReadError> {
    let source = open(fixture(name), options, limits)?;
    let contents = source.contents.clone();
    Ok((contents, records(source)?))
}

/// The values of records.
pub(crate) fn values(records: &[(u64, Record)]) -> Vec<Value> {
    records
        .iter()
        .map(|(_, record)| Value::Object(record.fields().clone()))
        .collect()
}

/// The error of this crate with which a file ends, when it is opened or read.
pub(crate) fn error(name: &str, limits: &Limits) -> FormatError {
    error_with(name, &ReadOptions::default(), limits)
}

pub(crate) fn error_with(name: &str, options: &ReadOptions, limits: &Limits) -> FormatError {
    let error = read_with(name, options, limits).unwrap_err();
    assert!(
        error.hint().is_some_and(|hint| !hint.is_empty()),
        "{error:?} has no hint"
    );
    FormatError::of(&error)
        .unwrap_or_else(|| panic!("{name}: {error:?}"))
        .clone()
}
