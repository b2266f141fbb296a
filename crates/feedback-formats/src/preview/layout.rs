//! Rows of a table that are not data: titles above the header, and descriptions below it.

use feedback_dataset::read::{Format, ReadError, ReadOptions};
use feedback_dataset::record::Row;
use serde_json::Value;

use crate::contents::FileFormat;
use crate::limits::Limits;
use crate::preview::fields::FieldSample;
use crate::preview::look::{Named, PREVIEW_ROWS, Preview, look};
use crate::preview::roles::{is_usual_besides_texts, is_usual_for_texts};
use crate::preview::values::{most_like_text, rating};

/// The header is searched in this many lines.
const MAX_TITLE_LINES: usize = 10;
/// The same, if the first line has as many fields as a header.
const MAX_WIDE_TITLE_LINES: usize = 4;
/// Titles have at most this many fields.
const MAX_TITLE_FIELDS: usize = 64;
/// Names of columns are shorter than this many characters.
const LONGEST_NAME: usize = 100;

/// Skips titles above the header of a CSV or TSV file, and descriptions below the header of any table, and says so.
pub(super) fn find_layout(
    file: Named<'_>,
    options: &mut ReadOptions,
    limits: &Limits,
    mut found: Preview,
    notes: &mut Vec<String>,
) -> Result<Preview, ReadError> {
    let is_default = options.skip_rows == 0 && options.header_rows == 1;
    let is_delimited = matches!(found.contents.format, FileFormat::Text(Format::Csv | Format::Tsv));
    if is_default
        && is_delimited
        && let Some((candidate, below)) = below_titles(file, options, limits, &found)
    {
        notes.push(match candidate.skip_rows {
            1 => "the first line is a title and is not read (`skip_rows`)".to_owned(),
            n => format!("the first {n} lines are titles and are not read (`skip_rows`)"),
        });
        (*options, found) = (candidate, below);
    }
    let descriptions = descriptions(&found.rows);
    if is_default && options.skip_after_header == 0 && descriptions > 0 {
        options.skip_after_header = descriptions;
        let above = std::mem::replace(&mut found, look(file, options, limits, PREVIEW_ROWS)?);
        let same_names =
            (above.fields.iter().map(|field| &field.name)).eq(found.fields.iter().map(|field| &field.name));
        notes.push(match (descriptions, same_names) {
            (1, true) => {
                "the row below the header of this survey says how questions are answered and is not read".to_owned()
            }
            (1, false) => {
                "the row below the header of this survey has answers to choose from, which are part of the names of \
                 the columns"
                    .to_owned()
            }
            (n, _) => {
                format!("the {n} rows below the header of this survey repeat the questions and are not read")
            }
        });
    }
    if let Some(name) = is_delimited.then(|| value_as_name(&found)).flatten() {
        let name: String = name.chars().take(60).collect();
        notes.push(format!(
            "the first line seems to be data instead of names: it names a column `{name}`; if it is, add a line with names"
        ));
    }
    if let Some(total) = total(&found.rows).filter(|_| found.fields.len() > 1) {
        notes.push(format!(
            "the last row begins with `{total}` and is read like any other; if it is a total, remove it"
        ));
    }
    Ok(found)
}

/// Looks for the header below titles. Returns the options that skip them, and the rows below.
fn below_titles(
    file: Named<'_>,
    options: &ReadOptions,
    limits: &Limits,
    found: &Preview,
) -> Option<(ReadOptions, Preview)> {
    let is_plain = is_title(found);
    let most = match is_plain {
        true => MAX_TITLE_LINES,
        false if may_be_title(found) => MAX_WIDE_TITLE_LINES,
        false => return None,
    };
    for skip_rows in 1..=most {
        let mut candidate = options.clone();
        candidate.skip_rows = skip_rows;
        let below = look(file, &candidate, limits, PREVIEW_ROWS).ok()?;
        let is_header = match is_plain {
            true => !is_title(&below) && !below.rows.is_empty(),
            false => is_surely_header(&below, found),
        };
        if is_header && below.fields.iter().all(is_name) {
            return Some((candidate, below));
        }
    }
    None
}

/// Whether no column has a usual name, so that the first line can be a title with several fields: `Export of tickets, all teams`.
fn may_be_title(found: &Preview) -> bool {
    let is_usual =
        |field: &FieldSample| is_usual_for_texts(&field.name) || is_usual_besides_texts(&field.name);
    let n = found.fields.len();
    found.export.is_none() && (2..=MAX_TITLE_FIELDS).contains(&n) && !found.fields.iter().any(is_usual)
}

