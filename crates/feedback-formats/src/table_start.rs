//! Finds the delimiter of a table by its first lines.

use std::collections::HashSet;

use feedback_text::delimiter::Delimiter;

use crate::foreign::Foreign;
use crate::preview::roles::is_usual_for_texts;

/// Lines at the start that are compared with each other.
pub(crate) const MAX_LINES: usize = 20;

/// The delimiters of tables, the most usual first. A comma also occurs within ordinary texts.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// Delimiters of a few programs, such as Hive. They are tried where none of the usual ones fits.
const RARE_DELIMITERS: [char; 5] = ['\u{1}', '\u{1F}', '~', '^', ':'];
/// Names of columns are shorter than this many characters.
const LONGEST_NAME: usize = 40;

/// Returns the delimiter of a table; `None` if the text is not a table. `only_named` leaves out tables without the text field.
pub(crate) fn table_delimiter(text: &str, text_field: &str, only_named: bool) -> Option<char> {
    let rows = |delimiter| split_rows(text, delimiter);
    let first = text.trim_start().lines().next()?;
    let unquoted = first.trim_matches('"');
    if unquoted.to_ascii_lowercase().starts_with("sep=") {
        match unquoted.get(4..) {
            Some("\\t") => return Some('\t'),
            Some(stated) if stated.len() == 1 => return stated.chars().next(),
            _ => {}
        }
    }
    let has_field = |row: &Vec<String>| row.len() > 1 && row.iter().any(|field| field.trim() == text_field);
    // Titles may stand above the header.
    let named = DELIMITERS
        .into_iter()
        .find(|delimiter| rows(*delimiter).iter().any(has_field));
    if named.is_some() || only_named {
        return named;
    }
    // A header with one column.
    if first.trim().trim_matches('"') == text_field {
        return Some(',');
    }
    let by_width = DELIMITERS.into_iter().find(|delimiter| {
        let rows = rows(*delimiter);
        let width = rows.first().map_or(0, Vec::len);
        width > 1 && rows.len() > 1 && rows.iter().all(|row| row.len() == width)
    });
    by_width.or_else(|| is_boxed(text).then_some('|'))
}

/// True if most lines begin and end with `|`, as in the lists that SAP saves. Lines that rule them off are bad rows.
fn is_boxed(text: &str) -> bool {
    let lines = || {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .take(MAX_LINES)
    };
    let is_row = |line: &&str| line.len() > 1 && line.starts_with('|') && line.ends_with('|');
    let rows = lines().filter(is_row).count();
    rows > 1 && 2 * rows > lines().count()
}

/// Splits the first lines into fields. A last line that may be cut off is left out.
fn split_rows(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = vec![String::new()];
    let mut quoted = false;
    let mut begun = false;
    for character in text.chars() {
        let at_start = row.last().is_some_and(String::is_empty);
        match character {
            '"' if quoted => quoted = false,
            '"' if at_start => quoted = true,
            '\n' | '\r' if !quoted => {
                if begun {
                    rows.push(std::mem::replace(&mut row, vec![String::new()]));
                }
                begun = false;
                if rows.len() == MAX_LINES {
                    return rows;
                }
                continue;
            }
            _ if character == delimiter && !quoted => row.push(String::new()),
            _ => {
                if let Some(field) = row.last_mut() {
                    field.push(character);
                }
            }
        }
        begun = true;
    }
    if begun && !quoted && rows.len() < 2 {
        rows.push(row);
    }
    rows
}

/// Returns the delimiter of a table in a file whose name says that it has plain lines. Commas and semicolons also occur in texts, so
/// they count only below a header.
pub(crate) fn delimiter_of_lines(text: &str) -> Option<char> {
    let rows = rows_of_cells(text, '\t');
    let is_indented = rows.iter().all(|row| row[0].trim().is_empty());
    if has_columns(&rows) && !is_indented {
        return Some('\t');
    }
    [';', ','].into_iter().find(|delimiter| {
        let rows = rows_of_cells(text, *delimiter);
        has_columns(&rows) && (names_a_text(&rows[0]) || names_numbers(&rows))
    })
}

/// Returns a delimiter that few programs use: all lines have the same number of it, and the header then names the column of the text.
///
/// # Errors
///
/// [`Foreign::OtherDelimiter`] if `is_table` is true, which means that the name of the file says so, and no column is known.
pub(crate) fn rare_delimiter(
    text: &str,
    text_field: &str,
    is_table: bool,
) -> Result<Option<Delimiter>, Foreign> {
    for delimiter in RARE_DELIMITERS {
        let rows = rows_of_cells(text, delimiter);
        // Lines such as `Comment: it crashes` are texts.
        if !has_columns(&rows) || !are_names(&rows[0]) || !has_distinct_header(&rows) {
            continue;
        }
        if names_a_text(&rows[0]) || rows[0].iter().any(|name| name.trim() == text_field) {
            return Ok(u8::try_from(delimiter).ok().and_then(Delimiter::new));
        }
        if is_table && rows.len() > 2 {
            return Err(Foreign::OtherDelimiter);
        }
    }
    Ok(None)
}

