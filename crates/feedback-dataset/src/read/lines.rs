//! Reads physical lines with their line number and offset, up to a maximum length.

use std::io::{self, BufRead, Read};

/// The UTF-8 byte order mark.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The result of moving to the next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A line that is not blank; [`Lines::text`] returns it.
    Complete,
    /// A line longer than the limit; it was skipped.
    TooLong,
    /// This many blank lines, followed by another line.
    Blank { lines: u64 },
    /// The file has ended.
    End,
}

/// Reads lines that end with LF or CRLF.
pub(super) struct Lines<'a> {
    input: Box<dyn BufRead + Send + 'a>,
    limit: usize,
    buffer: Vec<u8>,
    /// Range of the text within the buffer, without line end and byte order mark.
    text: std::ops::Range<usize>,
    /// Number of the current line, from 1; 0 before the first.
    line: u64,
    /// Offset of the current text in the file.
    offset: u64,
    /// Offset of the next line in the file.
    next_offset: u64,
    /// Line and offset of the first of several blank lines, while these are the current lines.
    blank: Option<(u64, u64)>,
    /// The line after blank lines, which were returned first.
    held: Option<Line>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(input: Box<dyn BufRead + Send + 'a>, limit: usize) -> Self {
        Self {
            input,
            limit,
            buffer: Vec::new(),
            text: 0..0,
            line: 0,
            offset: 0,
            next_offset: 0,
            blank: None,
            held: None,
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn line(&self) -> u64 {
        self.blank.map_or(self.line, |(line, _)| line)
    }

    pub(super) fn offset(&self) -> u64 {
        self.blank.map_or(self.offset, |(_, offset)| offset)
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.buffer[self.text.clone()]
    }

    /// Moves to the next line. Blank lines before it are returned first; those at the end of the file are ignored.
    pub(super) fn next_line(&mut self) -> io::Result<Line> {
        self.blank = None;
        if let Some(line) = self.held.take() {
            return Ok(line);
        }
        let mut first = None;
        let mut lines = 0;
        loop {
            let line = self.next_physical_line()?;
            if line == Line::Complete && self.text().trim_ascii().is_empty() {
                first.get_or_insert((self.line, self.offset));
                lines += 1;
                continue;
            }
            if lines == 0 || line == Line::End {
                return Ok(line);
            }
            self.blank = first;
            self.held = Some(line);
            return Ok(Line::Blank { lines });
        }
    }

    /// Moves to the next line, which can be blank.
    pub(super) fn next_physical_line(&mut self) -> io::Result<Line> {
        self.buffer.clear();
        // Two bytes more than the limit leave room for CRLF.
        let max = (self.limit as u64).saturating_add(2);
        let read = (&mut self.input).take(max).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(Line::End);
        }
        let start = if self.line == 0 && self.buffer.starts_with(BOM) {
            BOM.len()
        } else {
            0
        };
        self.line += 1;
        self.offset = self.next_offset + start as u64;
        self.next_offset += read as u64;
        let has_end = self.buffer.ends_with(b"\n");
        self.text = start..start + without_line_end(&self.buffer[start..]).len();
        if self.text.len() <= self.limit && (has_end || (read as u64) < max) {
            return Ok(Line::Complete);
        }
        if !has_end {
            self.next_offset += skip_line(&mut self.input)?;
        }
        Ok(Line::TooLong)
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Skips all bytes up to and including the next line feed. Returns the number of bytes skipped.
fn skip_line(input: &mut dyn BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let chunk = input.fill_buf()?;
        let found = chunk.iter().position(|&byte| byte == b'\n');
        let used = found.map_or(chunk.len(), |at| at + 1);
        let ended = found.is_some() || chunk.is_empty();
        input.consume(used);
        skipped += used as u64;
        if ended {
            return Ok(skipped);
        }
    }
}

/// Number of line breaks; CR LF is one.
pub(super) fn line_breaks(bytes: &[u8]) -> u64 {
    let mut after_cr = false;
    let is_break = |byte: &&u8| {
        let is_break = **byte == b'\r' || **byte == b'\n' && !after_cr;
        after_cr = **byte == b'\r';
        is_break
    };
    bytes.iter().filter(is_break).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns all lines that are not blank.
    fn all(data: &[u8], limit: usize) -> Vec<(Line, u64, u64, String)> {
        let mut lines = Lines::new(Box::new(data), limit);
        let mut found = Vec::new();
        loop {
            match lines.next_line().unwrap() {
                Line::End => return found,
                Line::Blank { .. } => {}
                line => {
                    let text = if line == Line::Complete {
                        String::from_utf8_lossy(lines.text()).into_owned()
                    } else {
                        String::new()
                    };
                    found.push((line, lines.line(), lines.offset(), text));
                }
            }
        }
    }

    #[test]
    fn lines_have_their_number_and_offset() {
        let found = all(b"\xEF\xBB\xBFone\r\n\r\n  \ntwo\nthree", 100);
        let expected = [(1, 3, "one"), (4, 13, "two"), (5, 17, "three")];
        let expected: Vec<_> = expected
            .iter()
            .map(|&(line, offset, text)| (Line::Complete, line, offset, text.to_string()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn blank_lines_before_a_line_are_counted() {
        let mut lines = Lines::new(Box::new(&b"a\n\n \nb\n\n"[..]), 100);
        let mut found = Vec::new();
        loop {
            let line = lines.next_line().unwrap();
            found.push((line, lines.line(), lines.offset()));
            if line == Line::End {
                break;
            }
        }
        let blank = Line::Blank { lines: 2 };
        assert_eq!(
            found[..3],
            [(Line::Complete, 1, 0), (blank, 2, 2), (Line::Complete, 4, 5)]
        );
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn the_limit_counts_only_the_text() {
        let found = all(b"12345\r\n123456\n1234567\n1234567890123\r\n12345", 5);
        let kinds: Vec<_> = found
            .iter()
            .map(|(line, number, offset, _)| (*line, *number, *offset))
            .collect();
        use Line::{Complete, TooLong};
        assert_eq!(
            kinds,
            [
                (Complete, 1, 0),
                (TooLong, 2, 7),
                (TooLong, 3, 14),
                (TooLong, 4, 22),
                (Complete, 5, 37)
            ]
        );
    }

    #[test]
    fn a_last_line_at_the_limit_is_complete_and_a_longer_one_is_not() {
        assert_eq!(all(b"12345", 5)[0].0, Line::Complete);
        assert_eq!(all(b"123456", 5)[0].0, Line::TooLong);
        assert_eq!(all(b"12345678", 5)[0].0, Line::TooLong);
        assert!(all(b"", 5).is_empty());
        assert!(all(b"\xEF\xBB\xBF", 5).is_empty());
    }
}
