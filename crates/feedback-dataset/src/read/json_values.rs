//! Reads the values of a JSON array, or JSON values one after the other, without holding more than one of them.

use std::io::{self, BufRead, Read};

use memchr::memchr2;

use crate::record::JsonStructure;

/// The result of moving to the next value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A complete value; [`JsonValues::text`] returns it.
    Value,
    /// A value longer than the limit; it was skipped.
    TooLong,
    /// The values do not continue as expected. Reading ends here.
    Broken(JsonStructure),
    /// There are no more values.
    End,
}

/// What separates the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// White space.
    Documents,
    /// Commas; the values are the elements of an array.
    Elements,
}

/// Reads JSON values one at a time. Checks only where they begin and end.
pub(super) struct JsonValues<'a> {
    input: Box<dyn BufRead + Send + 'a>,
    limit: usize,
    layout: Layout,
    text: Vec<u8>,
    /// Line and offset of the current value. If several values begin on a line, each counts as a further line, so that all
    /// rows have different lines. In an array on one line, the line is the number of the element.
    place: (u64, u64),
    /// Line of the last value.
    last_line: u64,
    /// Line and offset of the next byte.
    next: (u64, u64),
    /// Whether the array was opened, and how many values were found.
    opened: bool,
    n_values: u64,
    ended: bool,
    /// A value that is returned as the next one.
    held: Option<Found>,
    /// Checks the bytes after the array; without it, only white space may follow.
    check_tail: Option<CheckTail>,
}

type CheckTail = Box<dyn FnOnce(&[u8]) -> bool + Send>;

impl<'a> JsonValues<'a> {
    /// Reads the elements of the array that begins at this line and offset.
    pub(super) fn elements(input: Box<dyn BufRead + Send + 'a>, limit: usize, place: (u64, u64)) -> Self {
        Self::new(input, limit, place, Layout::Elements)
    }

    /// Whether the values are the elements of an array.
    pub(super) fn is_array(&self) -> bool {
        self.layout == Layout::Elements
    }

    /// Reads values that begin at this line and offset and follow each other.
    pub(super) fn documents(input: Box<dyn BufRead + Send + 'a>, limit: usize, place: (u64, u64)) -> Self {
        Self::new(input, limit, place, Layout::Documents)
    }

    fn new(input: Box<dyn BufRead + Send + 'a>, limit: usize, place: (u64, u64), layout: Layout) -> Self {
        Self {
            input,
            limit,
            layout,
            text: Vec::new(),
            place,
            last_line: 0,
            next: place,
            opened: false,
            n_values: 0,
            ended: false,
            held: None,
            check_tail: None,
        }
    }

