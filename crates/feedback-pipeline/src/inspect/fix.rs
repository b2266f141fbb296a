//! What can be mended goes into a new file; the input stays as it is.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use feedback_dataset::{
    CsvWriter, Dataset, Format, JsonlWriter, Record, WriteError, atomic_write, mask_personal_data,
};

use crate::{Error, Result};

use super::report::FixSummary;

/// Which of equal texts count as duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropDuplicates {
    /// Equal ones.
    Exact,
    /// Equal ones after normalising.
    Normalised,
    /// Nearly equal ones.
    Near,
}

/// Something that is to be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fix {
    /// Give labels that differ only in case or white space their most frequent spelling.
    MergeLabels,
    /// Leave out equal texts with different labels, all of them.
    DropConflicts,
    /// Leave out rows whose text, normalised, stands in a file that was compared with.
    DropLeaked,
    /// Leave out rows whose label is likely wrong.
    DropLabelErrors,
    /// Of duplicates keep the first.
    DropDuplicates(DropDuplicates),
    /// Replace personal data in the text by `[email]`, `[phone]`, `[card]`, `[iban]`.
    MaskPersonalData,
}

/// Where the mended rows go, and what is to be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixOptions {
    /// The new file; its ending says the format.
    pub output: PathBuf,
    /// What is to be mended.
    pub fixes: Vec<Fix>,
}

impl FixOptions {
    pub(super) fn has(&self, fix: Fix) -> bool {
        self.fixes.contains(&fix)
    }
}

/// The rows that findings are about, as indices.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) conflicts: Vec<usize>,
    pub(super) leaked: Vec<usize>,
    pub(super) label_errors: Vec<usize>,
    pub(super) exact: Vec<usize>,
    pub(super) normalised: Vec<usize>,
    pub(super) near: Vec<usize>,
}

/// Refuses a place where something stands that must not be lost.
pub(super) fn check_place(output: &Path, force: bool, read: &[&Path]) -> Result<()> {
    if Format::from_path(output).is_none_or(|format| format == Format::Lines) {
        return Err(Error::Files {
            reason: format!(
                "`{}` cannot be written: its ending names no format with fields",
                output.display()
            ),
            hint: "use one of the endings .jsonl, .csv, .tsv".into(),
        });
    }
    let Ok(place) = fs_err::canonicalize(output) else {
        return Ok(()); // nothing stands there
    };
    let is_read = |path: &&&Path| fs_err::canonicalize(**path).is_ok_and(|path| path == place);
    if let Some(path) = read.iter().find(is_read) {
        return Err(Error::Files {
            reason: format!("`{}` is read here and never written over", path.display()),
            hint: "name another output file".into(),
        });
    }
    if !force {
        return Err(feedback_dataset::error::WriteError::Exists {
            paths: vec![output.to_owned()],
        }
        .into());
    }
    Ok(())
}

/// Writes what is left of the data set.
pub(super) fn write(dataset: &Dataset, found: &Found, options: &FixOptions) -> Result<FixSummary> {
    let mut summary = FixSummary {
        file: options.output.clone(),
        ..FixSummary::default()
    };
    let kept = kept_rows(dataset, found, options, &mut summary);
    let mut records: Vec<Record> = kept.iter().map(|&row| dataset.rows[row].record.clone()).collect();
    if options.has(Fix::MaskPersonalData) {
        summary.masked = records.iter_mut().map(mask).filter(|masked| *masked).count();
    }
    if records.is_empty() {
        return Err(Error::Files {
            reason: format!("nothing is left of `{}`", dataset.path.display()),
            hint: "ask for fewer fixes".into(),
        });
    }
    summary.rows = records.len();
    summary.emptied_labels = emptied_labels(dataset, &records);
    let format = Format::from_path(&options.output);
    atomic_write(&options.output, |writer| match format {
        Some(Format::Csv) => write_table(writer, b',', &records),
        Some(Format::Tsv) => write_table(writer, b'\t', &records),
        _ => {
            let mut writer = JsonlWriter::new(writer);
            Ok(records.iter().try_for_each(|record| writer.write(record))?)
        }
    })?;
    Ok(summary)
}

/// Each row that goes is counted once, by the first fix that takes it.
fn kept_rows(dataset: &Dataset, found: &Found, options: &FixOptions, summary: &mut FixSummary) -> Vec<usize> {
    let mut keep = vec![true; dataset.len()];
    let mut drop = |rows: &[usize]| {
        rows.iter()
            .filter(|&&row| std::mem::replace(&mut keep[row], false))
            .count()
    };
    if options.has(Fix::DropConflicts) {
        summary.dropped_conflicts = drop(&found.conflicts);
    }
    if options.has(Fix::DropLeaked) {
        summary.dropped_leaked = drop(&found.leaked);
    }
    if options.has(Fix::DropLabelErrors) {
        summary.dropped_label_errors = drop(&found.label_errors);
    }
    for fix in &options.fixes {
        let Fix::DropDuplicates(kind) = fix else { continue };
        let groups = match kind {
            DropDuplicates::Exact => &found.exact,
            DropDuplicates::Normalised => &found.normalised,
            DropDuplicates::Near => &found.near,
        };
        let mut seen = HashSet::new();
        for (row, &group) in groups.iter().enumerate() {
            if keep[row] && !seen.insert(group) {
                keep[row] = false;
                summary.dropped_duplicates += 1;
            }
        }
    }
    (0..dataset.len()).filter(|&row| keep[row]).collect()
}

fn mask(record: &mut Record) -> bool {
    let masked = mask_personal_data(record.text()).into_owned();
    let changed = masked != record.text();
    if changed {
        record.set(record.text_field().to_owned(), masked);
    }
    changed
}

fn emptied_labels(dataset: &Dataset, kept: &[Record]) -> Vec<String> {
    let left: HashSet<&str> = kept.iter().filter_map(Record::label).collect();
    let mut gone: Vec<String> = Vec::new();
    for label in dataset.rows.iter().filter_map(|row| row.record.label()) {
        if !left.contains(label) && !gone.iter().any(|name| name == label) {
            gone.push(label.to_owned());
        }
    }
    gone
}

fn write_table(
    writer: &mut dyn Write,
    delimiter: u8,
    records: &[Record],
) -> std::result::Result<(), WriteError> {
    let mut columns: Vec<&String> = Vec::new();
    let mut seen = HashSet::new();
    for name in records.iter().flat_map(|record| record.fields().keys()) {
        if seen.insert(name) {
            columns.push(name);
        }
    }
    let mut table = CsvWriter::new(writer, delimiter, columns)?;
    records.iter().try_for_each(|record| table.write(record))?;
    table.finish()?;
    Ok(())
}
