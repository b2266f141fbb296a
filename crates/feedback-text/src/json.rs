//! Repairs two things that programs write although JSON does not allow them: (1) `NaN` and infinities; (2) half a surrogate pair,
//! left over when a text was cut in the middle of a pair.

/// Replaces `NaN`, `Infinity` and `-Infinity` with `null`. Replaces each escape sequence that is half of a surrogate pair with
/// U+FFFD. Returns `None` if there is nothing to replace.
#[must_use]
pub fn repaired(json: &str) -> Option<String> {
    let mut written = String::with_capacity(json.len());
    let mut rest = json;
    let mut in_string = false;
    let mut changed = false;
    while let Some(length) = rest.find(|character| match in_string {
        true => matches!(character, '"' | '\\'),
        false => matches!(character, '"' | 'N' | 'I' | '-'),
    }) {
        written.push_str(&rest[..length]);
        rest = &rest[length..];
        let (replacement, taken) = match in_string {
            _ if rest.starts_with('"') => {
                in_string = !in_string;
                (None, 1)
            }
            true => escape(rest),
            false => constant(rest),
        };
        match replacement {
            Some(replacement) => {
                written.push_str(replacement);
                changed = true;
            }
            None => written.push_str(&rest[..taken]),
        }
        rest = &rest[taken..];
    }
    written.push_str(rest);
    changed.then_some(written)
}

/// Returns the replacement of a constant at the beginning of the text, and the length of what it replaces.
fn constant(text: &str) -> (Option<&'static str>, usize) {
    let constants = ["NaN", "Infinity", "-Infinity"];
    match constants.into_iter().find(|constant| text.starts_with(constant)) {
        Some(constant) => (Some("null"), constant.len()),
        None => (None, 1),
    }
}

/// Like [`constant`], for an escape sequence.
fn escape(text: &str) -> (Option<&'static str>, usize) {
    match (unit(text), text.get(6..).and_then(unit)) {
        (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => (None, 12),
        (Some(0xD800..0xE000), _) => (Some("\\ufffd"), 6),
        _ => (None, 1 + text[1..].chars().next().map_or(0, char::len_utf8)),
    }
}

/// Returns the UTF-16 unit that an escape such as `\u00fc` at the beginning of the text stands for.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
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
}
