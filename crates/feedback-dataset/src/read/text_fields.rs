//! Finds the fields of a file that can hold the text, before the name of the text field is known.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value};

use crate::error::{ReadError, RowError};
use crate::read::format::Format;
use crate::read::header::DELIMITERS;
use crate::read::options::ReadOptions;
use crate::read::reader::Reader;
use crate::record::json_repair::repaired;

/// No field has this name, so each reader lists the fields that exist.
const NO_FIELD: &str = "\0";
/// Objects within objects are searched to this depth.
const MAX_DEPTH: usize = 4;

/// Returns the names of the fields that can hold the text, in the order in which they are first seen.
///
/// These are the columns of a table, with the delimiter that gives the most columns; for JSON, the fields with a string in one of
/// the first `max_rows` records, including paths to strings within objects (`data.text`); and the text field itself for lines of
/// text. The fields in `options` are ignored otherwise.
///
/// # Errors
///
/// The errors of [`Reader::open`] and [`Reader::header`], and [`ReadError::Io`] and [`ReadError::NoRows`] for JSON.
///
/// # Examples
///
/// ```
/// use feedback_dataset::read::{ReadOptions, text_fields};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("export.json");
/// fs_err::write(&path, r#"[{"id": 1, "data": {"text": "It crashes"}, "source": "web"}]"#)?;
/// assert_eq!(text_fields(&path, &ReadOptions::default(), 50)?, ["data.text", "source"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn text_fields(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    max_rows: usize,
) -> Result<Vec<String>, ReadError> {
    let path = path.as_ref();
    let mut without_field = options.clone();
    without_field.text_field = NO_FIELD.to_string();
    let format = Reader::open(path, &without_field)?.format();
    match format {
        Format::Lines => Ok(vec![options.text_field.clone()]),
        Format::Csv | Format::Tsv => columns(path, &without_field),
        Format::Jsonl => json_fields(path, &without_field, max_rows),
    }
}

fn columns(path: &Path, options: &ReadOptions) -> Result<Vec<String>, ReadError> {
    let stated = options.delimiter.map(|delimiter| vec![delimiter]);
    let mut best: Vec<String> = Vec::new();
    let mut failure = None;
    for delimiter in stated.unwrap_or_else(|| DELIMITERS.to_vec()) {
        let mut options = options.clone();
        options.delimiter = Some(delimiter);
        match Reader::open(path, &options)?.header() {
            Err(ReadError::MissingColumn { found, .. }) if found.len() > best.len() => best = found,
            Err(ReadError::MissingColumn { .. }) | Ok(_) => {}
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if best.is_empty() => Err(error),
        _ => Ok(best),
    }
}

fn json_fields(path: &Path, options: &ReadOptions, max_rows: usize) -> Result<Vec<String>, ReadError> {
    let mut found = Found::default();
    for row in Reader::open(path, options)?.take(max_rows) {
        let record = match row {
            Ok(row) => row.record.to_json(),
            Err(RowError::Bad(row)) => row.raw.unwrap_or_default(),
            Err(RowError::Fatal(error)) => return Err(error),
        };
        let record = repaired(&record).unwrap_or(record);
        // A row that cannot be parsed is reported when the file is read.
        if let Ok(Value::Object(fields)) = serde_json::from_str(&record) {
            found.add(&fields, "", MAX_DEPTH);
        }
    }
    Ok(found.names)
}

#[derive(Default)]
struct Found {
    names: Vec<String>,
    seen: HashSet<String>,
}

impl Found {
    fn add(&mut self, fields: &Map<String, Value>, prefix: &str, depth: usize) {
        for (name, value) in fields {
            let name = format!("{prefix}{name}");
            match value {
                Value::String(_) if self.seen.insert(name.clone()) => self.names.push(name),
                Value::Object(fields) if depth > 0 => self.add(fields, &format!("{name}."), depth - 1),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, content: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs_err::write(&path, content).unwrap();
        text_fields(&path, &ReadOptions::default(), 50).unwrap()
    }

    #[test]
    fn fields_are_found_in_every_format() {
        assert_eq!(
            found("a.csv", "sep=;\nid;Comment;a, b\n"),
            ["id", "Comment", "a, b"]
        );
        assert_eq!(
            found("a.csv", "Labels,Labels,Body\n"),
            ["Labels", "Labels.2", "Body"]
        );
        assert_eq!(
            found(
                "a.jsonl",
                "{\"n\":1,\"say\":\"x\"}\nbroken\n{\"text\":\"y\",\"s\":NaN}\n"
            ),
            ["say", "text"]
        );
        assert_eq!(
            found(
                "a.json",
                "{\"tickets\":[{\"a\":{\"b\":\"x\"}},{\"c\":\"y\"}],\"n\":2}"
            ),
            ["a.b", "c"]
        );
        assert_eq!(found("a.txt", "x\n"), ["text"]);
        assert!(found("a.csv", "").is_empty());
    }
}
