//! Writes the fields of a row as JSON.

use std::fmt::{Display, Write};

/// Writes a string with its quotes.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    // Whole blocks are compared at once.
    let in_block = |block: &[u8]| {
        block
            .iter()
            .fold(false, |found, byte| found | must_be_escaped(*byte))
    };
    if text.as_bytes().chunks(32).any(in_block) {
        write_escaped(text, out);
    } else {
        out.push_str(text);
    }
    out.push('"');
}

fn must_be_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn write_escaped(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1F' => write_display(format_args!("\\u{:04x}", u32::from(character)), out),
            _ => out.push(character),
        }
    }
}

/// Writes a value whose text is JSON, such as an integer.
pub(crate) fn write_display(value: impl Display, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{value}");
}

/// Writes a number; `null` for NaN and infinities, which JSON does not have.
pub(crate) fn write_float(number: f64, out: &mut String) {
    match serde_json::Number::from_f64(number) {
        Some(number) => write_display(number, out),
        None => out.push_str("null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_read_back() {
        let mut all: String = (0..0x250).filter_map(char::from_u32).collect();
        all.push_str("😀\u{2028}");
        for text in ["", "plain", "\"", "a\\b", "\n", &all] {
            let mut out = String::new();
            write_string(text, &mut out);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn numbers() {
        let cases = [
            (1.5, "1.5"),
            (1e300, "1e+300"),
            (4.0, "4.0"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ];
        for (number, expected) in cases {
            let mut out = String::new();
            write_float(number, &mut out);
            assert_eq!(out, expected);
        }
    }
}
