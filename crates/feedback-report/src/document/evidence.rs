//! The rows behind the numbers.

use feedback_metrics::document::{Block, Cell, Section, Table};

use crate::report::Report;

/// Longer lists of lines are cut; the whole list is in the JSON file.
const MAX_CHARACTERS: usize = 600;

/// The sets of rows with their lines.
pub(super) fn section(report: &Report) -> Section {
    let mut table = Table::new(
        "evidence",
        "Sets of rows and their lines in the file",
        &["set", "rows", "lines"],
    );
    for set in &report.sets {
        let lines = match set.lines.char_indices().nth(MAX_CHARACTERS) {
            None => set.lines.clone(),
            Some((end, _)) => {
                let cut = set.lines[..end].rfind(',').unwrap_or(end);
                format!("{} … (all in insight.json)", &set.lines[..cut])
            }
        };
        table.push(vec![
            Cell::text(&set.title),
            Cell::Count(set.n as u64),
            Cell::text(lines),
        ]);
    }
    let words = "A number is computed from the rows that are in all of its sets: “now” of a theme by segment, for example, from the \
                 rows of the last period that are in the segment, and of these, from those of the theme.";
    Section::new(
        "evidence",
        "The texts behind the numbers",
        vec![Block::Paragraph(words.to_owned()), Block::Table(table)],
    )
}