    /// Sets the check of the bytes after the array, of which at most the limit may follow.
    pub(super) fn with_tail(self, check: impl FnOnce(&[u8]) -> bool + Send + 'static) -> Self {
        Self {
            check_tail: Some(Box::new(check)),
            ..self
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Line on which the value begins.
    pub(super) fn line(&self) -> u64 {
        self.place.0
    }

    /// Offset of the value in the file.
    pub(super) fn offset(&self) -> u64 {
        self.place.1
    }

    /// The value as it is in the file.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Moves to the next value.
    pub(super) fn next_value(&mut self) -> io::Result<Found> {
        if let Some(found) = self.held.take() {
            return Ok(found);
        }
        if self.ended {
            return Ok(Found::End);
        }
        let found = match self.layout {
            Layout::Documents => self.next_document()?,
            Layout::Elements => loop {
                let found = self.next_element()?;
                if found != Found::End || self.opened {
                    break found;
                }
            },
        };
        self.place.0 = self.place.0.max(self.last_line + 1);
        self.last_line = self.place.0;
        self.ended = !matches!(found, Found::Value | Found::TooLong);
        self.n_values += 1;
        Ok(found)
    }

    /// Lets [`next_value`](Self::next_value) return the current value again.
    pub(super) fn hold(&mut self, found: Found) {
        self.held = Some(found);
    }

    /// True if only white space follows. The current value stays the same.
    pub(super) fn is_at_end(&mut self) -> io::Result<bool> {
        let place = self.place;
        let next = self.next_token()?;
        self.place = place;
        Ok(next.is_none())
    }

    fn next_document(&mut self) -> io::Result<Found> {
        match self.next_token()? {
            None => Ok(Found::End),
            Some(_) => self.take_value(),
        }
    }

    fn next_element(&mut self) -> io::Result<Found> {
        if !self.opened {
            self.opened = true;
            self.next_token()?;
            self.skip_byte();
        }
        let mut token = self.next_token()?;
        let mut after_comma = false;
        if self.n_values > 0 {
            match token {
                Some(b',') => {
                    self.skip_byte();
                    after_comma = true;
                    token = self.next_token()?;
                }
                Some(b']') | None => {}
                Some(_) => {
                    return Ok(Found::Broken(JsonStructure::MissingComma));
                }
            }
        }
        match token {
            Some(b']') if after_comma => Ok(Found::Broken(JsonStructure::CommaAtEnd)),
            Some(b']') => self.end_of_array(),
            Some(b',') => Ok(Found::Broken(JsonStructure::MissingElement)),
            Some(_) => self.take_value(),
            None => Ok(Found::Broken(JsonStructure::OpenArray)),
        }
    }

    fn end_of_array(&mut self) -> io::Result<Found> {
        self.skip_byte();
        let next = self.next_token()?;
        let is_end = match self.check_tail.take() {
            // Arrays that were put one after the other, such as the pages of an API.
            None if next == Some(b'[') => {
                (self.opened, self.n_values) = (false, 0);
                true
            }
            None => next.is_none(),
            Some(check) => {
                let mut tail = Vec::new();
                Read::take(&mut self.input, self.limit as u64 + 1).read_to_end(&mut tail)?;
                tail.len() <= self.limit && check(&tail)
            }
        };
        Ok(match is_end {
            true => Found::End,
            false => Found::Broken(JsonStructure::TextAfterArray),
        })
    }

    /// Skips white space. Returns the next byte, which is not taken, and remembers its place.
    fn next_token(&mut self) -> io::Result<Option<u8>> {
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                self.place = self.next;
                return Ok(None);
            }
            let spaces = chunk.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let found = chunk.get(spaces).copied();
            self.next.0 += lines(&chunk[..spaces]);
            self.next.1 += spaces as u64;
            self.input.consume(spaces);
            if found.is_some() {
                self.place = self.next;
                return Ok(found);
            }
        }
    }

    fn skip_byte(&mut self) {
        self.input.consume(1);
        self.next.1 += 1;
    }

    /// Takes the value that begins with the next byte.
    fn take_value(&mut self) -> io::Result<Found> {
        self.text.clear();
        let mut extent = Extent::default();
        let mut too_long = false;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(match (extent.is_scalar, too_long) {
                    (false, _) => Found::Broken(JsonStructure::OpenValue),
                    (true, true) => Found::TooLong,
                    (true, false) => Found::Value,
                });
            }
            let (bytes, ended) = extent.take(chunk);
            too_long |= self.text.len() + bytes > self.limit;
            match too_long {
                true => self.text.clear(),
                false => self.text.extend_from_slice(&chunk[..bytes]),
            }
            self.next.0 += lines(&chunk[..bytes]);
            self.next.1 += bytes as u64;
            self.input.consume(bytes);
            if ended {
                return Ok(if too_long { Found::TooLong } else { Found::Value });
            }
        }
    }
}

/// Where the value at the beginning of the bytes ends, if it ends within them.
pub(super) fn value_end(bytes: &[u8]) -> Option<usize> {
    let (end, has_ended) = Extent::default().take(bytes);
    has_ended.then_some(end)
}

fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Finds the end of a value.
#[derive(Default)]
struct Extent {
    depth: usize,
    begun: bool,
    in_string: bool,
    escaped: bool,
    /// True if the value is neither a string nor an array nor an object: it ends before the byte that cannot be part of it.
    is_scalar: bool,
}

