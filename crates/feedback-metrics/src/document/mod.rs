//! Documents: reports that can be written in several formats.
//!
//! A [`Document`] is a list of [`Section`]s, which hold paragraphs, findings, facts, tables, charts and quotes. It can
//! be written as plain text, as Markdown, and as one self-contained HTML file; each table can be written as CSV. The
//! HTML file needs no scripts and no network access, is suitable for print and for phones, and has a light and a dark
//! colour scheme. All texts are treated as plain text: markup is escaped, and control characters and marks that force
//! a writing direction are replaced.
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

mod block;
mod csv;
mod html;
mod markdown;
mod table;
mod text;

pub use block::{Block, Document, Fact, Finding, Quote, Section};
pub use html::PAGE_STYLE;
pub use table::{Cell, Table};

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A document that has `text` in every field that takes text.
    pub(crate) fn document_of(text: &str) -> Document {
        let mut table = Table::new("t", text, &[text, "n"]);
        table.push(vec![Cell::text(text), Cell::Count(1)]);
        table.push(vec![Cell::link(text, "s"), Cell::Count(2)]);
        table.push(vec![Cell::anchor(text, "a"), Cell::Count(3).linked("a", text)]);
        let caption = crate::charts::Caption {
            id: "c",
            title: text,
            description: text,
        };
        let svg = crate::charts::heat_map(&caption, &[text.to_owned()], &[vec![1]]);
        let blocks = vec![
            Block::Verdict(text.to_owned()),
            Block::Paragraph(text.to_owned()),
            Block::Heading {
                id: "h".to_owned(),
                title: text.to_owned(),
            },
            Block::Findings(vec![Finding {
                text: text.to_owned(),
                target: "s".to_owned(),
                quotes: vec![Quote {
                    text: text.to_owned(),
                    remark: text.to_owned(),
                }],
            }]),
            Block::Facts(vec![Fact::new(text, text).with_note(text).with_target("a")]),
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
    fn tables_of_charts_and_quotes_are_included() {
        assert_eq!(document_of("x").tables().count(), 6);
    }
}
