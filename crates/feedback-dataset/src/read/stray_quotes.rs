//! Reads rows in which text follows a closing quote, such as `"the 5" screen"`.

use memchr::{memchr, memchr_iter};

use crate::read::field_buffer::{Dialect, FieldBuffer};

/// How a quoted field is read if text follows a quote that would close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// `\"` is a quote.
    Backslashed,
    /// A quote closes the field only if a delimiter or the end of the row follows; other quotes are characters.
    Literal,
    /// The field is not quoted: all its quotes are characters.
    Unquoted,
}

/// Splits a row into fields. Tries the readings in their order; the first in which every quoted field is closed and the row has
/// the expected number of fields counts. Returns false if there is none.
pub(super) fn parse(raw: &[u8], dialect: Dialect, expected: Option<usize>, fields: &mut FieldBuffer) -> bool {
    [Reading::Backslashed, Reading::Literal, Reading::Unquoted]
        .into_iter()
        .any(|reading| {
            fields.clear();
            let row = Row {
                raw,
                dialect,
                reading,
            };
            row.parse(fields).is_some() && expected.is_none_or(|expected| fields.fits(expected))
        })
}

/// True if each of at least three lines of a row is a row of its own: it has the expected number of fields, and the first one is a number.
/// Then a stray quote was opened in the first line, and one in the last line closed it by chance.
pub(super) fn swallows_rows(raw: &[u8], delimiter: u8, expected: Option<usize>) -> bool {
    let is_row = |line: &[u8]| {
        let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let delimiters = memchr_iter(delimiter, line).count();
        digits > 0 && line.get(digits) == Some(&delimiter) && Some(delimiters + 1) == expected
    };
    expected > Some(2) && memchr_iter(b'\n', raw).count() > 1 && raw.split(|byte| *byte == b'\n').all(is_row)
}

struct Row<'a> {
    raw: &'a [u8],
    dialect: Dialect,
    reading: Reading,
}

impl Row<'_> {
    /// Splits the row; `None` if a quoted field is not closed.
    fn parse(&self, fields: &mut FieldBuffer) -> Option<()> {
        let mut at = 0;
        loop {
            if self.dialect.skip_spaces {
                at = self.after_spaces(at);
            }
            at = match self.raw.get(at) {
                Some(b'"') => self.quoted(at, fields)?,
                _ => self.unquoted(at, fields),
            };
            fields.end_field();
            if at == self.raw.len() {
                return Some(());
            }
            at += 1; // the delimiter
        }
    }

    /// Takes a field to the next delimiter. Returns the position of the delimiter or the end of the row.
    fn unquoted(&self, start: usize, fields: &mut FieldBuffer) -> usize {
        let rest = &self.raw[start..];
        let length = memchr(self.dialect.delimiter, rest).unwrap_or(rest.len());
        fields.extend(&rest[..length]);
        start + length
    }

    /// Takes a field that begins with a quote, like [`unquoted`](Self::unquoted).
    fn quoted(&self, open: usize, fields: &mut FieldBuffer) -> Option<usize> {
        let (end, is_regular) = self.close(open)?;
        if is_regular {
            let mut from = open + 1;
            while let Some(length) = memchr(b'"', &self.raw[from..end]) {
                fields.extend(&self.raw[from..=from + length]);
                from += length + 2;
            }
            fields.extend(&self.raw[from..end]);
            return Some(self.after_spaces(end + 1));
        }
        match self.reading {
            Reading::Unquoted => Some(self.unquoted(open, fields)),
            reading => self.irregular(open + 1, reading, fields),
        }
    }

    /// Finds the first quote in a quoted field that is not doubled. Returns its position, and whether the field ends there.
    fn close(&self, open: usize) -> Option<(usize, bool)> {
        let mut at = open + 1;
        loop {
            at += memchr(b'"', self.raw.get(at..)?)?;
            if self.raw.get(at + 1) != Some(&b'"') {
                return Some((at, self.ends_field(at + 1)));
            }
            at += 2;
        }
    }

    /// Takes the content of a quoted field with quotes that are not doubled.
    fn irregular(&self, start: usize, reading: Reading, fields: &mut FieldBuffer) -> Option<usize> {
        let mut from = start;
        loop {
            let quote = from + memchr(b'"', self.raw.get(from..)?)?;
            let escaped = reading == Reading::Backslashed && self.raw[from..quote].ends_with(b"\\");
            let doubled = self.raw.get(quote + 1) == Some(&b'"');
            fields.extend(&self.raw[from..quote - usize::from(escaped)]);
            if !escaped && self.ends_field(quote + 1) {
                return Some(self.after_spaces(quote + 1));
            }
            if reading == Reading::Backslashed && !escaped && !doubled {
                return None;
            }
            fields.extend(b"\"");
            if !escaped && doubled && reading == Reading::Literal && self.ends_field(quote + 2) {
                return Some(self.after_spaces(quote + 2));
            }
            from = quote + if doubled && !escaped { 2 } else { 1 };
        }
    }

    /// True if only spaces are between this position and a delimiter or the end of the row.
    fn ends_field(&self, at: usize) -> bool {
        match self.raw.get(self.after_spaces(at)) {
            None => true,
            Some(&byte) => byte == self.dialect.delimiter,
        }
    }

    fn after_spaces(&self, at: usize) -> usize {
        let spaces = self.raw[at.min(self.raw.len())..].iter();
        at + spaces.take_while(|byte| **byte == b' ').count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(row: &str, expected: usize) -> Option<Vec<String>> {
        let mut fields = FieldBuffer::default();
        let dialect = Dialect {
            delimiter: b',',
            quoting: true,
            skip_spaces: false,
        };
        parse(row.as_bytes(), dialect, Some(expected), &mut fields).then(|| {
            let field = |index| String::from_utf8_lossy(fields.get(index)).into_owned();
            (0..fields.len()).map(field).collect()
        })
    }

    #[test]
    fn a_row_is_read_as_written_if_its_fields_fit_the_header() {
        for (row, expected) in [
            (
                r#""the 5" screen, dark",bug"#,
                vec![r#"the 5" screen, dark"#, "bug"],
            ),
            (
                r#"1,"he said "no" to me",bug"#,
                vec!["1", r#"he said "no" to me"#, "bug"],
            ),
            (r#""he said "no"",bug"#, vec![r#"he said "no""#, "bug"]),
            (r#""Great" app,bug"#, vec![r#""Great" app"#, "bug"]),
            (
                r#""Great" app, "really",bug"#,
                vec![r#""Great" app"#, r#" "really""#, "bug"],
            ),
            (r#""the \"new\", dark",bug"#, vec![r#"the "new", dark"#, "bug"]),
            (r#""a" ,"b""c" "#, vec!["a", r#"b"c"#]),
            (r#""a""b","the 5" screen""#, vec![r#"a"b"#, r#"the 5" screen"#]),
            (r#""a"b,c,,"#, vec![r#""a"b"#, "c", "", ""]),
        ] {
            let n = expected.iter().filter(|field| !field.is_empty()).count();
            assert_eq!(
                fields(row, n).as_deref(),
                Some(&expected.iter().map(|field| field.to_string()).collect::<Vec<_>>()[..]),
                "{row}"
            );
        }
    }

    #[test]
    fn a_row_that_fits_in_no_reading_is_not_read() {
        for row in [r#""a"b"#, r#""a" b,c,d"#, r#""a" b,"c"#] {
            assert_eq!(fields(row, 2), None, "{row}");
        }
    }
}