/// Whether these columns are those of a table below a title with as many fields: the one with sentences and another one have usual
/// names. A row of data can have such a word in a cell, but not above the other values of such a column.
fn is_surely_header(below: &Preview, title: &Preview) -> bool {
    let n_named = |look: &Preview| {
        look.fields
            .iter()
            .filter(|field| !is_generated(&field.name))
            .count()
    };
    let is_text = |field: &&FieldSample| {
        let is_word = |value: &String| is_usual_for_texts(value);
        is_usual_for_texts(&field.name) && !field.values.iter().any(is_word)
    };
    let text = most_like_text(&below.fields);
    let mut texts = below.fields.iter().filter(is_text);
    let is_repeated = |field: &FieldSample| field.values.contains(&field.name);
    texts.any(|field| Some(&field.name) == text.as_ref())
        && below
            .fields
            .iter()
            .any(|field| is_usual_besides_texts(&field.name))
        && !below.fields.iter().any(is_repeated)
        && n_named(below) >= n_named(title)
}

/// Whether a column is called by its position, since the file has no name for it.
fn is_generated(name: &str) -> bool {
    name.starts_with("column ")
}

/// Whether a field has a name as people give them: a row of data has numbers and sentences.
fn is_name(field: &FieldSample) -> bool {
    let begins_with_digit = field.name.starts_with(|first: char| first.is_ascii_digit());
    !begins_with_digit && field.name.chars().count() <= LONGEST_NAME
}

/// Whether the header is a title: it names at most one of several columns, or it names one column although most rows have more
/// fields.
fn is_title(found: &Preview) -> bool {
    let named = found
        .fields
        .iter()
        .filter(|field| !is_generated(&field.name))
        .count();
    match found.fields.len() {
        0 => false,
        // A usual name of a text is a header, even if the texts below it have delimiters in them.
        1 => {
            (found.n_ragged > found.rows.len() || has_other_delimiter(&found.rows))
                && !found.fields.iter().any(|field| is_usual_for_texts(&field.name))
        }
        _ => named <= 1 || found.fields.len() > named && has_names(&found.rows),
    }
}

/// Whether the only cell of each row has the same number of another delimiter: the line above them said nothing of it.
fn has_other_delimiter(rows: &[Row]) -> bool {
    let count = |row: &Row, delimiter: char| {
        let mut cells = row.record.fields().values();
        cells
            .next()
            .and_then(Value::as_str)
            .map_or(0, |cell| cell.matches(delimiter).count())
    };
    let is_same = |delimiter: char| {
        let mut counts = rows.iter().map(|row| count(row, delimiter));
        counts
            .next()
            .is_some_and(|first| first > 0 && counts.all(|other| other == first))
    };
    rows.len() > 1 && [';', '\t', '|'].into_iter().any(is_same)
}

/// Whether the first row has the names of the columns: the one above it names groups of them.
fn has_names(rows: &[Row]) -> bool {
    let Some(row) = rows.first() else { return false };
    let cells: Vec<&str> = row.record.fields().values().filter_map(Value::as_str).collect();
    let is_name =
        |cell: &&str| !cell.trim().is_empty() && !cell.starts_with(|first: char| first.is_ascii_digit());
    cells.iter().all(is_name) && cells.iter().any(|cell| is_usual_for_texts(cell))
}

/// The number of rows below the header that describe the columns. Exports of Qualtrics have two; the second has import ids as
/// JSON. Exports of SurveyMonkey have one, without a value in the columns of ids.
fn descriptions(rows: &[Row]) -> usize {
    let has = |row: &Row, matches: fn(&str) -> bool| {
        let mut values = row.record.fields().values();
        values.any(|value| value.as_str().is_some_and(matches))
    };
    match rows {
        [_, second, ..] if has(second, |value| value.starts_with("{\"ImportId\"")) => 2,
        [first, ..]
            if has(first, |value| {
                matches!(
                    value.trim(),
                    "Open-Ended Response" | "Response" | "Other (please specify)"
                )
            }) =>
        {
            1
        }
        _ => 0,
    }
}

/// Returns a column name that looks like a value: a sentence or a number. Questions as column names are sentences, too, but no
/// numbers are beside them.
fn value_as_name(found: &Preview) -> Option<&str> {
    let names = || found.fields.iter().map(|field| field.name.as_str());
    let is_number = |name: &&str| rating(name).is_some() && name.len() < 5;
    let is_long = |name: &&str| name.chars().count() > LONGEST_NAME;
    let is_value = |field: &&FieldSample| {
        field.name.len() > 1 && field.values.iter().any(|value| value.trim() == field.name)
    };
    let is_repeated = || {
        found
            .fields
            .iter()
            .find(is_value)
            .map(|field| field.name.as_str())
    };
    names()
        .find(is_long)
        .or_else(|| names().find(is_number))
        .or_else(is_repeated)
}

/// Returns the first cell of the last row if this row seems to be a total; `None` unless the whole file was seen.
fn total(rows: &[Row]) -> Option<&str> {
    const WORDS: [&str; 8] = [
        "total",
        "totals",
        "grand total",
        "sum",
        "summe",
        "gesamt",
        "total général",
        "suma",
    ];
    let last = rows.last().filter(|_| rows.len() < PREVIEW_ROWS)?;
    let first = last.record.fields().values().next()?.as_str()?;
    let word = first.trim().trim_end_matches(':').to_lowercase();
    WORDS.contains(&word.as_str()).then_some(first)
}
