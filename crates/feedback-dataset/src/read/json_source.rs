//! Finds how a JSON file is laid out: one object per line, one array, objects of several lines, or one object that wraps an array.

use std::io::{self, BufRead, Cursor, Read};
use std::ops::Range;

use crate::read::json_values::{Found, JsonValues, value_end};
use crate::read::lines::{BOM, Lines};
use crate::record::json_fields::field_ranges;
use feedback_text::json::{open_brackets, repaired, same_length_json};

type Input<'a> = Box<dyn BufRead + Send + 'a>;

/// The rows of a JSON file.
pub(super) enum JsonSource<'a> {
    /// One object per line.
    Lines(Lines<'a>),
    /// Objects that can have several lines.
    Values(JsonValues<'a>),
}

/// Number of bytes of white space that are read to find the layout.
const MAX_SPACES: usize = 1 << 16;

/// Number of brackets that are tried as the beginning of an array.
const MAX_BRACKETS: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Lines,
    Array,
    Documents,
}

impl<'a> JsonSource<'a> {
    /// Whether the rows are the elements of an array.
    pub(super) fn is_array(&self) -> bool {
        matches!(self, Self::Values(values) if values.is_array())
    }

    /// Finds the layout from the first line. Reads further only if the first line is not an ordinary row.
    pub(super) fn open(mut input: Input<'a>, limit: usize, text_field: &str) -> io::Result<Self> {
        let mut head = Vec::new();
        let layout = find_layout(&mut input, &mut head, limit, text_field)?;
        let begin = match layout {
            Layout::Lines => 0,
            _ if head.starts_with(BOM) => BOM.len(),
            _ => 0,
        };
        let place = (1, begin as u64);
        let mut rest = Cursor::new(head);
        rest.set_position(begin as u64);
        let input: Input<'a> = Box::new(rest.chain(input));
        Ok(match layout {
            Layout::Lines => Self::Lines(Lines::new(input, limit)),
            Layout::Array => Self::Values(JsonValues::elements(input, limit, place)),
            Layout::Documents => Self::Values(documents(input, limit, place, text_field)?),
        })
    }
}

/// Reads documents, or if there is only one and it wraps an array, the elements of this array. If the document is longer than the
/// limit, only what surrounds the array is held in memory.
fn documents<'a>(
    mut input: Input<'a>,
    limit: usize,
    place: (u64, u64),
    text_field: &str,
) -> io::Result<JsonValues<'a>> {
    let mut head = Vec::new();
    Read::take(&mut input, limit as u64 + 1).read_to_end(&mut head)?;
    if head.len() > limit
        && value_end(&head).is_none()
        && let Some(start) = first_array(&head, text_field)
    {
        let before = head[..start].to_vec();
        let text_field = text_field.to_string();
        let place = (place.0 + line_breaks(&before), place.1 + start as u64);
        let rest = Cursor::new(head.split_off(start)).chain(input);
        let values = JsonValues::elements(Box::new(rest), limit, place);
        return Ok(values
            .with_tail(move |after| has_no_records(&[&before, &b"[]"[..], after].concat(), &text_field)));
    }
    let mut values = JsonValues::documents(Box::new(Cursor::new(head).chain(input)), limit, place);
    if values.hold_only_value()?
        && let Some(range) = wrapped_array(values.text(), text_field)
    {
        values = elements_of(&values, range);
    }
    Ok(values)
}

/// Returns where the first array of objects begins in the beginning of an object, if nothing before it is a text.
fn first_array(object: &[u8], text_field: &str) -> Option<usize> {
    let is_array = |at: &usize| object[at + 1..].trim_ascii_start().starts_with(b"{");
    // Brackets within strings are rare, so the array is one of the first few.
    let mut arrays = memchr::memchr_iter(b'[', object)
        .filter(is_array)
        .take(MAX_BRACKETS);
    arrays.find(|&start| {
        let (open, in_string) = open_brackets(&object[..start]);
        let closing = vec![b'}'; open.len()];
        !in_string
            && !open.contains(&b'[')
            && has_no_records(&[&object[..start], b"[]", &closing].concat(), text_field)
    })
}

/// True for an object without a text and without an array of objects.
fn has_no_records(object: &[u8], text_field: &str) -> bool {
    let Ok(object) = std::str::from_utf8(object) else {
        return false;
    };
    let object = same_length_json(object);
    let mut found = Vec::new();
    find_arrays(&object, 0, &mut found);
    found.is_empty() && field_ranges(&object).is_some_and(|fields| !has_field(&fields, text_field))
}

