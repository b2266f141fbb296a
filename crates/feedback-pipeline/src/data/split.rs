//! The recipe behind `split`: splits one file into three and writes a manifest.

use std::path::{Path, PathBuf};

use feedback_clean::Cleaning;
use feedback_dataset::duplicates::{DuplicateKind, NearOptions, duplicate_groups, group_near_duplicates};
use feedback_dataset::groups::{groups_by_field, join_groups};
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_dataset::record::Row;
use feedback_dataset::split::{SplitOptions, split_dataset};
use feedback_dataset::write::{SplitManifest, SplitManifestInfo, WriteOutcome, write_split};
use feedback_dataset::{Dataset, LabelSet};
use serde::Serialize;

use crate::data::examples::{clean_texts, read_labelled};
use crate::data::rare::RareLabelOptions;
use crate::data::time::{TimedParts, split_by_time};
use crate::data::unused::UnusedRow;
use crate::error::{DataError, Error, Result};

/// How to split a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SplitFileOptions {
    /// Sizes and seed.
    pub split: SplitOptions,
    /// Divide rows by the dates in this field, the latest for test, instead of drawing them.
    pub by_time: Option<String>,
    /// Keep rows with the same value in this field together.
    pub group_by: Option<String>,
    /// Whether to keep near-duplicates together as well.
    pub group_near_duplicates: bool,
    /// The labels in the order of their class ids; `None` for the labels of the data in the default order.
    pub labels: Option<Vec<String>>,
    /// What to do with labels that have few rows; by default, all are used.
    pub rare: RareLabelOptions,
    /// How the input is read.
    pub read: ReadOptions,
    /// What is cleaned in the texts before duplicates are found and rows are written; nothing by default.
    pub cleaning: Cleaning,
    /// What to do about unusable rows.
    pub on_bad_row: OnBadRow,
    /// Whether existing files in the folder may be overwritten.
    pub force: bool,
}

impl Default for SplitFileOptions {
    /// Returns options for 70 % training, 10 % validation and 20 % test. Duplicates stay together; unusable rows are errors.
    fn default() -> Self {
        Self {
            split: SplitOptions::default(),
            by_time: None,
            group_by: None,
            group_near_duplicates: false,
            labels: None,
            rare: RareLabelOptions::default(),
            read: ReadOptions::default(),
            cleaning: Cleaning::default(),
            on_bad_row: OnBadRow::Fail,
            force: false,
        }
    }
}

impl SplitFileOptions {
    /// Adds to a manifest how rows were grouped, and how they were divided by their dates.
    #[must_use]
    pub fn add_to_manifest(&self, mut info: SplitManifestInfo, timed: &TimedParts) -> SplitManifestInfo {
        if let Some(field) = &self.group_by {
            info = info.with("group_by", field.as_str());
        }
        if self.group_near_duplicates {
            info = info.with("group_near_duplicates", true);
        }
        if let Some(field) = &self.by_time {
            info = info.with("split_by_time", field.as_str());
            if let Some(order) = self.read.date_order {
                info = info.with("date_order", order.to_string());
            }
            info = info.with("undated", timed.undated);
            if timed.overlapping > 0 {
                info = info.with("overlapping", timed.overlapping);
            }
        }
        if let Some(min) = self.rare.min_label_count {
            info = info.with("min_label_count", min);
            info = info.with("rare_label", self.rare.rare_label.clone());
        }
        info
    }
}

/// The result of a split.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SplitSummary {
    /// True if the folder already contained exactly the same files.
    pub unchanged: bool,
    /// The folder of the three files.
    pub output_dir: PathBuf,
    /// The manifest of the split.
    pub manifest: SplitManifest,
    /// Number of unusable input rows, which were left out.
    pub set_aside: usize,
    /// These rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unused_rows: Vec<UnusedRow>,
    /// Number of rows whose text was cleaned.
    #[serde(skip_serializing_if = "is_zero")]
    pub cleaned: usize,
    /// The labels with too few rows, with their numbers of rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rare: Vec<(String, usize)>,
    /// Number of rows without a date, which are in training, if rows were divided by their dates.
    #[serde(skip_serializing_if = "is_zero")]
    pub undated: usize,
    /// Number of rows that are later than the first row of a later part, because an earlier row of their group decides where they are.
    #[serde(skip_serializing_if = "is_zero")]
    pub overlapping: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl SplitSummary {
    /// Creates the summary of a split without cleaning, rare labels and times.
    pub fn new(
        unchanged: bool,
        output_dir: PathBuf,
        manifest: SplitManifest,
        unused_rows: Vec<UnusedRow>,
    ) -> Self {
        Self {
            unchanged,
            output_dir,
            manifest,
            set_aside: unused_rows.len(),
            unused_rows,
            cleaned: 0,
            rare: Vec::new(),
            undated: 0,
            overlapping: 0,
        }
    }
}

/// Splits `input` into `train.jsonl`, `validation.jsonl`, `test.jsonl` and `manifest.json` in `output_dir`.
///
/// Rows whose texts are equal after normalising are always in the same file.
///
/// # Errors
///
/// The input cannot be read ([`Error::Data`]), a label has too few rows or a size cannot be met
/// ([`Error::DataSets`]), or existing files would be overwritten.
pub fn split_file(input: &Path, output_dir: &Path, options: &SplitFileOptions) -> Result<SplitSummary> {
    let mut dataset = read_labelled(input, &options.read, options.on_bad_row)?;
    let cleaned = clean_texts(&mut dataset, options.cleaning);
    let (mut summary, _) = split_into(dataset, output_dir, options)?;
    summary.cleaned = cleaned;
    Ok(summary)
}

