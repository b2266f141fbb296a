//! A table with values that are easily damaged.

use serde_json::Value;

/// A value of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A missing value.
    Empty,
    /// A text, which is not empty.
    Text(String),
    /// A number, which is finite.
    Number(f64),
    /// True or false.
    Boolean(bool),
}

impl Cell {
    /// The value as it is written in a format without types; empty for a missing value.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Boolean(value) => value.to_string(),
        }
    }

    /// The value as JSON; `null` for a missing value.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Text(text) => Value::from(text.as_str()),
            Self::Number(number) => Value::from(*number),
            Self::Boolean(value) => Value::from(*value),
        }
    }
}

/// A table: a column `text`, and any others.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The names of the columns, all different.
    pub columns: Vec<String>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// The columns of the known table. Names are hard to read, too.
const COLUMNS: [&str; 9] = [
    "Nr",
    "id",
    "text",
    "label",
    "Preis in €",
    "note, \"internal\"",
    "stars",
    "paid",
    "Größe; Maß",
];

/// Texts with quotes, delimiters, line breaks, formulas, invisible and non-Latin characters.
const TEXTS: [&str; 22] = [
    "It crashes",
    "The 5\" screen says \"no\"",
    "\"Great\"",
    "one, two; three\tfour | five",
    "first line\nsecond line",
    "a \"quoted, line\nbreak\" within",
    "a\r\nb",
    "  spaces around  ",
    "=1+1",
    "@SUM(A1:A9)",
    "-",
    "'quoted'",
    "Größe fehlt, bitte ergänzen – für 5 €…",
    "很好用 👍🏽 مرحبا",
    "C:\\new\\table",
    "{\"text\": \"not a row\"}",
    "# not a comment",
    "NULL",
    "<b>&amp; & 'x'</b>",
    "\"",
    "sep=;",
    "a,\"b",
];

/// Further values: numbers that are texts, and texts that look like something else.
const VALUES: [&str; 11] = [
    "007",
    "123456789012345678901234",
    "1.234,56",
    "12,5",
    "2026-03-05",
    "true",
    " ",
    "1e5",
    "+49 30 1234",
    "\"\"",
    "NaN",
];

impl Table {
    /// The table that every reader must give back: 9 columns and 22 rows.
    #[must_use]
    pub fn known() -> Self {
        let value = |at: usize| match VALUES.get(at % (VALUES.len() + 1)) {
            Some(value) => Cell::Text((*value).to_owned()),
            None => Cell::Empty,
        };
        let text = |at: usize| Cell::Text(TEXTS[at % TEXTS.len()].to_owned());
        let row = |at: usize| {
            let number = match at % 4 {
                0 => Cell::Empty,
                n => Cell::Number(n as f64 * 1.5 - 2.0),
            };
            let paid = match at % 3 {
                0 => Cell::Empty,
                n => Cell::Boolean(n == 1),
            };
            vec![
                Cell::Text(format!("{:05}", at + 1)),
                value(at),
                text(at),
                Cell::Text(["bug", "praise", "question"][at % 3].to_owned()),
                value(at + 2),
                text(at + 7),
                number,
                paid,
                if at % 5 == 4 { Cell::Empty } else { text(at + 13) },
            ]
        };
        Self {
            columns: COLUMNS.map(str::to_owned).to_vec(),
            rows: (0..TEXTS.len()).map(row).collect(),
        }
    }

    /// Changes every text and every name of a column.
    pub(super) fn mapped(&self, change: impl Fn(&str) -> String) -> Self {
        let cell = |cell: &Cell| match cell {
            Cell::Text(text) => Cell::Text(change(text)),
            other => other.clone(),
        };
        Self {
            columns: self.columns.iter().map(|name| change(name)).collect(),
            rows: self
                .rows
                .iter()
                .map(|row| row.iter().map(cell).collect())
                .collect(),
        }
    }
}

/// Whether two values are the same; 4 and 4.0 are.
#[must_use]
pub fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}
