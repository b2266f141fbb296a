//! The parts of a document.

use serde::Serialize;

use super::table::Table;

/// A report as a title, a lead and sections.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The title.
    pub title: String,
    /// The blocks above the first section: what a reader in a hurry needs.
    pub lead: Vec<Block>,
    /// The sections, in order.
    pub sections: Vec<Section>,
}

/// One section of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// An id that is unique in the document, for links: letters, digits and `-`.
    pub id: String,
    /// The heading.
    pub title: String,
    /// Its content.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A section with these blocks.
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
    /// A chart (see [`crate::charts`]) with the numbers behind it. Text forms show only the table.
    Chart {
        /// The `<svg>` element, which is copied into the page unchanged.
        svg: String,
        /// The numbers.
        table: Table,
    },
    /// Quoted texts.
    Quotes {
        /// The texts.
        quotes: Vec<Quote>,
        /// The same as a table, for CSV only.
        table: Table,
    },
}

/// One figure with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// The figure.
    pub value: String,
    /// A note; may be empty.
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

    /// This figure with a note.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// A quoted text with a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The text.
    pub text: String,
    /// The remark.
    pub remark: String,
}

impl Document {
    /// Every table in order, including those behind charts and quotes.
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
