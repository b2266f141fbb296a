//! Parses a line of JSON and keeps numbers exactly as they are written, which an ordinary parser would not.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::map::Entry;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::record::bad_row::BadRowReason;
use crate::record::fields::Fields;

/// Parses any JSON object.
pub(super) fn parse_fields(line: &str) -> Result<Fields, BadRowReason> {
    let raw_fields = raw_fields(line)?;
    let mut fields = Map::with_capacity(raw_fields.len());
    let mut verbatim = Vec::new();
    for (name, raw) in raw_fields {
        let text = raw.get();
        let value = match plain_value(text) {
            Some(value) => value,
            None => {
                let value: Value = serde_json::from_str(text).map_err(|error| {
                    let start = text.as_ptr() as usize - line.as_ptr() as usize;
                    json_reason(line, start + error.column(), &error)
                })?;
                if may_be_written_differently(&value) && value.to_string().as_str() != text {
                    verbatim.push((name.clone(), Box::from(text)));
                }
                value
            }
        };
        match fields.entry(name) {
            Entry::Vacant(place) => place.insert(value),
            Entry::Occupied(place) => {
                return Err(BadRowReason::RepeatedField {
                    field: place.key().clone(),
                });
            }
        };
    }
    Ok(Fields {
        map: fields,
        verbatim,
    })
}

/// Returns the names of the fields of an object, and where their values are in its JSON; `None` for anything else.
pub(crate) fn field_ranges(json: &str) -> Option<Vec<(String, Range<usize>)>> {
    let range = |(name, raw): (String, &RawValue)| {
        let start = raw.get().as_ptr() as usize - json.as_ptr() as usize;
        (name, start..start + raw.get().len())
    };
    Some(raw_fields(json).ok()?.into_iter().map(range).collect())
}

/// The fast path for most fields: strings without escapes, which are valid because the line has already been checked, and
/// positive integers of at most 18 digits.
fn plain_value(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    match bytes {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => {
            Some(Value::String(text[1..text.len() - 1].to_string()))
        }
        [b'1'..=b'9', rest @ ..] if rest.len() < 18 && rest.iter().all(u8::is_ascii_digit) => {
            let digit = |number: u64, byte: &u8| number * 10 + u64::from(byte - b'0');
            Some(Value::from(bytes.iter().fold(0, digit)))
        }
        _ => None,
    }
}

/// Returns the kind of a JSON value, with an article, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// True if parsing and writing can change the value: only numbers can change, including numbers within arrays and objects.
fn may_be_written_differently(value: &Value) -> bool {
    matches!(value, Value::Number(_) | Value::Array(_) | Value::Object(_))
}

fn raw_fields(line: &str) -> Result<Vec<(String, &RawValue)>, BadRowReason> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let fields = deserializer.deserialize_map(FieldsVisitor);
    let fields = fields.and_then(|fields| deserializer.end().map(|()| fields));
    fields.map_err(|error| match other_kind(line) {
        Some(found) => BadRowReason::NotAnObject { found },
        None => dialect(line).unwrap_or_else(|| json_reason(line, error.column(), &error)),
    })
}

/// Returns the reason for a line that is not JSON but of a known kind.
fn dialect(line: &str) -> Option<BadRowReason> {
    let line = line.trim();
    if line.strip_prefix('{')?.trim_start().starts_with('\'') {
        return Some(BadRowReason::NotJson {
            found: "a Python dictionary, with names in single quotes",
            hint: "write the rows with `json.dumps`",
        });
    }
    let object = line.strip_suffix(',')?;
    serde_json::from_str::<IgnoredAny>(object).ok()?;
    Some(BadRowReason::NotJson {
        found: "a JSON object with a comma after it",
        hint: "remove the comma at the end of each line, or put all objects into one array, `[` … `]`",
    })
}

/// Returns the kind of the JSON value on this line, if the value is complete and not an object.
fn other_kind(line: &str) -> Option<&'static str> {
    if line.trim_start().starts_with('{') || serde_json::from_str::<IgnoredAny>(line).is_err() {
        return None;
    }
    Some(match line.trim_start().as_bytes().first()? {
        b'[' => "an array",
        b'"' => "a string",
        b't' | b'f' => "a boolean",
        b'n' => "null",
        _ => "a number",
    })
}

/// `column` counts bytes from 1, as in serde_json; the reason counts characters, as a text editor does. In an object of several
/// lines, the column is in the line that the message names.
fn json_reason(line: &str, column: usize, error: &serde_json::Error) -> BadRowReason {
    let message = error.to_string();
    let mut message = message.split(" at line ").next().unwrap_or(&message).to_string();
    let mut line = line;
    if error.line() > 1 {
        line = line.split('\n').nth(error.line() - 1).unwrap_or_default();
        message += &format!(", in line {} of the object", error.line());
    }
    let before = column.saturating_sub(1).min(line.len());
    let column = line.char_indices().take_while(|(at, _)| *at < before).count() + 1;
    BadRowReason::Json { column, message }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::with_capacity(8);
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value::<&'de RawValue>()?;
            fields.push((name, value));
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_equal_those_of_the_parser() {
        for text in [
            "\"\"",
            "\"a ü\"",
            "\"a\\nb\"",
            "1",
            "10",
            "0",
            "-1",
            "999999999999999999",
            "18446744073709551615",
            "1.0",
            "[]",
            "null",
        ] {
            let parsed: Value = serde_json::from_str(text).unwrap();
            assert!(plain_value(text).is_none_or(|value| value == parsed), "{text}");
            let fields = parse_fields(&format!("{{\"text\":{text}}}")).unwrap();
            assert_eq!(fields.map.get("text"), Some(&parsed));
        }
        assert!(matches!(
            parse_fields("{\"text\":\"a\u{1}\"}"),
            Err(BadRowReason::Json { .. })
        ));
    }

    #[test]
    fn other_values_are_named() {
        for (line, found) in [
            ("[1]", "an array"),
            ("\"a\"", "a string"),
            ("3", "a number"),
            ("true", "a boolean"),
            ("null", "null"),
        ] {
            assert_eq!(
                parse_fields(line),
                Err(BadRowReason::NotAnObject { found }),
                "{line}"
            );
        }
    }

    #[test]
    fn broken_lines_name_the_column() {
        for line in [
            "{",
            "{\"text\": \"a\"",
            "{\"text\": 'a'}",
            "{\"text\": \"a\"} x",
            "nonsense",
            "[1",
            "{\"text\": NaN}",
            "{\"text\": \"\\ud800\"}",
        ] {
            let Err(BadRowReason::Json { column, message }) = parse_fields(line) else {
                panic!("{line} was read")
            };
            assert!(
                column >= 1 && column <= line.chars().count() + 1,
                "{line}: {column}"
            );
            assert!(!message.contains("line"), "{message}");
        }
        let Err(BadRowReason::Json { column, .. }) = parse_fields("{\"tüxt\": 'a'}") else {
            panic!()
        };
        assert_eq!(column, 10);
    }

    #[test]
    fn a_repeated_field_is_refused() {
        assert_eq!(
            parse_fields(r#"{"text":"a","text":"b"}"#),
            Err(BadRowReason::RepeatedField { field: "text".into() })
        );
    }

    #[test]
    fn deep_nesting_is_an_error_not_a_crash() {
        let line = format!("{{\"text\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(parse_fields(&line), Err(BadRowReason::Json { .. })));
    }
}
