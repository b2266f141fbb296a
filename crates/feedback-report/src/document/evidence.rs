//! The rows behind the numbers, and the links to them.

use feedback_metrics::document::{Block, Cell, Section, Table};

use crate::report::Report;
use crate::sets::{Count, Level, RowSet, link_id};

/// Longer lists of lines are cut.
const MAX_CHARACTERS: usize = 600;

/// Makes a cell a link to the rows of a count.
pub(super) fn linked(report: &Report, cell: Cell, count: &Count) -> Cell {
    let id = link_id(count);
    match sets(report).find(|set| set.id == id) {
        Some(set) if count.sets.len() + count.except.len() > 1 => {
            cell.linked(anchor(&id), format!("{} rows that are {}", count.n, set.title))
        }
        Some(set) => cell.linked(
            anchor(&id),
            format!("{} rows that are in “{}”", count.n, set.title),
        ),
        None => cell,
    }
}

/// Makes a cell a link to the rows of a level: those of its theme or category, or those it is a mean of.
pub(super) fn linked_level(report: &Report, cell: Cell, level: &Level) -> Cell {
    let Some(texts) = &level.texts else {
        return linked(report, cell, &level.rows);
    };
    match linked(report, cell, texts) {
        Cell::Linked { cell, target, title } => Cell::Linked {
            cell,
            target,
            title: format!("{title}; of {} rows", level.rows.n),
        },
        other => other,
    }
}

/// The id of a set in the page.
pub(super) fn anchor(set: &str) -> String {
    format!("rows-{set}")
}

/// The sets that JSON names, then those of single numbers.
fn sets(report: &Report) -> impl Iterator<Item = &RowSet> {
    report.sets.iter().chain(&report.linked)
}

/// The sets of rows with their lines.
pub(super) fn section(report: &Report) -> Section {
    let mut table = Table::new(
        "evidence",
        "Sets of rows and their lines in the file",
        &["set", "rows", "lines"],
    );
    for set in sets(report) {
        let lines = match set.lines.char_indices().nth(MAX_CHARACTERS) {
            None => set.lines.clone(),
            Some((end, _)) => {
                let cut = set.lines[..end].rfind(',').unwrap_or(end);
                format!("{} … (more in insight.xlsx)", &set.lines[..cut])
            }
        };
        table.push(vec![
            Cell::anchor(&set.title, anchor(&set.id)),
            Cell::Count(set.n as u64),
            Cell::text(lines),
        ]);
    }
    let words = "A number is computed from the rows that are in all of its sets: “now” of a theme by segment, for example, from the \
                 rows of the last period that are in the segment, and of these, from those of the theme. Each number in a table links to \
                 its rows, and names its sets when you point at it.";
    Section::new(
        "evidence",
        "The texts behind the numbers",
        vec![Block::Paragraph(words.to_owned()), Block::Table(table)],
    )
}
