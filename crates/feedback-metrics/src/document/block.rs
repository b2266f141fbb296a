//! The parts of a document.

use serde::Serialize;

use super::table::Table;

/// A report as a title, a lead and sections.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The title.
    pub title: String,
    /// The blocks above the first section: the most important results.
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
    /// The content of the section.
    pub blocks: Vec<Block>,
}

impl Section {
    /// Creates a section with these blocks.
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
    /// The main result, shown in bold or in a box.
    Verdict(String),
    /// One or more sentences.
    Paragraph(String),
    /// A heading within a section.
    Heading {
        /// An id that is unique in the document, for links: letters, digits and `-`.
        id: String,
        /// The heading.
        title: String,
    },
    /// The most important results in order, each with quotes.
    Findings(Vec<Finding>),
    /// Values, each with a name.
    Facts(Vec<Fact>),
    /// A table.
    Table(Table),
    /// A chart (see [`crate::charts`]) and a table of its numbers. Plain text and Markdown show only the table.
    Chart {
        /// The `<svg>` element, which is copied into the page unchanged.
        svg: String,
        /// The numbers of the chart.
        table: Table,
    },
    /// Quoted texts.
    Quotes {
        /// The texts.
        quotes: Vec<Quote>,
        /// The quotes as a table, which is used only for CSV.
        table: Table,
    },
}

/// A value with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The name of the value.
    pub name: String,
    /// The value as text.
    pub value: String,
    /// A note; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The id of the part of the document that the value links to; empty if there is none. Only HTML shows the link.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
}

impl Fact {
    /// Creates a fact without a note.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            note: String::new(),
            target: String::new(),
        }
    }

    /// Returns this fact with a note.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Returns this fact with a value that links to a part of the document.
    #[must_use]
    pub fn with_target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
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

/// A result with quotes that show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The result, in one sentence.
    pub text: String,
    /// The id of the section or heading with its details; empty if there is none.
    pub target: String,
    /// Quoted texts.
    pub quotes: Vec<Quote>,
}

impl Document {
    /// All tables in order, including the tables of charts and quotes.
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
