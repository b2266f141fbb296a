//! A report as a document that can be written in several forms.
//!
//! A [`Document`] is a list of [`Section`]s, and these of paragraphs, facts, tables, charts and
//! quotes. It is written as plain text, as Markdown, as one HTML file that needs nothing else (no
//! script, no network; it prints, scrolls no page sideways on a phone, and follows the reader's light
//! or dark scheme), and each of its tables as CSV. Every text in it is taken as text, whatever it
//! holds: markup is escaped, control characters and marks that force a writing direction are replaced.
//!
//! ```
//! use feedback_metrics::document::{Block, Cell, Document, Section, Table};
//!
//! let mut table = Table::new("labels", "Rows by label", &["label", "rows", "share"]);
//! table.push(vec![Cell::text("<bug>"), Cell::Count(3), Cell::Share(0.75)]);
//! let section = Section::new("classes", "Labels", vec![Block::Table(table.clone())]);
//! let document = Document { title: "A small report".into(), lead: vec![], sections: vec![section] };
//!
//! assert!(document.to_html().contains("<td class=\"number\">75.0 %</td>"));
//! assert!(document.to_html().contains("&lt;bug&gt;"));
//! assert!(document.to_markdown().contains("| \\<bug\\> | 3 | 75.0 % |"));
//! assert_eq!(table.to_csv(), "label,rows,share\n<bug>,3,0.75\n");
//! ```

mod csv;
mod html;
mod markdown;
mod table;
mod text;

use serde::Serialize;

pub use html::PAGE_STYLE;
pub use table::{Cell, Table};

/// A report in its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The heading of the whole.
    pub title: String,
    /// What a reader in a hurry needs, above everything else.
    pub lead: Vec<Block>,
    /// The parts, in order.
    pub sections: Vec<Section>,
}

/// One part of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// A name that no other section has, for links: letters, digits and `-`.
    pub id: String,
    /// The heading.
    pub title: String,
    /// What stands below it.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A section of these blocks.
    pub fn new(id: &str, title: &str, blocks: Vec<Block>) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            blocks,
        }
    }
}

/// A piece of a section.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Block {
    /// A sentence that must not be missed.
    Verdict(String),
    /// Sentences.
    Paragraph(String),
    /// Figures with their names.
    Facts(Vec<Fact>),
    /// A table.
    Table(Table),
    /// A chart (see [`crate::charts`]) with the numbers behind it. Text forms have the table alone.
    Chart {
        /// The `<svg>` element, which goes into the page as it is.
        svg: String,
        /// The numbers.
        table: Table,
    },
    /// What people wrote.
    Quotes {
        /// The texts.
        quotes: Vec<Quote>,
        /// The same as a table, for CSV alone.
        table: Table,
    },
}

/// One figure with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// The figure.
    pub value: String,
    /// What else to know of it; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Fact {
    /// A figure without a note.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            note: String::new(),
        }
    }

    /// The same with a note.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// A text of somebody else's, with what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The text.
    pub text: String,
    /// What is to be said of it.
    pub remark: String,
}

impl Document {
    /// Every table in it, those behind charts and quotes included, in order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        let blocks = self
            .lead
            .iter()
            .chain(self.sections.iter().flat_map(|section| &section.blocks));
        blocks.filter_map(|block| match block {
            Block::Table(table) | Block::Chart { table, .. } | Block::Quotes { table, .. } => Some(table),
            _ => None,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A document with this text in every place where a text can stand.
    pub(crate) fn document_of(text: &str) -> Document {
        let mut table = Table::new("t", text, &[text, "n"]);
        table.push(vec![Cell::text(text), Cell::Count(1)]);
        let caption = crate::charts::Caption {
            id: "c",
            title: text,
            description: text,
        };
        let svg = crate::charts::heat_map(&caption, &[text.to_owned()], &[vec![1]]);
        let blocks = vec![
            Block::Verdict(text.to_owned()),
            Block::Paragraph(text.to_owned()),
            Block::Facts(vec![Fact::new(text, text).with_note(text)]),
            Block::Table(table.clone()),
            Block::Chart {
                svg,
                table: table.clone(),
            },
            Block::Quotes {
                quotes: vec![Quote {
                    text: text.to_owned(),
                    remark: text.to_owned(),
                }],
                table,
            },
        ];
        Document {
            title: text.to_owned(),
            lead: blocks.clone(),
            sections: vec![Section::new("s", text, blocks)],
        }
    }

    #[test]
    fn tables_behind_charts_count() {
        assert_eq!(document_of("x").tables().count(), 6);
    }
}
