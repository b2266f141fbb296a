//! Writes a repaired copy of the data to a new file; the input is not changed.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use feedback_clean::Cleaning;
use feedback_dataset::read::Format;
use feedback_dataset::write::{CsvWriter, JsonlWriter};
use feedback_dataset::{Dataset, Record};
use feedback_files::AtomicFile;
use feedback_formats::write::TableStyle;

use crate::duplicates::DuplicateGroups;
use crate::error::{Error, Result};
use crate::findings::FixSummary;

/// Which texts count as duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropDuplicates {
    /// Equal texts.
    Exact,
    /// Texts that are equal after normalising.
    Normalised,
    /// Texts that are nearly equal.
    Near,
}

/// One kind of fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fix {
    /// Replace labels that probably mean the same ([`LabelHealth::variants`](crate::LabelHealth::variants)) by the most frequent
    /// spelling.
    MergeLabels,
    /// Leave out all rows whose text occurs with different labels. Texts are compared after normalising.
    DropConflicts,
    /// Leave out rows whose normalised text occurs in a file of [`InspectOptions::against`](crate::InspectOptions::against).
    DropLeaked,
    /// Leave out rows whose label is likely wrong.
    DropLabelErrors,
    /// Keep only the first row of each group of duplicates.
    DropDuplicates(DropDuplicates),
    /// Clean texts.
    Clean(Cleaning),
}

/// Where to write the repaired rows, and what to fix.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FixOptions {
    /// The new file; its extension determines the format.
    pub output: PathBuf,
    /// The fixes to apply. List each fix at most once.
    pub fixes: Vec<Fix>,
}

impl FixOptions {
    /// Applies these fixes and writes the rows to `output`.
    pub fn new(output: PathBuf, fixes: Vec<Fix>) -> Self {
        Self { output, fixes }
    }

    pub(crate) fn has(&self, fix: Fix) -> bool {
        self.fixes.contains(&fix)
    }
}

/// The rows that fixes can leave out, as row indices, and the duplicate groups.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) conflicts: Vec<usize>,
    pub(crate) leaked: Vec<usize>,
    pub(crate) label_errors: Vec<usize>,
    pub(crate) groups: DuplicateGroups,
}

/// Refuses an output path with an unsupported format, the path of an input (`read`), and, unless `force` is true, the path of any
/// file that exists.
pub(crate) fn check_output(output: &Path, force: bool, read: &[&Path]) -> Result<()> {
    let path = || output.to_owned();
    if Format::from_path(output).is_none_or(|format| format == Format::Lines) {
        return Err(Error::OutputFormat { path: path() });
    }
    let Ok(existing) = fs_err::canonicalize(output) else {
        return Ok(()); // there is no such file
    };
    let is_read = |path: &&Path| fs_err::canonicalize(*path).is_ok_and(|path| path == existing);
    if read.iter().any(is_read) {
        return Err(Error::OutputIsInput { path: path() });
    }
    match force {
        true => Ok(()),
        false => Err(Error::OutputExists { path: path() }),
    }
}

/// Applies the fixes and writes the rows that remain.
pub(crate) fn write(
    dataset: &Dataset,
    found: &Found,
    options: &FixOptions,
    style: &TableStyle,
) -> Result<FixSummary> {
    let mut summary = FixSummary {
        file: options.output.clone(),
        ..FixSummary::default()
    };
    let kept = kept_rows(dataset, found, options, &mut summary);
    let mut records: Vec<Record> = kept.iter().map(|&row| dataset.rows[row].record.clone()).collect();
    for fix in &options.fixes {
        let Fix::Clean(cleaning) = fix else { continue };
        let cleaned = records.iter_mut().map(|record| clean(record, *cleaning));
        summary.cleaned += cleaned.filter(|cleaned| *cleaned).count();
    }
    if records.is_empty() {
        return Err(Error::NothingLeft {
            path: dataset.path.clone(),
        });
    }
    summary.rows = records.len();
    summary.emptied_labels = emptied_labels(dataset, &records);
    let format = Format::from_path(&options.output);
    let mut file = AtomicFile::create(&options.output)?;
    match format {
        Some(format @ (Format::Csv | Format::Tsv)) => {
            if style.byte_order_mark {
                file.write_all("\u{feff}".as_bytes())?;
            }
            let delimiter = if format == Format::Tsv {
                b'\t'
            } else {
                style.delimiter
            };
            write_table(&mut file, delimiter, &records)?;
        }
        _ => {
            let mut writer = JsonlWriter::new(&mut file);
            records.iter().try_for_each(|record| writer.write(record))?;
        }
    }
    file.commit()?;
    Ok(summary)
}

/// Returns the rows that no fix drops. Each dropped row is counted only for the first fix that drops it.
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
            DropDuplicates::Exact => &found.groups.exact,
            DropDuplicates::Normalised => &found.groups.normalised,
            DropDuplicates::Near => &found.groups.near,
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

fn clean(record: &mut Record, cleaning: Cleaning) -> bool {
    let cleaned = cleaning.changed(record.text());
    let is_changed = cleaned.is_some();
    if let Some(text) = cleaned {
        record.set(record.text_field().to_owned(), text);
    }
    is_changed
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

fn write_table(writer: &mut dyn Write, delimiter: u8, records: &[Record]) -> Result<()> {
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
