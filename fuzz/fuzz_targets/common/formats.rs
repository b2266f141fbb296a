//! Reads a file with `feedback-formats`.

use std::collections::HashSet;
use std::sync::Once;

use feedback_dataset::read::{Encoding, ReadError, ReadOptions, RowError};
use feedback_formats::{FormatError, Limits, from_bytes};

use crate::memory;

/// Memory limit in bytes.
const MEMORY: usize = 256 << 20;

static START: Once = Once::new();

/// Sets limits that a few thousand bytes can reach.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_expanded_bytes = 32 << 20;
    limits.max_sheet_bytes = 16 << 20;
    limits.max_batch_bytes = 16 << 20;
    limits.max_rows = 20_000;
    limits
}

/// A panic of a decoder that `feedback-formats` catches is no failure, so the hook of libFuzzer, which ends the process, is removed.
/// libFuzzer still ends the process for a panic that is not caught.
fn start(most: usize) {
    drop(std::panic::take_hook());
    memory::limit(most);
}

/// Checks that every error says what to do, and that the lines of rows ascend.
#[allow(dead_code, reason = "each target uses one of the checks")]
pub(crate) fn check(bytes: &[u8], name: &str) {
    check_within(bytes, name, MEMORY);
}

/// Like [`check`], with a limit on the memory in bytes.
pub(crate) fn check_within(bytes: &[u8], name: &str, most: usize) {
    START.call_once(|| start(most));
    let mut options = ReadOptions::default();
    options.text_required = false;
    options.encoding = Encoding::Guess;
    options.max_line_bytes = 1 << 20;
    let source = match from_bytes(bytes.to_vec(), name, &options, &limits()) {
        Ok(source) => source,
        Err(error) => return check_error(&error),
    };
    assert!(source.contents.notes().iter().all(|note| !note.is_empty()));
    let mut last = 0;
    for row in source.reader {
        let line = match row {
            Ok(row) => {
                let names: HashSet<&String> = row.record.fields().keys().collect();
                assert_eq!(names.len(), row.record.fields().len());
                row.line
            }
            Err(RowError::Bad(row)) => row.line,
            Err(RowError::Fatal(error)) => return check_error(&error),
        };
        assert!(line > last, "line {line} after line {last}");
        last = line;
    }
}

fn check_error(error: &ReadError) {
    if let Some(found) = FormatError::of(error) {
        assert!(!found.hint().is_empty() && !found.to_string().is_empty());
    }
}
