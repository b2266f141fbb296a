//! Reads CSV and TSV rows: reports exact positions, and limits the size of a row.
//!
//! Quoting follows RFC 4180, and a quote within an unquoted field is an ordinary character. Text may follow a closing quote on
//! the line on which the field was opened. If only one reading of the row is possible, the row is read in this way
//! (`stray_quotes`). In a row with `\"`, this is read as a quote if the row fits the header only then, or if only then all its
//! fields are in quotes like those of the header (`escaped_quotes`). If the field was opened on an earlier line, or is never
//! closed, its opening quote was probably part of a text: the row is bad, and the next line is read, so that none is lost. The
//! `csv` crate does none of this, cannot limit the size of a row, and does not return the row as it is in the file.

use std::io::BufRead;
use std::path::Path;

use crate::error::ReadError;
use crate::open::read_error;
use crate::read::field_buffer::Dialect;
use crate::read::row_parser::{RowEnd, RowParser};

/// The result of moving to the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DelimitedRow {
    /// A complete row; [`Delimited::field`] returns its fields.
    Complete,
    /// A row longer than the limit; it was skipped.
    TooLong,
    /// A row with a quote that is opened at this line and column and not closed. Its last line is the line of the quote.
    UnclosedQuote { line: u64, column: u64 },
    /// A row in which text follows the closing quote at this line and column.
    TextAfterQuote { line: u64, column: u64 },
    /// This many blank lines or rows of empty fields.
    Blank { lines: u64 },
    /// The file has ended.
    End,
}

/// Reads rows of fields.
pub(super) struct Delimited<'a> {
    input: Box<dyn BufRead + Send + 'a>,
    row: RowParser,
    /// Bytes that are read again, from `again_from`, before the input.
    again: Vec<u8>,
    again_from: usize,
    /// Line and offset of the current row or of the first of several blank lines.
    place: (u64, u64),
    /// The row after blank lines, which were returned first.
    held: Option<DelimitedRow>,
}

