//! A document as plain text.

use super::block::{Block, Document, Finding, Section};
use super::table::{Cell, Table};
use crate::display_text::{clean, shorten};

/// The maximum width of a cell, in characters.
const MAX_CELL_WIDTH: usize = 40;

impl Document {
    /// The document as plain text for a terminal or an e-mail; a chart appears as its table.
    pub fn to_text(&self) -> String {
        let title = clean(&self.title);
        let mut text = format!("{title}\n{}\n", "=".repeat(title.chars().count()));
        self.lead.iter().for_each(|block| text += &block_text(block));
        self.sections
            .iter()
            .for_each(|section| text += &section_text(section));
        text
    }
}

fn section_text(section: &Section) -> String {
    let title = clean(&section.title);
    let mut text = format!("\n{title}\n{}\n", "-".repeat(title.chars().count()));
    section.blocks.iter().for_each(|block| text += &block_text(block));
    text
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Verdict(words) | Block::Paragraph(words) => format!("\n{}\n", clean(words)),
        Block::Heading { title, .. } => format!("\n{}\n", clean(title)),
        Block::Findings(findings) => findings
            .iter()
            .enumerate()
            .map(|(index, finding)| finding_text(index + 1, finding))
            .collect(),
        Block::Facts(facts) => {
            let width = facts
                .iter()
                .map(|fact| fact.name.chars().count())
                .max()
                .unwrap_or(0);
            let lines = facts.iter().map(|fact| {
                let line = format!(
                    "{:width$}  {}  {}",
                    clean(&fact.name),
                    clean(&fact.value),
                    clean(&fact.note)
                );
                line.trim_end().to_owned() + "\n"
            });
            "\n".to_owned() + &lines.collect::<String>()
        }
        Block::Table(table) | Block::Chart { table, .. } => format!("\n{}", table.to_text()),
        Block::Quotes { quotes, .. } => quotes
            .iter()
            .enumerate()
            .map(|(index, quote)| {
                format!(
                    "\n{}. {}\n   {}\n",
                    index + 1,
                    clean(&quote.remark),
                    clean(&quote.text)
                )
            })
            .collect(),
    }
}

fn finding_text(number: usize, finding: &Finding) -> String {
    let quotes = finding.quotes.iter();
    let lines = quotes.map(|quote| format!("   {} ({})\n", clean(&quote.text), clean(&quote.remark)));
    format!(
        "\n{number}. {}\n{}",
        clean(&finding.text),
        lines.collect::<String>()
    )
}

impl Table {
    /// The table in aligned columns, with its caption above it.
    pub fn to_text(&self) -> String {
        let head: Vec<String> = self
            .head
            .iter()
            .map(|name| shorten(name, MAX_CELL_WIDTH))
            .collect();
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(cell).collect())
            .collect();
        let width = |column: usize| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(column))
                .chain(head.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        let line = |cells: &[String]| {
            let padded = cells
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, &width))| {
                    if self.is_numeric(column) {
                        format!("{cell:>width$}")
                    } else {
                        format!("{cell:<width$}")
                    }
                });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        let body: String = rows.iter().map(|row| line(row)).collect();
        format!("{}\n{}{body}", clean(&self.caption), line(&head))
    }
}

fn cell(cell: &Cell) -> String {
    shorten(&cell.display(), MAX_CELL_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new("t", "Rows by label", &["label", "rows"]);
        table.push(vec![Cell::text("bug"), Cell::Count(12)]);
        table.push(vec![Cell::text("praise"), Cell::Count(3)]);
        assert_eq!(
            table.to_text(),
            "Rows by label\nlabel   rows\nbug       12\npraise     3\n"
        );
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let text = crate::document::tests::document_of("a\u{1b}]0;x\u{7}\u{202e}b").to_text();
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
    }
}