/// True if one of the fields is the text field, or contains it if the text field is a path.
fn has_field(fields: &[(String, Range<usize>)], text_field: &str) -> bool {
    let root = text_field.split(['.', '[']).next();
    fields
        .iter()
        .any(|(name, _)| name == text_field || Some(name.as_str()) == root)
}

fn line_breaks(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Reads the elements of an array within the current value.
fn elements_of<'a>(values: &JsonValues<'a>, range: Range<usize>) -> JsonValues<'a> {
    let before = &values.text()[..range.start];
    let line = values.line() + line_breaks(before);
    let place = (line, values.offset() + range.start as u64);
    let array = Cursor::new(values.text()[range].to_vec());
    JsonValues::elements(Box::new(array), values.limit(), place)
}

/// Reads as much as needed to find the layout; `head` contains what was read.
fn find_layout(
    input: &mut Input<'_>,
    head: &mut Vec<u8>,
    limit: usize,
    text_field: &str,
) -> io::Result<Layout> {
    match next_token(input, head)? {
        Some(b'{') => {}
        Some(b'[') => {
            head.push(b'[');
            input.consume(1);
            return Ok(match next_token(input, head)? {
                Some(b'{' | b']') | None => Layout::Array,
                Some(_) => Layout::Lines,
            });
        }
        _ => return Ok(Layout::Lines),
    }
    let from = head.len();
    Read::take(&mut *input, limit as u64).read_until(b'\n', head)?;
    let Ok(line) = std::str::from_utf8(&head[from..]) else {
        return Ok(Layout::Lines);
    };
    let line = repaired(line).unwrap_or_else(|| line.to_string());
    match serde_json::from_str::<serde::de::IgnoredAny>(&line) {
        Ok(_) => {
            let is_wrapper = wrapped_array(line.as_bytes(), text_field).is_some();
            Ok(
                match is_wrapper && next_token(input, head)?.is_none() && head.len() < from + limit {
                    true => Layout::Documents,
                    false => Layout::Lines,
                },
            )
        }
        Err(error) if error.is_eof() => {
            let is_cut = line.len() >= limit && !line.ends_with('\n');
            if is_cut && first_array(line.as_bytes(), text_field).is_some() {
                return Ok(Layout::Documents);
            }
            let next = next_token(input, head)?;
            Ok(match next.is_none() || continues(line.as_bytes(), next) {
                true => Layout::Documents,
                false => Layout::Lines,
            })
        }
        Err(_) => {
            let end = value_end(line.as_bytes()).unwrap_or(line.len());
            Ok(match line[end..].trim_start().starts_with('{') {
                true => Layout::Documents,
                false => Layout::Lines,
            })
        }
    }
}

/// Moves white space and a byte order mark to `head`. Returns the next byte, which is not taken; `None` at the end.
fn next_token(input: &mut Input<'_>, head: &mut Vec<u8>) -> io::Result<Option<u8>> {
    let begin = head.len();
    loop {
        let chunk = input.fill_buf()?;
        let Some(&byte) = chunk.first() else {
            return Ok(None);
        };
        let is_mark = BOM.get(head.len()) == Some(&byte) && BOM.starts_with(head);
        if !byte.is_ascii_whitespace() && !is_mark || head.len() - begin > MAX_SPACES {
            return Ok(Some(byte));
        }
        head.push(byte);
        input.consume(1);
    }
}

/// True if a JSON value that is not complete at the end of a line continues with this byte on the next line. The next row of a file
/// with one object per line would begin with `{`.
fn continues(line: &[u8], next: Option<u8>) -> bool {
    let (open, in_string) = open_brackets(line);
    let last = line.trim_ascii_end().last();
    let expects_value = match last {
        Some(b':' | b'[') => true,
        Some(b',') => open.last() == Some(&b'['),
        _ => false,
    };
    !in_string && (expects_value || matches!(next, Some(b'"' | b'}' | b',' | b']')))
}

/// Finds the array of records in an object that has no text itself; `None` unless there is exactly one array of objects.
fn wrapped_array(object: &[u8], text_field: &str) -> Option<Range<usize>> {
    let object = same_length_json(std::str::from_utf8(object).ok()?);
    if has_field(&field_ranges(&object)?, text_field) {
        return None;
    }
    let mut found = Vec::new();
    find_arrays(&object, 0, &mut found);
    match found.as_slice() {
        [array] => Some(array.clone()),
        _ => None,
    }
}

