//! The recipe behind `split`: one file in, three files and a manifest out.

use std::path::{Path, PathBuf};

use feedback_dataset::{
    Dataset, DuplicateKind, DuplicateSummary, LabelSet, NearOptions, OnBadRow, ReadOptions, SplitManifest,
    SplitManifestInfo, SplitOptions, WriteOutcome, duplicate_groups, group_near_duplicates, groups_by_field,
    join_groups, split_dataset, write_split,
};
use serde::Serialize;

use crate::{Error, Result, read_labelled};

/// How a file is to be split.
#[derive(Debug, Clone)]
pub struct SplitFileOptions {
    /// Sizes and seed.
    pub split: SplitOptions,
    /// Rows with the same value in this field stay together.
    pub group_by: Option<String>,
    /// Whether texts that are nearly the same stay together, too.
    pub group_near_duplicates: bool,
    /// The labels in the order wanted, instead of the rule's.
    pub labels: Option<Vec<String>>,
    /// How the input is read.
    pub read: ReadOptions,
    /// What to do about rows that cannot be used.
    pub on_bad_row: OnBadRow,
    /// Whether other files that stand in the folder may be replaced.
    pub force: bool,
}

/// What a split did.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SplitSummary {
    /// True where the same files stood there already.
    pub unchanged: bool,
    /// The folder.
    pub output_dir: PathBuf,
    /// What was written.
    pub manifest: SplitManifest,
    /// Rows of the input that were set aside.
    pub set_aside: usize,
}

/// Splits `input` into `train.jsonl`, `validation.jsonl`, `test.jsonl` and `manifest.json` in `output_dir`.
///
/// Rows whose texts are equal after normalising never stand in different files.
///
/// # Errors
///
/// [`Error::Data`]: the input cannot be read, a label has too few rows, sizes cannot be met, or other files stand
/// in the way.
pub fn split_file(input: &Path, output_dir: &Path, options: &SplitFileOptions) -> Result<SplitSummary> {
    let dataset = read_labelled(input, &options.read, options.on_bad_row)?;
    let labels = label_set(&dataset, options.labels.as_deref())?;
    let groups = groups(
        &dataset,
        options.group_by.as_deref(),
        options.group_near_duplicates,
    )?;
    let indices = split_dataset(&dataset, &labels, &groups, &options.split)
        .map_err(|error| name_place(error, &dataset))?;
    let mut info = SplitManifestInfo::new(options.split, &labels);
    if let Some(field) = &options.group_by {
        info = info.with("group_by", field.as_str());
    }
    if options.group_near_duplicates {
        info = info.with("group_near_duplicates", true);
    }
    let outcome = write_split(&dataset, &indices, output_dir, &info, options.force)?;
    Ok(SplitSummary {
        unchanged: outcome == WriteOutcome::Unchanged,
        output_dir: output_dir.to_owned(),
        manifest: SplitManifest::read(output_dir)?,
        set_aside: dataset.set_aside.len(),
    })
}

/// The labels given, or those of the data by the rule for training labels.
pub(crate) fn label_set(dataset: &Dataset, given: Option<&[String]>) -> Result<LabelSet> {
    match given {
        Some(names) => LabelSet::new(names.to_vec()).map_err(Error::Labels),
        None => Ok(LabelSet::from_dataset(dataset)?),
    }
}

/// The splitter knows class ids only; a person wants the file and the line.
fn name_place(error: feedback_dataset::Error, dataset: &Dataset) -> Error {
    use feedback_dataset::Error::Split;
    use feedback_dataset::error::SplitError::{SingleExample, Size};
    let path = dataset.path.display();
    match error {
        Split(SingleExample {
            label: Some(label),
            rows,
            ..
        }) => {
            let first = dataset
                .rows
                .iter()
                .find(|row| row.record.label() == Some(label.as_str()));
            let line = first.map_or(0, |row| row.line);
            let found = match rows {
                1 => "a single example".to_owned(),
                _ => format!("{rows} examples that are one text or one group"),
            };
            Error::Files {
                reason: format!(
                    "`{path}`, line {line}: the label `{label}` has {found}, a split needs at least two"
                ),
                hint: "add examples, give it another label, or leave it out".into(),
            }
        }
        Split(error @ Size { .. }) => Error::Files {
            reason: format!("`{path}`: {error}"),
            hint: error.hint().unwrap_or_default(),
        },
        other => other.into(),
    }
}

/// Groups that a split must not tear: normalised duplicates and, if asked for, near ones and equal values of a field.
pub(crate) fn groups(dataset: &Dataset, group_by: Option<&str>, near: bool) -> Result<Vec<usize>> {
    let texts = dataset.texts();
    let duplicates = if near {
        group_near_duplicates(&texts, &NearOptions::default()) // normalised ones among them
    } else {
        duplicate_groups(texts, DuplicateKind::Normalised)
    };
    let Some(field) = group_by else {
        return Ok(duplicates);
    };
    if dataset.rows.iter().all(|row| row.record.get(field).is_none()) {
        return Err(Error::Files {
            reason: format!("no row of `{}` has the field `{field}`", dataset.path.display()),
            hint: "check the name of the field to group by (`group_by`)".into(),
        });
    }
    let by_field = groups_by_field(&dataset.rows, field);
    Ok(join_groups(&[&duplicates, &by_field])?)
}

/// How many texts of a data set stand more than once.
pub fn duplicate_summary(dataset: &Dataset) -> DuplicateSummary {
    DuplicateSummary::of(dataset.texts())
}
