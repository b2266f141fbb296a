//! Tables that are drawn for people instead of written for programs.

use std::collections::BTreeSet;

use crate::foreign::Foreign;

/// Number of lines that must have a space between the same columns.
const ALIGNED_LINES: usize = 5;
/// Number of lines that are looked at.
const MAX_LINES: usize = 200;

/// Recognises a table with a ruled line below its header or above it, as Markdown, reStructuredText, psql and MySQL draw it.
pub(crate) fn with_rules(text: &str) -> Option<Foreign> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_rule = |line: &str| {
        let of = |characters: &[char]| line.contains(characters);
        line.len() > 4 && line.chars().all(|c| "-=+|: ".contains(c)) && of(&['|', '+']) && of(&['-', '='])
    };
    let has_columns = |line: &str| line.contains('|');
    let first = lines.next()?;
    let second = lines.next()?;
    let is_drawn = match is_rule(first) {
        true => has_columns(second),
        false => has_columns(first) && is_rule(second),
    };
    is_drawn.then_some(Foreign::DrawnTable)
}

/// Recognises columns that are aligned with spaces: in each line, a field begins at the same place after at least two spaces, and the fields
/// before it have different lengths. `text` is the beginning of a file.
pub(crate) fn with_fixed_widths(text: &str) -> Option<Foreign> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines: Vec<Vec<char>> = whole
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(MAX_LINES)
        .map(|line| line.chars().collect())
        .collect();
    let spaces_before = |line: &[char], at: usize| line[..at].iter().rev().take_while(|c| **c == ' ').count();
    let is_column = |at: usize| {
        let spaces = lines.iter().map(|line| match line.get(at) {
            None | Some(' ') => 0,
            Some(_) => spaces_before(line, at),
        });
        let spaces: BTreeSet<usize> = spaces.collect();
        spaces.len() > 1 && spaces.first().is_some_and(|least| *least > 1)
    };
    let width = lines.iter().map(Vec::len).min().unwrap_or(0);
    // The first column begins at the margin.
    let is_fixed =
        lines.len() >= ALIGNED_LINES && lines.iter().all(|line| line[0] != ' ') && (3..width).any(is_column);
    is_fixed.then_some(Foreign::FixedWidths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_tables_are_recognised() {
        for table in [
            "| id | text |\n|----|------|\n| 1 | It crashes |\n",
            "|id|text|\n|:--|--:|\n",
            " id |    text\n----+------------\n  1 | It crashes\n",
            "+----+------+\n| id | text |\n+----+------+\n| 1  | a |\n",
        ] {
            assert_eq!(with_rules(table), Some(Foreign::DrawnTable), "{table}");
        }
        for text in [
            "id|text\n1|It crashes\n",
            "A title\n-------\nText\n",
            "It crashes\n----\n",
            "a | b\n",
            "-|-\n",
        ] {
            assert_eq!(with_rules(text), None, "{text}");
        }
    }

    #[test]
    fn aligned_columns_are_recognised() {
        let rows = |rows: &[(&str, &str)]| -> String {
            rows.iter().map(|(id, text)| format!("{id:<8}{text}\n")).collect()
        };
        let table = rows(&[
            ("id", "text"),
            ("1", "It crashes"),
            ("2", "Größe falsch"),
            ("31", "Love it"),
            ("4", "Why?"),
        ]);
        assert_eq!(with_fixed_widths(&table), Some(Foreign::FixedWidths));
        let short: String = table.lines().take(4).map(|line| format!("{line}\n")).collect();
        let uneven = table.replace("Why?", "").replace("4  ", "4");
        let listed: String = (1..9).map(|n| format!("{n}.  the app is slow\n")).collect();
        for text in [
            short,
            uneven,
            listed,
            "It  crashes\n".repeat(9),
            "It crashes\n".repeat(9),
        ] {
            assert_eq!(with_fixed_widths(&text), None, "{text}");
        }
    }
}
