//! The fast path for ordinary lines: scans the line once, and parses its fields only when they are needed.
//!
//! A line of plain fields (strings, short numbers, constants) is checked and kept as it is, with the positions of the text
//! and the label. Any other line is left to the full parser, so that only the full parser rejects lines.

use std::ops::Range;
use std::sync::OnceLock;

use memchr::memchr2;

use crate::record::fields::{FieldNames, Fields};
use crate::record::json_fields::parse_fields;

/// A line that was checked to be a JSON object with distinct field names.
#[derive(Debug, Clone)]
pub(crate) struct JsonLine {
    raw: Box<str>,
    text: Option<Piece>,
    label: Option<Piece>,
    has_other_label: bool,
    is_compact: bool,
    fields: OnceLock<Box<Fields>>,
}

impl JsonLine {
    /// The value of the text field, if it is a string.
    pub(crate) fn text(&self) -> Option<&str> {
        self.text.as_ref().map(|piece| piece.resolve(&self.raw))
    }

    /// The value of the label field, if it is a string.
    pub(crate) fn label(&self) -> Option<&str> {
        self.label.as_ref().map(|piece| piece.resolve(&self.raw))
    }

    /// True if the label field is a number or a boolean.
    pub(crate) fn has_other_label(&self) -> bool {
        self.has_other_label
    }

    /// All fields; parsed on the first call.
    pub(crate) fn fields(&self) -> &Fields {
        // The scanner has checked the line, so parsing succeeds; property tests compare scanner and parser.
        self.fields
            .get_or_init(|| Box::new(parse_fields(&self.raw).unwrap_or_default()))
    }

    pub(crate) fn into_fields(self) -> Fields {
        match self.fields.into_inner() {
            Some(fields) => *fields,
            None => parse_fields(&self.raw).unwrap_or_default(),
        }
    }

    /// Returns the line if writing its fields would give exactly the same line.
    pub(crate) fn as_written(&self) -> Option<&str> {
        self.is_compact.then_some(&self.raw)
    }
}

/// A string within a line.
#[derive(Debug, Clone)]
enum Piece {
    /// Without escapes: a range of the line.
    Plain(Range<u32>),
    /// With escapes in the line: the string after resolving them.
    Unescaped(Box<str>),
}

impl Piece {
    fn resolve<'a>(&'a self, raw: &'a str) -> &'a str {
        match self {
            Self::Plain(range) => &raw[range.start as usize..range.end as usize],
            Self::Unescaped(text) => text,
        }
    }
}

/// Lines with more fields are left to the full parser, because the scanner compares each name with all earlier names.
const MAX_FIELDS: usize = 24;

/// Checks a line; `None` if the full parser must decide.
pub(crate) fn scan(line: &str, names: &FieldNames) -> Option<JsonLine> {
    // Control characters are white space outside of strings and an error inside; both are rare.
    if u32::try_from(line.len()).is_err() || has_control(line.as_bytes()) {
        return None;
    }
    let mut scanner = Scanner {
        line,
        at: 0,
        is_compact: true,
    };
    let mut seen: [&str; MAX_FIELDS] = [""; MAX_FIELDS];
    let (mut text, mut label, mut has_other_label) = (None, None, false);
    let mut n_fields = 0;
    scanner.spaces();
    scanner.expect(b'{')?;
    scanner.spaces();
    if !scanner.skip(b'}') {
        loop {
            let name = scanner.plain_string()?;
            if n_fields == MAX_FIELDS || seen[..n_fields].contains(&name) {
                return None;
            }
            seen[n_fields] = name;
            n_fields += 1;
            scanner.spaces();
            scanner.expect(b':')?;
            scanner.spaces();
            let first = scanner.peek()?;
            let piece = scanner.value(name == names.text || name == names.label)?;
            if name == names.label {
                label.clone_from(&piece);
                has_other_label = !matches!(first, b'"' | b'n');
            }
            if name == names.text {
                text = piece;
            }
            scanner.spaces();
            if scanner.skip(b'}') {
                break;
            }
            scanner.expect(b',')?;
            scanner.spaces();
        }
    }
    let end = scanner.at;
    scanner.spaces();
    (scanner.at == line.len()).then(|| JsonLine {
        raw: line.into(),
        text,
        label,
        has_other_label,
        is_compact: scanner.is_compact && end == line.len(),
        fields: OnceLock::new(),
    })
}

/// Whether a byte is a control character. Whole blocks are compared at once.
fn has_control(bytes: &[u8]) -> bool {
    let in_block = |block: &[u8]| block.iter().fold(false, |found, byte| found | (*byte < 0x20));
    bytes.chunks(64).any(in_block)
}

