//! Layouts of JSON.

use std::fmt;

use super::delimited::LineEnd;
use super::encoding::Charset;
use super::table::{Cell, Table};

/// Where the objects are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One object per line.
    Lines,
    /// Objects of several lines, one after the other.
    Documents,
    /// An array on one line.
    Array,
    /// An array with one value per line.
    PrettyArray,
    /// An array in an object, such as `{"page": 1, "data": {"items": […]}}`, on one line.
    Wrapped,
    /// The same with one value per line.
    PrettyWrapped,
}

/// A dialect of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json {
    /// Where the objects are.
    pub layout: Layout,
    /// How lines end; [`LineEnd::Cr`] is left out, because JSON lines do not end with it.
    pub line_end: LineEnd,
    /// How characters are written.
    pub charset: Charset,
    /// Whether characters outside of ASCII are written as `\u00fc`.
    pub ascii: bool,
}

const LAYOUTS: [Layout; 6] = [
    Layout::Lines,
    Layout::Documents,
    Layout::Array,
    Layout::PrettyArray,
    Layout::Wrapped,
    Layout::PrettyWrapped,
];

impl Json {
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for layout in LAYOUTS {
            for line_end in [LineEnd::Lf, LineEnd::CrLf] {
                for charset in Charset::ALL {
                    for ascii in [false, true] {
                        // Without the encoding of JSON, only ASCII can be read.
                        if charset != Charset::Windows1252 || ascii {
                            all.push(Self {
                                layout,
                                line_end,
                                charset,
                                ascii,
                            });
                        }
                    }
                }
            }
        }
        all
    }

    pub(super) fn write(self, table: &Table) -> Vec<u8> {
        let is_pretty = matches!(
            self.layout,
            Layout::Documents | Layout::PrettyArray | Layout::PrettyWrapped
        );
        let (space, line) = match is_pretty {
            true => ("    ", self.line_end.text()),
            false => ("", ""),
        };
        let objects: Vec<String> = table
            .rows
            .iter()
            .map(|row| self.object(&table.columns, row, space, line))
            .collect();
        let end = self.line_end.text();
        let array = || format!("[{line}{}{line}]", objects.join(&format!(",{line}")));
        let text = match self.layout {
            Layout::Lines | Layout::Documents => objects.join(end),
            Layout::Array | Layout::PrettyArray => array(),
            Layout::Wrapped | Layout::PrettyWrapped => format!(
                "{{{line}\"page\": 1,{line}\"data\": {{{line}\"items\": {}{line}}},{line}\"next\": null{line}}}",
                array()
            ),
        };
        self.charset.encode(&(text + end))
    }

    fn object(self, columns: &[String], row: &[Cell], space: &str, line: &str) -> String {
        let fields: Vec<String> = columns
            .iter()
            .zip(row)
            .map(|(name, cell)| format!("{space}{}: {}", self.string(name), self.value(cell)))
            .collect();
        format!("{{{line}{}{line}}}", fields.join(&format!(",{line}")))
    }

    fn value(self, cell: &Cell) -> String {
        match cell {
            Cell::Empty => "null".to_owned(),
            Cell::Text(text) => self.string(text),
            other => other.text(),
        }
    }

    fn string(self, text: &str) -> String {
        let mut out = String::from("\"");
        for character in text.chars() {
            match character {
                '"' => out += "\\\"",
                '\\' => out += "\\\\",
                '\n' => out += "\\n",
                _ if character < ' ' || self.ascii && !character.is_ascii() => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        out += &format!("\\u{unit:04x}");
                    }
                }
                _ => out.push(character),
            }
        }
        out.push('"');
        out
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            layout,
            line_end,
            charset,
            ascii,
        } = self;
        write!(
            f,
            "{layout:?}, line end {line_end:?}, {charset:?}, ASCII only: {ascii}"
        )
    }
}