impl Extent {
    /// Takes the bytes of a chunk up to the end of the value. Returns their number, and whether the value has ended.
    fn take(&mut self, chunk: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while at < chunk.len() {
            if self.in_string && !self.escaped {
                at += memchr2(b'"', b'\\', &chunk[at..]).unwrap_or(chunk.len() - at);
            }
            let Some(&byte) = chunk.get(at) else { break };
            if self.is_scalar
                && (byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}' | b'{' | b'['))
            {
                return (at, true);
            }
            at += 1;
            if self.ends_with(byte) {
                return (at, true);
            }
        }
        (at, false)
    }

    fn ends_with(&mut self, byte: u8) -> bool {
        let is_first = !std::mem::replace(&mut self.begun, true);
        if self.in_string {
            let escaped = std::mem::take(&mut self.escaped);
            self.escaped = !escaped && byte == b'\\';
            self.in_string = escaped || byte != b'"';
            return !self.in_string && self.depth == 0;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => self.is_scalar |= is_first,
        }
        self.depth == 0 && matches!(byte, b'}' | b']')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns line, offset and text of each value, and what ended the reading.
    fn values(mut values: JsonValues<'_>) -> (Vec<(u64, u64, String)>, Found) {
        let mut found = Vec::new();
        loop {
            let text = match values.next_value().unwrap() {
                Found::Value => String::from_utf8_lossy(values.text()).into_owned(),
                Found::TooLong => "too long".to_string(),
                end => return (found, end),
            };
            found.push((values.line(), values.offset(), text));
        }
    }

    fn elements(text: &str, limit: usize) -> (Vec<(u64, u64, String)>, Found) {
        let read = |size| {
            let input = io::BufReader::with_capacity(size, text.as_bytes());
            values(JsonValues::elements(Box::new(input), limit, (1, 0)))
        };
        assert_eq!(read(1), read(1000));
        read(1000)
    }

    fn texts(found: &[(u64, u64, String)]) -> Vec<&str> {
        found.iter().map(|(_, _, text)| text.as_str()).collect()
    }

    #[test]
    fn elements_are_found_with_their_place() {
        let (found, end) = elements("[\n {\"a\": \"]},\\\"\"},\n[1, {}] , \"x\" ,3,null ]\n", 100);
        assert_eq!(
            texts(&found),
            ["{\"a\": \"]},\\\"\"}", "[1, {}]", "\"x\"", "3", "null"]
        );
        assert_eq!((found[0].0, found[0].1, found[1].0, found[1].1), (2, 3, 3, 19));
        assert_eq!((found[2].0, found[4].0), (4, 6), "lines are distinct");
        assert_eq!(end, Found::End);
        assert_eq!(elements("[]", 100), (Vec::new(), Found::End));
    }

    #[test]
    fn long_elements_are_skipped() {
        let (found, end) = elements("[\"1234567\",\"1\",[1,2,3,4,5,6]]", 5);
        assert_eq!(
            (texts(&found), end),
            (vec!["too long", "\"1\"", "too long"], Found::End)
        );
    }

    #[test]
    fn broken_arrays_are_named() {
        for (text, n, expected) in [
            ("[{},]", 1, JsonStructure::CommaAtEnd),
            ("[{} {}]", 1, JsonStructure::MissingComma),
            ("[{},,{}]", 1, JsonStructure::MissingElement),
            ("[{},{}", 2, JsonStructure::OpenArray),
            ("[", 0, JsonStructure::OpenArray),
            ("[{},{\"a\"", 1, JsonStructure::OpenValue),
            ("[{}] {}", 1, JsonStructure::TextAfterArray),
        ] {
            let (found, end) = elements(text, 100);
            assert_eq!((found.len(), end), (n, Found::Broken(expected)), "{text}");
        }
    }

    #[test]
    fn arrays_follow_each_other() {
        let (found, end) = elements("[{\"a\":1},\n2]\n\n[3,{}] [] [{}]\n", 100);
        assert_eq!(texts(&found), ["{\"a\":1}", "2", "3", "{}", "{}"]);
        let lines: Vec<u64> = found.iter().map(|(line, ..)| *line).collect();
        assert_eq!((lines, end), (vec![1, 2, 4, 5, 6], Found::End));
        let (found, end) = elements("[{}]\n[{} {}]", 100);
        let missing = Found::Broken(JsonStructure::MissingComma);
        assert_eq!((found.len(), end), (2, missing));
        // However many there are.
        assert_eq!(elements(&"[]".repeat(100_000), 100), (Vec::new(), Found::End));
    }

    #[test]
    fn documents_follow_each_other() {
        let input = "{\n\"a\":1\n}\n{}{}\n 3 4";
        let read = |size| {
            let input = io::BufReader::with_capacity(size, input.as_bytes());
            values(JsonValues::documents(Box::new(input), 100, (1, 0)))
        };
        let (found, end) = read(1);
        assert_eq!(
            (texts(&found), end),
            (vec!["{\n\"a\":1\n}", "{}", "{}", "3", "4"], Found::End)
        );
        assert_eq!((found[1].0, found[3].0), (4, 6));
        assert_eq!(read(1), read(100));
    }
}