/// Splits rows that are read and cleaned, writes the files, and also returns the training, validation and test sets, exactly as
/// reading the files would.
pub(crate) fn split_into(
    mut dataset: Dataset,
    output_dir: &Path,
    options: &SplitFileOptions,
) -> Result<(SplitSummary, [Dataset; 3])> {
    let rare = options.rare.apply(&mut dataset);
    options.rare.require_some(&dataset, &rare)?;
    let labels = label_set(&dataset, options.labels.as_deref())?;
    let groups = groups(
        &dataset,
        options.group_by.as_deref(),
        options.group_near_duplicates,
    )?;
    let timed = match &options.by_time {
        Some(field) => split_by_time(
            &dataset,
            (field, options.read.date_order),
            &groups,
            &options.split,
        )?,
        None => {
            let split = split_dataset(&dataset, &labels, &groups, &options.split);
            TimedParts {
                parts: split.map_err(|error| add_location(error, &dataset))?,
                ..TimedParts::default()
            }
        }
    };
    let indices = &timed.parts;
    let info = options.add_to_manifest(SplitManifestInfo::new(options.split, &labels), &timed);
    let outcome = write_split(&dataset, indices, output_dir, &info, options.force)?;
    let unchanged = outcome == WriteOutcome::Unchanged;
    let manifest = SplitManifest::read(output_dir)?;
    let mut summary = SplitSummary::new(
        unchanged,
        output_dir.to_owned(),
        manifest,
        UnusedRow::of(&dataset),
    );
    summary.rare = rare;
    (summary.undated, summary.overlapping) = (timed.undated, timed.overlapping);
    let part = |name: &str, rows: &[usize]| part(&dataset, rows, output_dir.join(name));
    let parts = [
        part("train.jsonl", &indices.train),
        part("validation.jsonl", &indices.validation),
        part("test.jsonl", &indices.test),
    ];
    Ok((summary, parts))
}

/// Returns the given rows of a data set, with the line numbers and offsets that they have in the new file `path`.
fn part(dataset: &Dataset, rows: &[usize], path: PathBuf) -> Dataset {
    let mut offset = 0;
    let rows = rows.iter().zip(1..).map(|(&row, line)| {
        let record = dataset.rows[row].record.clone();
        let begin = offset;
        offset += record.to_json().len() as u64 + 1;
        Row {
            record,
            line,
            offset: begin,
        }
    });
    Dataset {
        rows: rows.collect(),
        path,
        set_aside: Vec::new(),
    }
}

/// Returns the given labels, or else the labels of the data in the default order.
///
/// # Errors
///
/// A given label occurs twice or is empty, or the data have no label.
pub fn label_set(dataset: &Dataset, given: Option<&[String]>) -> Result<LabelSet> {
    match given {
        Some(names) => LabelSet::new(names.to_vec()).map_err(Error::Labels),
        None => Ok(LabelSet::from_dataset(dataset)?),
    }
}

/// Adds the file and the line to an error of the splitter, which does not know them.
fn add_location(error: feedback_dataset::Error, dataset: &Dataset) -> Error {
    use feedback_dataset::Error::Split;
    use feedback_dataset::error::SplitError::{EmptyPart, SingleExample, Size};
    let path = dataset.path.clone();
    match error {
        Split(SingleExample { classes }) if classes.iter().all(|class| class.label.is_some()) => {
            let named = classes
                .into_iter()
                .filter_map(|class| Some((class.label?, class.rows)));
            let labels: Vec<(String, usize)> = named.collect();
            let is_first = |label: Option<&str>| {
                labels
                    .first()
                    .is_some_and(|(first, _)| label == Some(first.as_str()))
            };
            let example = dataset.rows.iter().find(|row| is_first(row.record.label()));
            DataError::RareLabels {
                path,
                line: example.map_or(0, |row| row.line),
                labels,
            }
            .into()
        }
        Split(source @ (Size { .. } | EmptyPart { .. })) => DataError::Split { path, source }.into(),
        other => other.into(),
    }
}

/// Returns the group of each row. A split keeps a group together: texts that are equal after normalising and, on request,
/// near-duplicates and rows with equal values in a field.
///
/// # Errors
///
/// [`DataError::NoGroupField`] if no row has the field.
pub fn groups(dataset: &Dataset, group_by: Option<&str>, near: bool) -> Result<Vec<usize>> {
    let texts = dataset.texts();
    let duplicates = if near {
        group_near_duplicates(&texts, &NearOptions::default()) // includes texts that are equal after normalising
    } else {
        duplicate_groups(texts, DuplicateKind::Normalised)
    };
    let Some(field) = group_by else {
        return Ok(duplicates);
    };
    if dataset.rows.iter().all(|row| row.record.get(field).is_none()) {
        return Err(DataError::NoGroupField {
            path: dataset.path.clone(),
            field: field.to_owned(),
        }
        .into());
    }
    let by_field = groups_by_field(&dataset.rows, field);
    Ok(join_groups(&[&duplicates, &by_field])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_memory_equal_the_written_files() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in.csv");
        let rows: String = (0..40)
            .map(|row| format!("{row},\"page {row}, “crashes”\",{}\n", ["bug", "praise"][row % 2]))
            .collect();
        fs_err::write(&input, format!("id,body,kind\n{rows}")).unwrap();
        let options = SplitFileOptions {
            read: ReadOptions::with_fields("body", "kind"),
            ..SplitFileOptions::default()
        };
        let dataset = read_labelled(&input, &options.read, OnBadRow::Fail).unwrap();
        let (_, parts) = split_into(dataset, &folder.path().join("parts"), &options).unwrap();
        for part in parts {
            let file = read_labelled(&part.path, &options.read, OnBadRow::Fail).unwrap();
            assert_eq!(part, file);
        }
    }
}
