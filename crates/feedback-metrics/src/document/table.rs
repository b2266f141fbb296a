//! Tables, before they are rendered.

use std::borrow::Cow;

use crate::display_text::{clean, percent};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Cell {
    /// A text.
    Text(String),
    /// A text that links to a section or heading of the document; only HTML shows the link.
    Link {
        /// The text.
        text: String,
        /// The id of the section or heading.
        target: String,
    },
    /// A text to which cells with its id as target link; only HTML has the id.
    Anchor {
        /// The text.
        text: String,
        /// The id, which no other part of the document has.
        id: String,
    },
    /// Another cell that links to a part of the document; only HTML shows the link.
    Linked {
        /// The cell.
        cell: Box<Cell>,
        /// The id of a section, heading or anchor.
        target: String,
        /// What is found there, shown when the reader points at the cell.
        title: String,
    },
    /// A whole number.
    Count(u64),
    /// A share from 0 to 1, shown in percent; in CSV it is the number from 0 to 1.
    Share(f64),
    /// A number, shown with three decimals; in CSV it is not rounded.
    Number(f64),
    /// An empty cell.
    Empty,
}

impl Cell {
    /// Creates a cell with a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Creates a cell with a text that links to a section or heading of the document.
    pub fn link(text: impl Into<String>, target: impl Into<String>) -> Self {
        Self::Link {
            text: text.into(),
            target: target.into(),
        }
    }

    /// Creates a cell with a text to which other cells link.
    pub fn anchor(text: impl Into<String>, id: impl Into<String>) -> Self {
        Self::Anchor {
            text: text.into(),
            id: id.into(),
        }
    }

    /// Makes the cell a link to a section, heading or anchor; `title` says what is found there.
    #[must_use]
    pub fn linked(self, target: impl Into<String>, title: impl Into<String>) -> Self {
        Self::Linked {
            cell: Box::new(self),
            target: target.into(),
            title: title.into(),
        }
    }

    /// The cell as displayed in a document; NaN and infinities are `–`.
    pub(super) fn display(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) | Self::Link { text, .. } | Self::Anchor { text, .. } => clean(text),
            Self::Linked { cell, .. } => cell.display(),
            Self::Count(count) => Cow::Owned(count.to_string()),
            Self::Share(share) => Cow::Owned(percent(*share)),
            Self::Number(number) if number.is_finite() => Cow::Owned(format!("{:.3}", number + 0.0)),
            Self::Number(_) => Cow::Borrowed("–"),
            Self::Empty => Cow::Borrowed(""),
        }
    }

    pub(super) fn is_number(&self) -> bool {
        match self {
            Self::Count(_) | Self::Share(_) | Self::Number(_) => true,
            Self::Linked { cell, .. } => cell.is_number(),
            _ => false,
        }
    }
}

/// A table. The first cell of a row names the row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// A short name, used for the CSV file of the table.
    pub name: String,
    /// What the table shows.
    pub caption: String,
    /// The column names.
    pub head: Vec<String>,
    /// The rows, with one cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Creates a table without rows.
    pub fn new(name: &str, caption: &str, head: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            caption: caption.to_owned(),
            head: head.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Excess cells are dropped; missing cells are added as [`Cell::Empty`].
    pub fn push(&mut self, mut cells: Vec<Cell>) {
        cells.resize(self.head.len(), Cell::Empty);
        self.rows.push(cells);
    }

    /// Whether a column contains only numbers and is therefore right-aligned.
    pub(super) fn is_numeric(&self, column: usize) -> bool {
        let cells = || self.rows.iter().filter_map(|row| row.get(column));
        cells().any(Cell::is_number) && cells().all(|cell| cell.is_number() || *cell == Cell::Empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_as_many_cells_as_columns() {
        let mut table = Table::new("t", "t", &["a", "b"]);
        table.push(vec![Cell::text("x")]);
        table.push(vec![Cell::text("y"), Cell::Count(1), Cell::Count(2)]);
        assert!(table.rows.iter().all(|row| row.len() == 2));
        assert!(table.is_numeric(1) && !table.is_numeric(0));
    }

    #[test]
    fn cells_are_formatted_for_display() {
        let cells = [
            Cell::Share(0.5),
            Cell::Number(-0.0),
            Cell::Number(f64::NAN),
            Cell::Count(7),
            Cell::text("a\0"),
        ];
        assert_eq!(
            cells.each_ref().map(|cell| cell.display().into_owned()),
            ["50.0 %", "0.000", "–", "7", "a\u{FFFD}"]
        );
    }
}
