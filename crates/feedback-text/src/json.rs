//! Repairs what programs write although JSON or its readers do not allow it: `NaN` and infinities; numbers beyond the range of
//! 64-bit floats; half a surrogate pair, left over when a text was cut in the middle of a pair.

use std::borrow::Cow;

/// Replaces `NaN`, `Infinity` and `-Infinity` with `null`, and each escape sequence that is half of a surrogate pair with
/// U+FFFD. A number that a 64-bit float cannot hold, such as `1E400`, becomes a text with its digits. Returns `None` if there is
/// nothing to replace.
#[must_use]
pub fn repaired(json: &str) -> Option<String> {
    let mut written = String::with_capacity(json.len());
    let mut rest = json;
    let mut in_string = false;
    let mut changed = false;
    while let Some(length) = rest.find(|character| match in_string {
        true => matches!(character, '"' | '\\'),
        false => matches!(character, '"' | 'N' | 'I' | '-' | '0'..='9'),
    }) {
        written.push_str(&rest[..length]);
        rest = &rest[length..];
        let (replacement, taken) = match in_string {
            _ if rest.starts_with('"') => {
                in_string = !in_string;
                (None, 1)
            }
            true => escape(rest),
            false => constant_or_number(rest),
        };
        match replacement {
            Some(replacement) => {
                written.push_str(&replacement);
                changed = true;
            }
            None => written.push_str(&rest[..taken]),
        }
        rest = &rest[taken..];
    }
    written.push_str(rest);
    changed.then_some(written)
}

/// Replaces the constants that JSON lacks by numbers of the same length, so that places in the text do not change.
#[must_use]
pub fn same_length_json(text: &str) -> String {
    match repaired(text) {
        None => text.to_string(),
        Some(_) => text.replace("NaN", "100").replace("Infinity", "10000000"),
    }
}

/// Returns the brackets that are open at the end of the beginning of a JSON value, and whether it ends within a string.
#[must_use]
pub fn open_brackets(json: &[u8]) -> (Vec<u8>, bool) {
    let mut open = Vec::new();
    let mut in_string = false;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if in_string => {
                bytes.next();
            }
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => open.push(*byte),
            b'}' | b']' if !in_string => {
                open.pop();
            }
            _ => {}
        }
    }
    (open, in_string)
}

/// Returns the replacement of a constant or a number at the beginning of the text, and the length of what it replaces.
fn constant_or_number(text: &str) -> (Option<Cow<'static, str>>, usize) {
    let constants = ["NaN", "Infinity", "-Infinity"];
    if let Some(constant) = constants.into_iter().find(|constant| text.starts_with(constant)) {
        return (Some("null".into()), constant.len());
    }
    let is_part = |character: char| character.is_ascii_digit() || "+-.eE".contains(character);
    let number = &text[..text.find(|character| !is_part(character)).unwrap_or(text.len())];
    let is_out_of_range = number.parse().is_ok_and(f64::is_infinite);
    (
        is_out_of_range.then(|| format!("\"{number}\"").into()),
        number.len().max(1),
    )
}

/// Like [`constant_or_number`], for an escape sequence.
fn escape(text: &str) -> (Option<Cow<'static, str>>, usize) {
    match (unit(text), text.get(6..).and_then(unit)) {
        (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => (None, 12),
        (Some(0xD800..0xE000), _) => (Some("\\ufffd".into()), 6),
        _ => (None, 1 + text[1..].chars().next().map_or(0, char::len_utf8)),
    }
}

/// Returns the UTF-16 unit that an escape such as `\u00fc` at the beginning of the text stands for.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// Returns the JSON without white space between its parts, as one line.
#[must_use]
pub fn in_one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    for character in json.chars() {
        if in_string || !character.is_ascii_whitespace() {
            line.push(character);
        }
        in_string = match character {
            '"' => !in_string || escaped,
            _ => in_string,
        };
        escaped = in_string && character == '\\' && !escaped;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_surrogates_that_json_lacks_are_replaced() {
        for (json, expected) in [
            (
                r#"{"a":NaN,"b":[-Infinity,Infinity]}"#,
                Some(r#"{"a":null,"b":[null,null]}"#),
            ),
            (
                r#"{"a":1E400,"b":[-2.5e999, 1e308],"c":"1E400"}"#,
                Some(r#"{"a":"1E400","b":["-2.5e999", 1e308],"c":"1E400"}"#),
            ),
            (r#"{"a":1e-400,"b":-1.5,"c":1e}"#, None),
            (r#"{"a":"\ud83d"}"#, Some(r#"{"a":"\ufffd"}"#)),
            (
                r#"{"a":"\ud83dx\udE00\ud83d\ude00"}"#,
                Some(r#"{"a":"\ufffdx\ufffd\ud83d\ude00"}"#),
            ),
            (r#"{"NaN":"Infinity \" NaN \\","a":-1}"#, None),
            (r#"{"a":"\\ud83d"}"#, None),
            ("{\"a\":\"\\", None),
        ] {
            assert_eq!(repaired(json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn json_is_written_in_one_line() {
        let json = "{\n \"a b\" : [ 1,\r\n\t2 ],\"c\\\\\" : \" \\\" } \" }";
        assert_eq!(in_one_line(json), "{\"a b\":[1,2],\"c\\\\\":\" \\\" } \"}");
    }

    #[test]
    fn brackets_in_strings_are_not_open() {
        assert_eq!(open_brackets(b"{\"a[\\\"\":[{},"), (vec![b'{', b'['], false));
        assert_eq!(open_brackets(b"[\"a"), (vec![b'['], true));
    }

    #[test]
    fn constants_keep_their_length() {
        assert_eq!(same_length_json("[NaN,-Infinity]"), "[100,-10000000]");
        assert_eq!(same_length_json("\"NaN\""), "\"NaN\"");
    }
}
