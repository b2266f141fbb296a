//! Writes the fields of a row as JSON.

use std::fmt::{Display, Write};

/// Writes a string with its quotes.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut clean_from = 0;
    for (index, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x00..=0x1F => "",
            _ => continue,
        };
        out.push_str(&text[clean_from..index]);
        clean_from = index + 1;
        match escape {
            "" => write_display(format_args!("\\u{byte:04x}"), out),
            escape => out.push_str(escape),
        }
    }
    out.push_str(&text[clean_from..]);
    out.push('"');
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
        let cases = [(1.5, "1.5"), (1e300, "1e+300"), (4.0, "4.0"), (f64::NAN, "null"), (f64::INFINITY, "null")];
        for (number, expected) in cases {
            let mut out = String::new();
            write_float(number, &mut out);
            assert_eq!(out, expected);
        }
    }
}
