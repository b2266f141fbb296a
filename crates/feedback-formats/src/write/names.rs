//! The fields of all records.

use std::collections::HashSet;

use feedback_dataset::read::{ReadError, Reader, RowError};

/// Returns the names of the fields of all records, in the order in which they first occur. These are the columns of a table of
/// all records. Reads to the end; rows that cannot be used are skipped.
///
/// # Errors
///
/// The errors of reading.
///
/// # Examples
///
/// ```
/// use feedback_dataset::read::{Format, ReadOptions, Reader};
/// use feedback_formats::write::field_names;
///
/// let lines = "{\"text\": \"a\", \"plan\": \"pro\"}\n{\"stars\": 3, \"text\": \"b\"}\n";
/// let reader = Reader::from_reader(lines.as_bytes(), "example", Format::Jsonl, &ReadOptions::default());
/// assert_eq!(field_names(reader)?, ["text", "plan", "stars"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn field_names(reader: Reader<'_>) -> Result<Vec<String>, ReadError> {
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    for row in reader {
        match row {
            Ok(row) => {
                for name in row.record.fields().keys() {
                    if known.insert(name.clone()) {
                        names.push(name.clone());
                    }
                }
            }
            Err(RowError::Bad(_)) => {}
            Err(RowError::Fatal(error)) => return Err(error),
        }
    }
    Ok(names)
}
