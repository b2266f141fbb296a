//! Writes results to standard output, and everything else to standard error.

use std::fmt::Display;
use std::io::{self, Write};

use anyhow::Context;
use serde::Serialize;

/// Writes a result to standard output.
///
/// # Errors
///
/// Standard output cannot be written to. [`crate::program::run`] does not treat a reader that closed early, such as
/// `head`, as a failure.
pub fn print(text: impl Display) -> anyhow::Result<()> {
    write_out(&strip_control_characters(&text.to_string()))
}

/// Writes one JSON document to standard output.
///
/// # Errors
///
/// The same as for [`print()`].
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    write_out(&(serde_json::to_string_pretty(value)? + "\n"))
}

fn write_out(text: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .context("cannot write to standard output")
}

/// Writes a line to standard error: settings, progress, warnings.
pub fn message(line: impl Display) {
    // The command continues if standard error is closed.
    let _ = writeln!(
        io::stderr().lock(),
        "{}",
        strip_control_characters(&line.to_string())
    );
}

/// Removes control characters and text direction overrides, since labels and texts come from untrusted sources.
fn strip_control_characters(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\t' => character,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    text.chars().map(shown).collect()
}

/// Returns whether the reader closed our output early, as in `… | head`.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_removed() {
        assert_eq!(strip_control_characters("a\tb\nc"), "a\tb\nc");
        assert_eq!(
            strip_control_characters("pra\u{1b}[32mise\r"),
            "pra\u{FFFD}[32mise\u{FFFD}"
        );
        assert_eq!(strip_control_characters("x\u{202E}y שלום"), "x\u{FFFD}y שלום");
    }
}