/// Adds the arrays of objects in an object and in the objects that are its fields.
fn find_arrays(object: &str, start: usize, found: &mut Vec<Range<usize>>) {
    for (_, range) in field_ranges(object).unwrap_or_default() {
        let value = &object[range.clone()];
        match value.strip_prefix('[') {
            Some(elements) if elements.trim_start().starts_with('{') => {
                found.push(start + range.start..start + range.end);
            }
            Some(_) => {}
            None if value.starts_with('{') => find_arrays(value, start + range.start, found),
            None => {}
        }
    }
}

impl JsonValues<'_> {
    /// Reads the first value, and returns whether it is the only one. The value is returned again as the next one.
    fn hold_only_value(&mut self) -> io::Result<bool> {
        let found = self.next_value()?;
        let is_only = found == Found::Value && self.is_at_end()?;
        self.hold(found);
        Ok(is_only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::JsonStructure;

    fn layout(text: &str) -> Layout {
        let find = |size| {
            let mut input: Input<'_> = Box::new(io::BufReader::with_capacity(size, text.as_bytes()));
            let mut head = Vec::new();
            let layout = find_layout(&mut input, &mut head, 1000, "text").unwrap();
            input.read_to_end(&mut head).unwrap();
            assert_eq!(head, text.as_bytes(), "nothing is lost");
            layout
        };
        assert_eq!(find(1), find(100), "{text}");
        find(100)
    }

    #[test]
    fn the_layout_is_found() {
        for text in [
            "",
            "\n\n",
            "{\"text\":\"a\"}\n{}",
            "[1]\n",
            "[[{}]]",
            "{\n{\n{\n",
            "{\"text\":\"cut\n{\"text\":\"a\"}",
            "{\"text\":\"a\",\n{\"text\":\"b\"}",
            "{\"text\":\"a\"\n{\"text\":\"b\"}",
            "{\"x\":[{}]}\n{}\n",
            "{\"text\":\"a\",\"x\":[{}]}\n",
            "{\"x\":[{}],\"y\":[{}]}\n",
            "{'text': 'a'}",
            "x",
        ] {
            assert_eq!(layout(text), Layout::Lines, "{text}");
        }
        for text in ["[{}]", "\u{feff} [\n\n{", "[ ]", "["] {
            assert_eq!(layout(text), Layout::Array, "{text}");
        }
        for text in [
            "{\n\"text\":\"a\"}",
            "\u{feff}{\"text\":\"a\",\n \"b\":1}",
            "{\"x\":[{},\n{}]}",
            "{\"x\":[{}]}\n",
            "{\"a\":{\"x\":[{}]},\"y\":[1]}",
            "{\"text\":\"a\"\n}",
            "{\"n\":NaN,\n\"text\":\"a\"}",
            "{\"text\":\"a\"}{\"text\":\"b\"} {\"text\":\"c\"}\n",
            "{\"x\":[{},{}",
        ] {
            assert_eq!(layout(text), Layout::Documents, "{text}");
        }
    }

    fn texts(json: &str, limit: usize) -> (Vec<String>, Found) {
        let read = |size| {
            let input = io::BufReader::with_capacity(size, json.as_bytes());
            let source = JsonSource::open(Box::new(input), limit, "text").unwrap();
            let JsonSource::Values(mut values) = source else {
                panic!("{json}")
            };
            let mut texts = Vec::new();
            loop {
                match values.next_value().unwrap() {
                    Found::Value => {
                        let at = values.offset() as usize;
                        assert!(json.as_bytes()[at..].starts_with(values.text()));
                        texts.push(String::from_utf8_lossy(values.text()).into_owned());
                    }
                    end => return (texts, end),
                }
            }
        };
        assert_eq!(read(1), read(100));
        read(100)
    }

    #[test]
    fn a_wrapped_array_longer_than_the_limit_is_read_in_parts() {
        let rows: Vec<String> = (0..100)
            .map(|row| format!("{{\"text\":\"row {row}\"}}"))
            .collect();
        let all = rows.join(",\n");
        for (json, limit) in [
            (
                format!("{{\"n\":[1],\"a [{{\":{{\"rows\":[{all}],\"m\":{{}}}},\"x\":2}}\n"),
                60,
            ),
            (format!("{{\n\"rows\": [{all}]\n}}"), 40),
            (format!("{{\"rows\":[{}]}}", rows.join(",")), 40),
            (format!("{{\"rows\":[{all}]}}"), 1 << 20),
        ] {
            assert_eq!(texts(&json, limit), (rows.clone(), Found::End), "{limit}");
        }
        let second = format!("{{\"rows\":[{all}],\"more\":[{{}}]}}");
        let broken = Found::Broken(JsonStructure::TextAfterArray);
        assert_eq!(texts(&second, 60), (rows, broken));
    }
}
