//! Rows of a table that are not data: titles above the header, and descriptions below it.

use feedback_dataset::read::{Format, ReadError, ReadOptions};
use feedback_dataset::record::Row;
use serde_json::Value;

use crate::contents::FileFormat;
use crate::limits::Limits;
use crate::preview::fields::FieldSample;
use crate::preview::look::{Named, PREVIEW_ROWS, Preview, look};
use crate::preview::roles::is_usual_for_texts;
use crate::preview::values::rating;

/// The header is searched in this many lines.
const MAX_TITLE_LINES: usize = 10;
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
    if is_default && is_delimited && is_title(&found) {
        for skip_rows in 1..=MAX_TITLE_LINES {
            let mut candidate = options.clone();
            candidate.skip_rows = skip_rows;
            let Ok(below) = look(file, &candidate, limits, PREVIEW_ROWS) else {
                break;
            };
            if !is_title(&below) && !below.rows.is_empty() && below.fields.iter().all(is_name) {
                notes.push(match skip_rows {
                    1 => "the first line is a title and is not read (`skip_rows`)".to_owned(),
                    n => format!("the first {n} lines are titles and are not read (`skip_rows`)"),
                });
                (*options, found) = (candidate, below);
                break;
            }
        }
    }
    let descriptions = descriptions(&found.rows);
    if is_default && options.skip_after_header == 0 && descriptions > 0 {
        notes.push(match descriptions {
            1 => "the row below the header of this survey repeats the questions and is not read".to_owned(),
            n => {
                format!("the {n} rows below the header of this survey repeat the questions and are not read")
            }
        });
        options.skip_after_header = descriptions;
        found = look(file, options, limits, PREVIEW_ROWS)?;
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

/// Whether a field has a name as people give them: a row of data has numbers and sentences.
fn is_name(field: &FieldSample) -> bool {
    let begins_with_digit = field.name.starts_with(|first: char| first.is_ascii_digit());
    !begins_with_digit && field.name.chars().count() <= LONGEST_NAME
}

/// Whether the header is a title: it names at most one of several columns, or it names one column although most rows have more
/// fields.
fn is_title(found: &Preview) -> bool {
    let is_generated = |name: &str| name.starts_with("column ");
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
