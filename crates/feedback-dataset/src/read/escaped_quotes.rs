//! Reads rows in which a backslash precedes the quotes within quoted fields, such as `"the 5\" screen"`.
//!
//! Nothing in a file says so, and a field can also end with a backslash. So a row is read like this only if it contains `\"` and
//! the usual reading fails, gives another number of fields than the header has, or gives a field without quotes although the
//! header has only quoted ones. Other backslashes stay as they are.

use memchr::{memchr, memchr3};

use crate::read::field_buffer::{Dialect, FieldBuffer};

/// The result of reading a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escaped {
    /// The row ends at this position, before its line end, and its fields are complete.
    Row(usize),
    /// A quoted field is not closed: further lines may belong to the row.
    Open,
    /// The row cannot be read like this.
    No,
}

/// Splits the first row into fields.
pub(super) fn parse(
    raw: &[u8],
    dialect: Dialect,
    expected: Option<usize>,
    fields: &mut FieldBuffer,
) -> Escaped {
    fields.clear();
    let mut at = 0;
    loop {
        if dialect.skip_spaces {
            at = after_spaces(raw, at);
        }
        at = match raw.get(at) {
            Some(b'"') => match quoted(raw, at + 1, dialect, fields) {
                Ok(end) => end,
                Err(found) => return found,
            },
            _ => {
                let end = memchr3(dialect.delimiter, b'\n', b'\r', &raw[at..]).map_or(raw.len(), |n| at + n);
                fields.extend(&raw[at..end]);
                end
            }
        };
        fields.end_field();
        if raw.get(at) != Some(&dialect.delimiter) {
            break;
        }
        at += 1;
    }
    match expected.is_none_or(|expected| fields.fits(expected)) {
        true => Escaped::Row(at),
        false => Escaped::No,
    }
}

/// Takes a quoted field, which begins at `start`. Returns the position after it.
fn quoted(raw: &[u8], start: usize, dialect: Dialect, fields: &mut FieldBuffer) -> Result<usize, Escaped> {
    let mut from = start;
    loop {
        let quote = from + memchr(b'"', &raw[from..]).ok_or(Escaped::Open)?;
        let before = &raw[from..quote];
        let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
        let is_escaped = backslashes % 2 == 1;
        fields.extend(&before[..before.len() - usize::from(is_escaped)]);
        let is_doubled = !is_escaped && raw.get(quote + 1) == Some(&b'"');
        if !is_escaped && !is_doubled {
            let end = after_spaces(raw, quote + 1);
            let ends = |byte: &u8| *byte == dialect.delimiter || *byte == b'\n' || *byte == b'\r';
            return raw.get(end).is_none_or(ends).then_some(end).ok_or(Escaped::No);
        }
        fields.extend(b"\"");
        from = quote + 1 + usize::from(is_doubled);
    }
}

fn after_spaces(raw: &[u8], at: usize) -> usize {
    at + raw[at..].iter().take_while(|byte| **byte == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(row: &str, expected: usize) -> Result<Vec<String>, Escaped> {
        let mut fields = FieldBuffer::default();
        let dialect = Dialect {
            delimiter: b',',
            quoting: true,
            skip_spaces: false,
        };
        match parse(row.as_bytes(), dialect, Some(expected), &mut fields) {
            Escaped::Row(_) => Ok((0..fields.len())
                .map(|index| String::from_utf8_lossy(fields.get(index)).into_owned())
                .collect()),
            other => Err(other),
        }
    }

    #[test]
    fn a_backslash_before_a_quote_is_removed() {
        for (row, expected) in [
            (r#""\"",1"#, vec!["\"", "1"]),
            (r#""a \", b",1"#, vec!["a \", b", "1"]),
            (r#"1,"a \"b\"""#, vec!["1", "a \"b\""]),
            (r#""C:\\","\\\"" "#, vec![r"C:\\", r#"\\""#]),
            ("\"a\n\\\"b\\\"\",c\nd,e", vec!["a\n\"b\"", "c"]),
            (r#""a ""b""",\"c"#, vec![r#"a "b""#, r#"\"c"#]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_string).collect();
            assert_eq!(fields(row, 2), Ok(expected), "{row}");
        }
    }

    #[test]
    fn what_is_open_or_irregular_is_told_apart() {
        assert_eq!(fields(r#""a \"#, 2), Err(Escaped::Open));
        assert_eq!(fields(r#"1,"a \" b"#, 2), Err(Escaped::Open));
        assert_eq!(fields(r#""a \" b" c,1"#, 2), Err(Escaped::No));
        assert_eq!(fields(r#""a \" b",1,2"#, 2), Err(Escaped::No));
    }
}