impl<'a> Delimited<'a> {
    pub(super) fn new(input: Box<dyn BufRead + Send + 'a>, limit: usize, dialect: Dialect) -> Self {
        Self {
            input,
            row: RowParser::new(limit, dialect),
            again: Vec::new(),
            again_from: 0,
            place: (1, 0),
            held: None,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.row.dialect
    }

    pub(super) fn limit(&self) -> usize {
        self.row.limit
    }

    /// Line on which the row begins, from 1.
    pub(super) fn line(&self) -> u64 {
        self.place.0
    }

    /// Offset of the row in the file.
    pub(super) fn offset(&self) -> u64 {
        self.place.1
    }

    /// The row as it is in the file, without the line end.
    pub(super) fn raw(&self) -> &[u8] {
        self.row.raw()
    }

    pub(super) fn n_fields(&self) -> usize {
        self.row.fields.len()
    }

    pub(super) fn field(&self, index: usize) -> &[u8] {
        self.row.fields.get(index)
    }

    /// The first `n` fields, one after the other, and where each ends; `None` if one is not UTF-8.
    pub(super) fn cells(&self, n: usize) -> Option<(Box<str>, Box<[usize]>)> {
        self.row.fields.texts(n)
    }

    /// The same, with bytes that are not UTF-8 replaced.
    pub(super) fn cells_lossy(&self, n: usize) -> (Box<str>, Box<[usize]>) {
        self.row.fields.texts_lossy(n)
    }

    /// True if the row has as many fields as the header, not counting empty fields after them.
    pub(super) fn fits(&self, n_columns: usize) -> bool {
        self.row.fields.fits(n_columns)
    }

    /// Takes the current row as the header, which has this many columns. It decides how quotes are read if there are several ways.
    pub(super) fn expect_fields(&mut self, n_columns: usize) {
        self.row.expect_fields(n_columns);
    }

    /// Changes the dialect for all following rows, and parses the current row again with the new dialect.
    pub(super) fn set_dialect(&mut self, dialect: Dialect) {
        self.row.dialect = dialect;
        self.row.parse_again();
    }

    /// Moves to the next row. Blank lines before it are returned first; those at the end of the file are ignored. A row of empty
    /// fields counts as one blank line that is not ignored.
    pub(super) fn next_row(&mut self, path: &Path) -> Result<DelimitedRow, ReadError> {
        if let Some(row) = self.held.take() {
            self.place = self.row.place();
            return Ok(row);
        }
        let mut lines = 0;
        loop {
            let mut row = self.next_line(path)?;
            if lines == 0 {
                self.place = self.row.place();
            }
            if row == DelimitedRow::Complete {
                match self.row.delimiters_of_blank() {
                    Some(0) => {
                        lines += 1;
                        continue;
                    }
                    Some(_) => row = DelimitedRow::Blank { lines: 1 },
                    None => {}
                }
            }
            if lines == 0 || row == DelimitedRow::End {
                return Ok(row);
            }
            self.held = Some(row);
            return Ok(DelimitedRow::Blank { lines });
        }
    }

    /// Moves to the next row, which can be a blank line.
    pub(super) fn next_line(&mut self, path: &Path) -> Result<DelimitedRow, ReadError> {
        self.row.clear();
        loop {
            let is_again = self.again_from < self.again.len();
            let chunk = match is_again {
                true => &self.again[self.again_from..],
                false => self.input.fill_buf().map_err(|source| read_error(path, source))?,
            };
            let (bytes, end) = match chunk {
                [] => (0, Some(self.row.end_of_file())),
                _ => self.row.take_chunk(chunk),
            };
            match is_again {
                true => self.again_from += bytes,
                false => self.input.consume(bytes),
            }
            if let Some(end) = end {
                return Ok(self.end_row(end));
            }
        }
    }

    fn end_row(&mut self, end: RowEnd) -> DelimitedRow {
        match end {
            RowEnd::Complete => DelimitedRow::Complete,
            RowEnd::TooLong => DelimitedRow::TooLong,
            RowEnd::EndOfFile => DelimitedRow::End,
            RowEnd::TextAfterQuote { line, column } => DelimitedRow::TextAfterQuote { line, column },
            RowEnd::UnclosedQuote { line, column } => {
                let rest = self.row.cut_after_quote();
                self.read_again(rest);
                DelimitedRow::UnclosedQuote { line, column }
            }
            RowEnd::Earlier { end } => {
                let rest = self.row.cut(end);
                self.read_again(rest);
                let end = self.row.end_after_cut();
                self.end_row(end)
            }
        }
    }

    fn read_again(&mut self, rest: Vec<u8>) {
        // Bytes that are already read again are not copied, so the time for reading them remains linear.
        if self.again[..self.again_from].ends_with(&rest) {
            self.again_from -= rest.len();
        } else {
            self.again.drain(..self.again_from);
            self.again.splice(..0, rest);
            self.again_from = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAS: Dialect = Dialect {
        delimiter: b',',
        quoting: true,
        skip_spaces: false,
    };

    fn rows(data: &[u8]) -> Vec<(u64, u64, Vec<String>)> {
        let mut source = Delimited::new(Box::new(data), 1000, COMMAS);
        let mut found = Vec::new();
        loop {
            match source.next_row(Path::new("x")).unwrap() {
                DelimitedRow::End => return found,
                DelimitedRow::Blank { .. } => {}
                row => {
                    assert_eq!(row, DelimitedRow::Complete);
                    let field = |index| String::from_utf8_lossy(source.field(index)).into_owned();
                    let fields = (0..source.n_fields()).map(field).collect();
                    found.push((source.line(), source.offset(), fields));
                }
            }
        }
    }

    fn fields(data: &[u8]) -> Vec<Vec<String>> {
        rows(data).into_iter().map(|(_, _, fields)| fields).collect()
    }

    #[test]
    fn fields_are_the_same_as_from_the_csv_crate() {
        let cases: [&[u8]; 12] = [
            b"a,b\n1,2\n",
            b"a,b\r\n1,2\r\n",
            b"a,b\r1,2\r",
            b"\"a\"\"b\",c",
            b"\"a\nb\",c\n\"d\r\ne\",f\n",
            b"ab\"c,d\n",
            b",x\n,,y\n",
            b"\"\"\n",
            b"a\n\n\nb\n",
            b"a,\"b\"",
            b" \"a\",b\n",
            b"\"x\",\n",
        ];
        for data in cases {
            let mut oracle = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(data);
            let expected: Vec<Vec<String>> = oracle
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            assert_eq!(fields(data), expected, "{}", String::from_utf8_lossy(data));
        }
    }

    #[test]
    fn positions_agree_with_a_text_editor() {
        let place = |data: &[u8]| {
            rows(data)
                .iter()
                .map(|(line, offset, _)| (*line, *offset))
                .collect::<Vec<_>>()
        };
        assert_eq!(place(b"a,b\n\"1\n2\",3\nx,y\n"), [(1, 0), (2, 4), (4, 12)]);
        assert_eq!(
            place(b"\xEF\xBB\xBFa,b\r\n\"1\r\n2\",3\r\n\r\nx,y\r\n"),
            [(1, 3), (2, 8), (5, 20)]
        );
        assert_eq!(place(b"a\rb\r\rc"), [(1, 0), (2, 2), (4, 5)]);
    }

    /// The rows of two columns, or what is wrong with them.
    fn two_columns(data: &str) -> Vec<(u64, String)> {
        kinds(data.as_bytes(), 1000)
            .into_iter()
            .map(|(line, row)| (line, row.unwrap_or_else(|row| format!("{row:?}"))))
            .collect()
    }

    #[test]
    fn quotes_after_backslashes_are_read_over_several_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let data = [
                r#""\"",1"#,
                r#"1,"\"""#,
                r#""5\", dark",2"#,
                r#""a"#,
                r#"b \"c\" d","e"#,
                r#"f \"""#,
                "",
                r#""x \" y","one"#,
                r#"two""#,
                r#""5\", light","""#,
                r#""\"",",x""#,
                r#"plain,3"#,
                r#""C:\",4"#,
            ];
            let found = two_columns(&(data.join(end) + end));
            let lines = |parts: &[&str]| parts.join(end);
            let expected = [
                (1, "\"|1".to_string()),
                (2, "1|\"".to_string()),
                (3, "5\", dark|2".to_string()),
                (4, lines(&["a", "b \"c\" d|e", "f \""])),
                (7, "Blank { lines: 1 }".to_string()),
                (8, lines(&["x \" y|one", "two"])),
                (10, "5\", light|".to_string()),
                (11, "\"|,x".to_string()),
                (12, "plain|3".to_string()),
                (13, "C:\\|4".to_string()),
            ];
            assert_eq!(found, expected, "{end:?}");
        }
    }

    #[test]
    fn the_quotes_of_the_header_decide_how_a_row_with_two_readings_is_read() {
        let rows = |header: &str, row: &str| {
            let data = format!("{header}\r{row}\r");
            let mut source = Delimited::new(Box::new(data.as_bytes()), 1000, COMMAS);
            source.next_row(Path::new("x")).unwrap();
            source.expect_fields(2);
            source.next_row(Path::new("x")).unwrap();
            [0, 1].map(|index| String::from_utf8_lossy(source.field(index)).into_owned())
        };
        // `",a`, a line break, `b"`; or `\`, and `a` on a line of its own.
        let row = "\"\\\",a\rb\\\"\",\"x\"";
        assert_eq!(rows("\"id\",\"text\"", row), ["\",a\rb\"", "x"]);
        assert_eq!(rows("id,text", row), ["\\", "a"]);
        let row = "\"C:\\\",4\r\"D:\\\",5\r\"\",6";
        assert_eq!(rows("\"id\",\"text\"", row), ["C:\\", "4"]);
    }

    #[test]
    fn a_row_that_only_seems_to_have_quotes_after_backslashes_takes_no_other_line() {
        let data = "1,\"a \\\" b\n2,c\n\"d \\\"\n3,e\n4,f\n";
        let found = two_columns(data);
        assert_eq!(found[0], (1, "1|\"a \\\" b".to_string()));
        assert_eq!(found[1], (2, "2|c".to_string()));
        assert_eq!(found[2].0, 3);
        assert_eq!(found[3..], [(4, "3|e".to_string()), (5, "4|f".to_string())]);
        let many = "1,\"a \\\" b\n".repeat(1000);
        assert_eq!(two_columns(&many).len(), 1000);
    }

    /// Returns each row that is not complete, or the text of its fields.
    fn kinds(data: &[u8], limit: usize) -> Vec<(u64, Result<String, DelimitedRow>)> {
        let mut source = Delimited::new(Box::new(data), limit, COMMAS);
        source.expect_fields(2);
        let mut found = Vec::new();
        loop {
            let row = match source.next_row(Path::new("x")).unwrap() {
                DelimitedRow::End => return found,
                DelimitedRow::Complete => {
                    let fields = (0..source.n_fields()).map(|index| source.field(index).to_vec());
                    Ok(String::from_utf8(fields.collect::<Vec<_>>().join(&b'|')).unwrap())
                }
                row => Err(row),
            };
            found.push((source.line(), row));
        }
    }

    #[test]
    fn reading_continues_on_the_line_after_a_quote_that_is_not_closed() {
        let unclosed = |line, column| Err(DelimitedRow::UnclosedQuote { line, column });
        let row = |text: &str| Ok(text.to_string());
        for (data, expected) in [
            (
                "a,b\n3,\"x\ny,z\n",
                vec![(1, row("a|b")), (2, unclosed(2, 3)), (3, row("y|z"))],
            ),
            (
                "1,\"open\r\n2,fine\r\n3,\"said \"hi\" twice\"\r\n",
                vec![
                    (1, unclosed(1, 3)),
                    (2, row("2|fine")),
                    (3, row("3|said \"hi\" twice")),
                ],
            ),
            (
                "\"two\nlines\",\"open\n2,\"x\"\n3,y\n",
                vec![(1, unclosed(2, 8)), (3, row("2|x")), (4, row("3|y"))],
            ),
            (
                "\"a\n\"b\n\"c",
                vec![(1, unclosed(1, 1)), (2, unclosed(2, 1)), (3, unclosed(3, 1))],
            ),
        ] {
            assert_eq!(kinds(data.as_bytes(), 1000), expected, "{data}");
        }
    }

    #[test]
    fn every_line_may_open_a_quote_without_taking_quadratic_time() {
        let mut data = "\"a\n".repeat(50_000);
        data += &"x,y\n".repeat(50_000);
        let began = std::time::Instant::now();
        assert_eq!(kinds(data.as_bytes(), 1 << 24).len(), 100_000);
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }

    #[test]
    fn blank_lines_before_a_row_are_counted() {
        let blank = |lines| Err(DelimitedRow::Blank { lines });
        let expected = vec![
            (1, blank(2)),
            (3, Ok("a|b".to_string())),
            (4, blank(1)),
            (5, Ok("c|d".to_string())),
        ];
        assert_eq!(kinds(b"\n \r\na,b\n\nc,d\n\n\n", 100), expected);
        // Spreadsheets write rows of empty fields.
        let blank = |line| (line, blank(1));
        let expected = vec![(1, Ok("a|b".to_string())), blank(2), blank(3), blank(4)];
        assert_eq!(kinds(b"a,b\n,\n\n , \n\n", 100), expected);
    }

    #[test]
    fn long_rows_are_skipped() {
        let unclosed = |line, column| Err(DelimitedRow::UnclosedQuote { line, column });
        let too_long = || Err(DelimitedRow::TooLong);
        assert_eq!(
            kinds(b"123456789,x\n1,2\n\"34567890\n\"\n3,4\n\"345678\",5\n6,7", 5),
            [
                (1, too_long()),
                (2, Ok("1|2".to_string())),
                (3, too_long()),
                (4, unclosed(4, 1)),
                (5, Ok("3|4".to_string())),
                (6, too_long()),
                (7, Ok("6|7".to_string())),
            ]
        );
    }

    #[test]
    fn without_quoting_a_quote_is_a_character() {
        let tabs = Dialect {
            delimiter: b'\t',
            quoting: false,
            skip_spaces: false,
        };
        let mut source = Delimited::new(Box::new(&b"\"a\t\"b\"\n"[..]), 1000, tabs);
        source.next_row(Path::new("x")).unwrap();
        assert_eq!((source.field(0), source.field(1)), (&b"\"a"[..], &b"\"b\""[..]));
    }
}
