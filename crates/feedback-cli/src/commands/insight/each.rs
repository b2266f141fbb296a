//! A report for each segment of a field.

use std::collections::BTreeMap;
use std::path::Path;

use feedback_report::{Report, ReportOptions};

use super::rows::Rows;
use super::sheet::Sheet;
use crate::exit::UsageError;
use crate::output;

/// Number of values without a report that are named.
const NAMED: usize = 10;

/// Checks that a field divides the texts.
///
/// # Errors
///
/// There is no such field of texts.
pub(super) fn check(rows: &Rows, field: &str) -> Result<(), UsageError> {
    match rows.has_field(field) {
        true => Ok(()),
        false => Err(UsageError(format!(
            "`--each` is `{field}`, which is no field that describes the texts\nhint: `inspect` lists the fields of a file"
        ))),
    }
}

/// Writes a report for each value of a field into a folder of its own, about the same periods as the report of all texts. Values with
/// too few texts get none, which is said.
///
/// # Errors
///
/// A file cannot be written.
pub(super) fn write(
    (rows, sheet): (&Rows, &Sheet<'_>),
    field: &str,
    whole: &Report,
    options: &ReportOptions,
    folder: &Path,
) -> anyhow::Result<()> {
    let values = rows.values_of(field)?;
    let mut segments: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, value) in values.iter().enumerate() {
        segments.entry(value.trim()).or_default().push(row);
    }
    let options = of_segment(whole, options, field);
    let mut small = Vec::new();
    let mut names = Vec::new();
    for (value, rows) in segments {
        let shown = if value.is_empty() { "(no value)" } else { value };
        if rows.len() < options.min_rows {
            small.push(format!("{shown} ({})", rows.len()));
            continue;
        }
        let report = sheet.select(&rows).report(&options)?;
        let place = folder.join(file_name(field, value, &mut names));
        fs_err::create_dir_all(&place)?;
        report.write(&place)?;
        let path = place.join("insight.html");
        output::message(format_args!(
            "{field} {shown}: {} {}",
            report.summary,
            path.display()
        ));
    }
    if !small.is_empty() {
        output::message(format_args!(
            "no report of {field} with fewer than {} texts: {}",
            options.min_rows,
            listed(&small)
        ));
    }
    Ok(())
}

/// The first names, and how many more there are.
fn listed(names: &[String]) -> String {
    let first = names
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// The options of the whole, with its periods, and without the field by which it is divided.
fn of_segment(whole: &Report, options: &ReportOptions, field: &str) -> ReportOptions {
    let mut options = options.clone();
    // The sample was drawn from all texts.
    options.audits = None;
    if let Some(periods) = &whole.periods {
        options.period = Some(periods.length);
        options.until = Some(periods.current.last.clone());
    }
    if let Some(by) = &mut options.by {
        by.retain(|name| name != field);
    }
    options
}

/// A name of a folder with letters, digits and `-` only, unlike those before.
fn file_name(field: &str, value: &str, names: &mut Vec<String>) -> String {
    let kept = |c: char| {
        if c.is_alphanumeric() {
            c.to_lowercase().collect()
        } else {
            "-".to_owned()
        }
    };
    let text: String = format!("{field}-{value}").chars().map(kept).collect();
    let parts: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
    let short: String = parts.join("-").chars().take(60).collect();
    let mut name = short.clone();
    let mut number = 2;
    while names.contains(&name) {
        name = format!("{short}-{number}");
        number += 1;
    }
    names.push(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_have_plain_and_different_names() {
        let mut names = Vec::new();
        let mut name = |value: &str| file_name("App version", value, &mut names);
        assert_eq!(name("4.2"), "app-version-4-2");
        assert_eq!(name("4-2"), "app-version-4-2-2");
        assert_eq!(name("../../etc"), "app-version-etc");
        assert_eq!(name(""), "app-version");
        assert_eq!(name(&"x".repeat(99)).chars().count(), 60);
        assert_eq!(name("Österreich"), "app-version-österreich");
    }
}
