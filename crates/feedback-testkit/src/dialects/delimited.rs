//! Tables of text: a delimiter between fields, quotes around them.

use std::fmt;

use super::encoding::Charset;
use super::table::{Cell, Table};

/// Which fields are in quotes, and how quotes within them are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// Fields with a delimiter, a quote or a line break are in quotes; quotes are doubled.
    Minimal,
    /// All fields are in quotes; quotes are doubled.
    All,
    /// All fields are in quotes; a backslash precedes a quote. No field has a backslash itself, which such a file cannot
    /// express without doubt.
    Backslashed,
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnd {
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
    /// `\r`, as in files of old Macintosh programs.
    Cr,
}

impl LineEnd {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lf, Self::CrLf, Self::Cr];

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// What is above the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Above {
    /// Nothing.
    Nothing,
    /// A line that states the delimiter, such as `sep=;`.
    Separator,
    /// Two lines with a title and a blank one, which a reader must be told to skip.
    Titles,
}

/// Number of lines of [`Above::Titles`].
pub(super) const TITLE_ROWS: usize = 3;

/// A dialect of CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimited {
    /// The delimiter.
    pub delimiter: char,
    /// Which fields are in quotes.
    pub quoting: Quoting,
    /// How lines end.
    pub line_end: LineEnd,
    /// How characters are written.
    pub charset: Charset,
    /// What is above the header.
    pub above: Above,
}

impl Delimited {
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for charset in Charset::ALL {
            for delimiter in [',', ';', '\t', '|'] {
                for quoting in [Quoting::Minimal, Quoting::All, Quoting::Backslashed] {
                    for line_end in LineEnd::ALL {
                        for above in [Above::Nothing, Above::Separator, Above::Titles] {
                            all.push(Self {
                                delimiter,
                                quoting,
                                line_end,
                                charset,
                                above,
                            });
                        }
                    }
                }
            }
        }
        all
    }

    pub(super) fn fitted(self, table: &Table) -> Table {
        table.mapped(|text| {
            let text = self.charset.fitted(text);
            match self.quoting {
                Quoting::Backslashed => text.replace('\\', "/"),
                Quoting::Minimal | Quoting::All => text,
            }
        })
    }

    pub(super) fn write(self, table: &Table) -> Vec<u8> {
        let end = self.line_end.text();
        let mut text = match self.above {
            Above::Nothing => String::new(),
            Above::Separator => format!("sep={}{end}", self.delimiter),
            Above::Titles => format!("Export of all feedback{end}Created on 1 May{end}{end}"),
        };
        let rows = table.rows.iter().map(|row| row.iter().map(Cell::text).collect());
        for row in std::iter::once(table.columns.clone()).chain(rows) {
            let fields: Vec<String> = row.iter().map(|field| self.field(field)).collect();
            text += &fields.join(&self.delimiter.to_string());
            text += end;
        }
        self.charset.encode(&text)
    }

    fn field(self, field: &str) -> String {
        let special = |character: char| character == self.delimiter || "\"\n\r".contains(character);
        match self.quoting {
            Quoting::Minimal if !field.contains(special) => field.to_owned(),
            Quoting::Minimal | Quoting::All => format!("\"{}\"", field.replace('"', "\"\"")),
            Quoting::Backslashed => format!("\"{}\"", field.replace('"', "\\\"")),
        }
    }
}

impl fmt::Display for Delimited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            delimiter,
            quoting,
            line_end,
            charset,
            above,
        } = self;
        write!(
            f,
            "delimiter {delimiter:?}, quoting {quoting:?}, line end {line_end:?}, {charset:?}, above: {above:?}"
        )
    }
}