struct Scanner<'a> {
    line: &'a str,
    at: usize,
    /// True as long as there was no space between tokens and no escape, as in a line that this crate wrote.
    is_compact: bool,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip(byte).then_some(())
    }

    fn spaces(&mut self) {
        while self.skip(b' ') {
            self.is_compact = false;
        }
    }

    /// Reads a string without escapes.
    fn plain_string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let rest = &self.line.as_bytes()[self.at..];
        let length = memchr2(b'"', b'\\', rest)?;
        if rest[length] == b'\\' {
            return None;
        }
        let start = self.at;
        self.at += length + 1;
        Some(&self.line[start..start + length])
    }

    /// Skips a value. Returns the value if it is a string and `wanted` is true.
    fn value(&mut self, wanted: bool) -> Option<Option<Piece>> {
        match self.peek()? {
            b'"' => {
                let piece = self.string()?;
                return Some(wanted.then_some(piece));
            }
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return None,
        }
        Some(None)
    }

    fn string(&mut self) -> Option<Piece> {
        let open = self.at;
        if self.plain_string().is_some() {
            return Some(Piece::Plain(open as u32 + 1..self.at as u32 - 1));
        }
        self.is_compact = false;
        self.at = open + 1;
        loop {
            let rest = &self.line.as_bytes()[self.at..];
            let length = memchr2(b'"', b'\\', rest)?;
            if rest[length] == b'"' {
                self.at += length + 1;
                break;
            }
            self.at += length + 2;
            if self.at > self.line.len() {
                return None;
            }
        }
        // The parser decides which escapes are valid.
        let text: String = serde_json::from_str(self.line.get(open..self.at)?).ok()?;
        Some(Piece::Unescaped(text.into()))
    }

    fn literal(&mut self, literal: &str) -> Option<()> {
        let is_here = self.line.as_bytes()[self.at..].starts_with(literal.as_bytes());
        self.at += literal.len();
        is_here.then_some(())
    }

    /// Skips a number of at most 30 characters without an exponent; the full parser never finds such a number out of range.
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        let is_end = matches!(self.peek(), Some(b',' | b'}' | b' '));
        (is_end && self.at - start <= 30).then_some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Checks that if the fast path accepts a line, the full parser accepts it too, with the same fields.
    fn agrees(line: &str) -> Result<(), TestCaseError> {
        let Some(short) = scan(line, &FieldNames::default()) else {
            return Ok(());
        };
        let long = parse_fields(line);
        prop_assert!(long.is_ok(), "{}: {:?}", line, long);
        let Ok(long) = long else { return Ok(()) };
        prop_assert_eq!(short.fields(), &long);
        prop_assert_eq!(
            short.text(),
            long.map.get("text").and_then(|value| value.as_str())
        );
        prop_assert_eq!(
            short.label(),
            long.map.get("label").and_then(|value| value.as_str())
        );
        if let Some(written) = short.as_written() {
            prop_assert_eq!(written, long.to_json());
        }
        Ok(())
    }

    #[test]
    fn ordinary_lines_take_the_fast_path_and_others_do_not() {
        let names = FieldNames::default();
        for line in [
            "{}",
            r#"{"text":"a","label":"bug"}"#,
            r#" {"text" : "a \"b\" \u00fc" , "n": -1.50, "m":0, "x": true, "y": null, "z":false} "#,
        ] {
            assert!(scan(line, &names).is_some(), "{line}");
        }
        for line in [
            "",
            "{",
            "[]",
            r#"{"text":"a"} x"#,
            r#"{"text":"a",}"#,
            r#"{"text":"a" "label":"b"}"#,
            r#"{"text":"a","text":"b"}"#,
            r#"{"te\u0078t":"a"}"#,
            r#"{"text":"\ud800"}"#,
            r#"{"text":"\x"}"#,
            r#"{"text":"a\"#,
            r#"{"n":01}"#,
            r#"{"n":1.}"#,
            r#"{"n":-}"#,
            r#"{"n":1e5}"#,
            r#"{"n":1234567890123456789012345678901}"#,
            r#"{"n":[1]}"#,
            "{\"text\":\t\"a\"}",
        ] {
            assert!(scan(line, &names).is_none(), "{line}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn fast_path_and_parser_agree_on_objects(line in r#"\{("(text|label|id|[a-c]{0,2})" ?: ?("([a-z ü😀]|\\["\\/bfnrt]|\\u[0-9a-f]{4}){0,6}"|-?[0-9]{1,22}(\.[0-9]{1,8})?|true|false|null|\[1\])(, ?|)){0,5}\} ?"#) {
            agrees(&line)?;
        }

        #[test]
        fn fast_path_and_parser_agree_on_anything(line in "[ {}\\[\\]\":,a-z0-9.\\\\-]{0,40}") {
            agrees(&line)?;
        }

        #[test]
        fn fast_path_and_parser_agree_on_damaged_lines(at in 0_usize..80, byte in 0x20_u8..0x7F) {
            let mut line = br#"{"text":"It \"crashes\"","label":"bug","id":17,"score":0.25,"ok":true,"x":null}"#.to_vec();
            let at = at % line.len();
            line[at] = byte;
            agrees(&String::from_utf8_lossy(&line))?;
        }
    }
}
