//! Recognises JSON, and what looks like JSON but is not read, by its first lines.

use std::io::{self, Read};

use serde_json::{Map, Value};

use crate::foreign::Foreign;
use crate::table_start::MAX_LINES;

type Object = Map<String, Value>;

/// What web services write before JSON, so that no other page can run it as a script.
const GUARDS: [&str; 4] = [")]}'", "while(1);", "while (1);", "for(;;);"];

/// Separates the records of a JSON text sequence (RFC 7464).
const RECORD_SEPARATOR: u8 = 0x1E;

/// True for an object or an array of JSON. A line such as `[bug] It crashes` is a text.
pub(crate) fn is_json(text: &str) -> bool {
    let mut rest = text.trim_start().chars();
    let first = rest.next();
    let second = rest.as_str().trim_start().chars().next();
    match first {
        // A Python dictionary is refused row by row, with a hint.
        Some('{') => matches!(second, None | Some('"' | '\'' | '}')),
        Some('[') => matches!(second, None | Some('{' | '[' | ']' | '"')),
        _ => false,
    }
}

/// Replaces the separators of a JSON text sequence by spaces, which mean nothing between the values of JSON.
pub(crate) struct WithoutSeparators<R>(pub(crate) R);

impl<R: Read> Read for WithoutSeparators<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(buffer)?;
        let separators = buffer[..n].iter_mut().filter(|byte| **byte == RECORD_SEPARATOR);
        separators.for_each(|byte| *byte = b' ');
        Ok(n)
    }
}

/// True if other text is before JSON: before the object of each line, as in a log, or before all of it, as in a script.
pub(crate) fn follows_text(text: &str) -> bool {
    let text = text.trim_start();
    let guarded = GUARDS.iter().find_map(|guard| text.strip_prefix(guard));
    if guarded.is_some_and(|rest| is_json(rest.trim_start_matches(','))) {
        return true;
    }
    // `window.data = [{…` or `callback({…`
    let name = text.trim_start_matches(|c: char| c.is_alphanumeric() || "_.$ ".contains(c));
    let value = name.strip_prefix(['=', '(']).filter(|_| name.len() < text.len());
    if value.is_some_and(|value| !value.trim_start().is_empty() && is_json(value)) {
        return true;
    }
    let lines = || {
        text.lines()
            .filter(|line| !line.trim().is_empty())
            .take(MAX_LINES)
    };
    let found = lines().filter(|line| ends_with_object(line)).count();
    found > 0 && 2 * found >= lines().count()
}

/// Whether a line ends with an object that other text precedes. A cell of a table follows a delimiter.
fn ends_with_object(line: &str) -> bool {
    let Some((before, _)) = line.split_once('{') else {
        return false;
    };
    let is_text = !before.trim().is_empty()
        && !before
            .trim_end_matches([' ', '"'])
            .ends_with([',', ';', '\t', '|']);
    is_text && object(line[before.len()..].trim()).is_some_and(|object| !object.is_empty())
}

/// Recognises JSON without records, and JSON with a list of records in each line. `names` are the fields of the text and the label.
pub(crate) fn other_shape(text: &str, names: [&str; 2]) -> Option<Foreign> {
    let is_wrapper = |object: &Object, is_list: fn(&Value) -> bool| {
        let has_name = names.iter().any(|name| object.contains_key(root(name)));
        let mut values = object.values();
        !has_name
            && values.clone().any(|value| contains(value, is_list))
            && values.all(|value| is_frame(value, is_list))
    };
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    if let Some(found) = object(text.trim()) {
        return is_wrapper(&found, is_empty).then_some(Foreign::NoRecords);
    }
    let has_records = |value: &Value| {
        value
            .as_array()
            .is_some_and(|list| list.first().is_some_and(Value::is_object))
    };
    let is_page = |line: &&str| object(line).is_some_and(|page| is_wrapper(&page, has_records));
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    (lines.take(2).filter(is_page).count() == 2).then_some(Foreign::Pages)
}

/// The first part of a path.
fn root(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

fn object(json: &str) -> Option<Object> {
    serde_json::from_str(json).ok()
}

/// Whether a value or a value within it is such a list.
fn contains(value: &Value, is_list: fn(&Value) -> bool) -> bool {
    match value {
        Value::Object(object) => object.values().any(|value| contains(value, is_list)),
        value => is_list(value),
    }
}

/// Whether a value is such a list, or has only what is usual around lists of records: numbers and links.
fn is_frame(value: &Value, is_list: fn(&Value) -> bool) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => text.starts_with("http"),
        Value::Object(object) => object.values().all(|value| is_frame(value, is_list)),
        Value::Array(_) => is_list(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_before_json_is_recognised() {
        for text in [
            "INFO {\"id\":1,\"text\":\"it crashes often\"}\nINFO {\"id\":2,\"text\":\"love it\"}\n",
            "2025-03-05 10:00:00,123 INFO {\"text\":\"a\"}\nstarting\n2025-03-05 10:00:01,007 INFO {\"text\":\"b\"}\n",
            "data: {\"text\":\"a\"}\n\ndata: {\"text\":\"b\"}\n\n",
            "event: row\ndata: {\"text\":\"a\"}\n\n",
            "window.YTD.tweets.part0 = [ {\"tweet\":{\"full_text\":\"a\"}},\n{\"tweet\":{}} ]\n",
            "const rows = {\"a\":1}",
            ")]}',\n[{\"text\":\"a\"}]\n",
            "callback([{\"text\":\"a\"}]);",
        ] {
            assert!(follows_text(text), "{text}");
        }
        for text in [
            "{\"text\":\"a\"}\n",
            "id,payload\n1,{\"a\":1}\n2,{\"a\":2}\n",
            "id\tpayload\n1\t{\"a\":1}\n2\t{\"a\":2}\n",
            "id,payload\n1,\"{\"\"a\"\":1}\"\n",
            "It shows {name} instead of my name\nand {} elsewhere {}\n",
            "The answer was {\"code\":5}\nfine\nfine\n",
            "a = b\n",
            "Slow (\n",
            "",
        ] {
            assert!(!follows_text(text), "{text}");
        }
    }

    #[test]
    fn shapes_without_a_record_in_each_line_are_named() {
        let shape = |text: &str| other_shape(text, ["text", "label"]);
        for text in [
            "{\"tickets\":[]}",
            "{\n\"count\": 0,\n\"next\": null,\n\"data\": {\"tickets\": []}}\n",
        ] {
            assert_eq!(shape(text), Some(Foreign::NoRecords), "{text}");
        }
        let pages = "{\"tickets\":[{\"id\":1,\"text\":\"it crashes\"}],\"page\":1}\n{\"tickets\":[{\"id\":2,\"text\":\"a\"}],\"page\":2}\n";
        assert_eq!(shape(pages), Some(Foreign::Pages));
        for text in [
            "{\"comment\":\"Slow\",\"tags\":[]}",
            "{\"text\":null,\"tags\":[]}",
            "{\"tickets\":[{\"text\":\"a\"}]}",
            "{\"id\":1}",
            "{}",
            "[]",
            "{\"id\":1,\"data\":{\"text\":\"a\"},\"annotations\":[{\"id\":1}]}\n{\"id\":2,\"data\":{\"text\":\"b\"},\"annotations\":[{\"id\":2}]}\n",
            "{\"label\":[{\"a\":1}]}\n{\"label\":[{\"a\":1}]}\n",
        ] {
            assert_eq!(shape(text), None, "{text}");
        }
    }
}
