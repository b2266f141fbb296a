//! The fast path for ordinary rows of CSV and TSV.

use memchr::memchr3;

use crate::read::field_buffer::{Dialect, FieldBuffer};
use crate::read::row_parser::RowParser;

impl RowParser {
    /// Takes the LF of a CR LF before the row. Returns the number of bytes taken.
    pub(super) fn take_rest_of_line_end(&mut self, chunk: &[u8]) -> usize {
        let is_rest = self.after_cr && chunk.starts_with(b"\n");
        if is_rest {
            self.after_cr = false;
            self.take_second_half_of_crlf();
        }
        usize::from(is_rest)
    }

    /// Takes an ordinary row with its line end. Returns its length; `None` if its bytes must be taken one by one.
    pub(super) fn take_whole_row(&mut self, chunk: &[u8]) -> Option<usize> {
        let Some((length, line_end)) = ordinary_row(chunk, self.dialect, self.limit, &mut self.fields) else {
            self.fields.clear();
            return None;
        };
        self.raw.extend_from_slice(&chunk[..length]);
        (self.line, self.offset) = (self.next_line, self.next_offset);
        self.begun = true;
        self.next_line += 1;
        self.next_offset += length as u64 + 1;
        self.line_start = self.next_offset;
        self.after_cr = line_end == b'\r';
        Some(length + 1)
    }
}

/// Reads a row that is in the chunk as a whole and can be read in only one way: no line break, quote or text after a quote in a quoted
/// field. Returns its length without the line end, and the byte that ends it; `None` for any other row, of which `fields` may have a
/// part.
fn ordinary_row(
    chunk: &[u8],
    dialect: Dialect,
    limit: usize,
    fields: &mut FieldBuffer,
) -> Option<(usize, u8)> {
    let mut at = 0;
    loop {
        let (end, next) = match *chunk.get(at)? {
            b'"' if dialect.quoting => {
                let open = at + 1;
                let close = open + memchr3(b'"', b'\n', b'\r', &chunk[open..])?;
                let is_plain = chunk[close] == b'"' && chunk[close - 1] != b'\\';
                fields.extend(&chunk[open..close]);
                (close + 1, is_plain.then(|| chunk.get(close + 1)).flatten())
            }
            b' ' if dialect.skip_spaces => (at, None),
            _ => {
                let end = at + memchr3(dialect.delimiter, b'\n', b'\r', &chunk[at..])?;
                fields.extend(&chunk[at..end]);
                (end, chunk.get(end))
            }
        };
        match next {
            Some(&byte) if byte == dialect.delimiter && end < limit => {}
            Some(&byte @ (b'\n' | b'\r')) if end <= limit => {
                fields.end_field();
                return Some((end, byte));
            }
            _ => return None,
        }
        fields.end_field();
        at = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::read::delimited::{Delimited, DelimitedRow};

    /// What is read: each row, its place, its bytes and its fields.
    type Read = Vec<(DelimitedRow, u64, u64, Vec<u8>, Vec<Vec<u8>>)>;

    fn rows<'a>(input: impl BufRead + Send + 'a, dialect: Dialect, limit: usize) -> Read {
        let mut source = Delimited::new(Box::new(input), limit, dialect);
        source.expect_fields(2);
        let mut found = Vec::new();
        loop {
            let row = source.next_row(Path::new("x")).unwrap();
            if row == DelimitedRow::End {
                return found;
            }
            let fields = (0..source.n_fields()).map(|index| source.field(index).to_vec());
            let raw = source.raw().to_vec();
            found.push((row, source.line(), source.offset(), raw, fields.collect()));
        }
    }

    #[test]
    fn an_ordinary_row_is_taken_as_a_whole() {
        let comma = Dialect {
            delimiter: b',',
            quoting: true,
            skip_spaces: false,
        };
        let ordinary = |chunk: &[u8]| ordinary_row(chunk, comma, 8, &mut FieldBuffer::default());
        assert_eq!(ordinary(b"a,\"b,\",\nc"), Some((7, b'\n')));
        assert_eq!(ordinary(b"12345678\r"), Some((8, b'\r')));
        for other in [
            "a,b",
            "123456789\n",
            "\"a\n\"\n",
            "\"\"\"\"\n",
            "\"a\\\"\n",
            "\"a\"b\n",
        ] {
            assert_eq!(ordinary(other.as_bytes()), None, "{other}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        /// A buffer of one byte never has a whole row.
        #[test]
        fn rows_are_the_same_byte_by_byte(
            data in r#"([abé ,;"\\\r\n]|""|","|\r\n){0,40}"#,
            limit in 1_usize..30,
            quoting: bool,
            skip_spaces: bool,
            buffer in 1_usize..9,
        ) {
            let dialect = Dialect { delimiter: b',', quoting, skip_spaces };
            let slowly = rows(BufReader::with_capacity(1, data.as_bytes()), dialect, limit);
            prop_assert_eq!(&rows(data.as_bytes(), dialect, limit), &slowly);
            prop_assert_eq!(&rows(BufReader::with_capacity(buffer, data.as_bytes()), dialect, limit), &slowly);
        }
    }
}