/// The cells of the first lines, without blank lines.
fn rows_of_cells(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut rows = split_rows(text, delimiter);
    rows.retain(|row| row.len() > 1 || !row[0].trim().is_empty());
    rows
}

/// Whether there are at least two rows, and all have the same number of cells.
fn has_columns(rows: &[Vec<String>]) -> bool {
    let width = rows.first().map_or(0, Vec::len);
    width > 1 && rows.len() > 1 && rows.iter().all(|row| row.len() == width)
}

/// Whether a row looks like names: short, different, and not like a part of a sentence.
fn are_names(header: &[String]) -> bool {
    let is_name = |name: &String| {
        let begins = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
        begins && name.chars().count() < LONGEST_NAME && !name.trim_end().ends_with(['.', '!', '?'])
    };
    let mut seen = HashSet::new();
    header.iter().all(|name| is_name(name) && seen.insert(name))
}

/// Whether a row is a header with a usual name of a text.
fn names_a_text(header: &[String]) -> bool {
    are_names(header) && header.iter().any(|name| is_usual_for_texts(name))
}

/// Whether the first row is a header with the name of a column of numbers or dates.
fn names_numbers(rows: &[Vec<String>]) -> bool {
    let is_number = |cell: &str| {
        cell.starts_with(|first: char| first.is_ascii_digit())
            && cell.chars().all(|c| c.is_ascii_digit() || " .:/-".contains(c))
    };
    let has_numbers = |column: usize| rows[1..].iter().all(|row| is_number(row[column].trim()));
    rows.len() > 2 && are_names(&rows[0]) && (0..rows[0].len()).any(has_numbers)
}

/// Whether no cell of the first row is repeated below.
fn has_distinct_header(rows: &[Vec<String>]) -> bool {
    let is_repeated = |row: &Vec<String>| row.iter().zip(&rows[0]).any(|(cell, name)| cell == name);
    rows.split_first()
        .is_some_and(|(_, below)| !below.iter().any(is_repeated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_told_from_plain_lines() {
        for (text, delimiter) in [
            ("Nr\tKommentar\n01\tGeht nicht so gut\n", '\t'),
            ("a\tb\n\n \nc\td\n", '\t'),
            ("\ttext\n0\tslow\n", '\t'),
            ("Nr;Kommentar;Thema\r\n01;Geht nicht so gut;bug\r\n", ';'),
            ("Nr;Bemerkung\n1;Geht nicht\n2;Gut, danke\n", ';'),
            ("review,stars\n\"Slow, as ever\",2\n", ','),
            ("Datum,Bemerkung\n2025-01-03,Geht nicht\n2025-01-04,Gut\n", ','),
        ] {
            assert_eq!(delimiter_of_lines(text), Some(delimiter), "{text}");
        }
        for text in [
            "Great, thanks\nBad, really\n",
            "It crashes; then it hangs\nFine; so far\n",
            "Good, 5 stars\nBad, 1 star\n",
            "message, not sent\nreply, not sent\n",
            "Slow,2\nFine,5\nGood,4\n",
            "\tindented\n\tlines\n",
            "one\ttab\nno tab\n",
            "one\tline\n",
            "id,name\n1,slow\n",
            "Version 1,2 is slow\nVersion 1,3 is fast\nVersion 1,4 is fast\n",
            "5, if I could\n4, for the price\n3, so far\n",
            "",
        ] {
            assert_eq!(delimiter_of_lines(text), None, "{text}");
        }
    }

    #[test]
    fn rare_delimiters_need_a_header() {
        let rare = |text: &str, is_table: bool| {
            rare_delimiter(text, "text", is_table).map(|found| found.map(Delimiter::byte))
        };
        for (text, delimiter) in [
            ("id~text~label\n1~it crashes~bug\n2~love it~praise\n", b'~'),
            ("id:text\n1:it crashes\n2:love it\n", b':'),
            ("id\u{1}text\u{1}label\n1\u{1}it crashes\u{1}bug\n", 1),
            ("id^Comment\n1^slow\n", b'^'),
        ] {
            assert_eq!(rare(text, false), Ok(Some(delimiter)), "{text}");
        }
        let unnamed = "Nr~Bemerkung\n1~Geht nicht\n2~Gut\n";
        assert_eq!(
            (rare(unnamed, false), rare(unnamed, true)),
            (Ok(None), Err(Foreign::OtherDelimiter))
        );
        for text in [
            "Feedback: it crashes\nFeedback: love it\nFeedback: slow\n",
            "Review: it crashes\nAnna: love it\nTom: slow\n",
            "text\nat 10:30 it crashed\n",
            "a:b\nc\n",
        ] {
            assert_eq!(rare(text, true), Ok(None), "{text}");
        }
    }
}
