//! Splits a file of texts with any number of labels.

use std::path::Path;

use feedback_dataset::record::Row;
use feedback_dataset::split::{SplitIndices, multi_label_split};
use feedback_dataset::write::{SplitManifest, SplitManifestInfo, WriteOutcome, write_split};
use feedback_dataset::{Dataset, LabelSet};
use feedback_pipeline::data::{
    LabelLayout, SplitFileOptions, SplitSummary, TimedParts, clean_texts, groups, split_by_time,
};

use crate::error::{Error, Result};
use crate::rare::RareLabelLists;
use crate::read::{LabelLists, read_label_lists};

/// A split file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MultiLabelSplit {
    /// What was written.
    pub summary: SplitSummary,
    /// The labels.
    pub labels: LabelSet,
    /// The training, validation and test texts, exactly as reading the files would return them.
    pub parts: [LabelLists; 3],
    /// Number of rows that were joined with an earlier row of the same text.
    pub joined: usize,
    /// The labels with too few texts.
    pub rare: RareLabelLists,
}

/// Splits `input` into `train.jsonl`, `validation.jsonl`, `test.jsonl` and `manifest.json` in `output_dir`, so that every label has
/// its share in each part (iterative stratification).
///
/// Texts that are equal after normalising are always in the same file. In these files, each text is one row, and the label field is
/// the list of its labels, whatever the layout of the input.
///
/// # Errors
///
/// The errors of [`read_label_lists`]; a size cannot be met; [`Error::NotTrained`] if all texts with a label are in other parts; or
/// existing files would be overwritten.
pub fn split_file(
    input: &Path,
    output_dir: &Path,
    options: &SplitFileOptions,
    layout: &LabelLayout,
) -> Result<MultiLabelSplit> {
    let mut lists = read_label_lists(input, &options.read, layout, options.on_bad_row)?;
    let cleaned = clean_texts(&mut lists.dataset, options.cleaning);
    let mut split = split_lists(lists, output_dir, options)?;
    split.summary.cleaned = cleaned;
    Ok(split)
}

/// Splits texts that are read and cleaned.
pub(crate) fn split_lists(
    mut lists: LabelLists,
    output_dir: &Path,
    options: &SplitFileOptions,
) -> Result<MultiLabelSplit> {
    let rare = lists.treat_rare_labels(&options.rare)?;
    let labels = label_set(&lists, options.labels.as_deref())?;
    let ids = lists.encode(&labels)?;
    let groups = groups(
        &lists.dataset,
        options.group_by.as_deref(),
        options.group_near_duplicates,
    )?;
    let mut timed = TimedParts::default();
    match &options.by_time {
        Some(field) => {
            let by = (field.as_str(), options.read.date_order);
            timed = split_by_time(&lists.dataset, by, &groups, &options.split)?;
        }
        None => timed.parts = multi_label_split(&ids, &groups, &options.split)?,
    }
    let indices = &timed.parts;
    require_all_trained(&lists.dataset.path, &labels, &ids, indices)?;
    let info = options.add_to_manifest(SplitManifestInfo::new(options.split, &labels), &timed);
    let mut info = info.with("task", "multi_label");
    info.set_aside = lists.unread.len();
    if rare.left_out > 0 {
        info = info.with("texts_of_rare_labels", rare.left_out);
    }
    let outcome = write_split(&lists.dataset, indices, output_dir, &info, options.force)?;
    let part = |name: &str, rows: &[usize]| part(&lists, rows, &output_dir.join(name));
    let mut summary = SplitSummary::new(
        outcome == WriteOutcome::Unchanged,
        output_dir.to_owned(),
        SplitManifest::read(output_dir)?,
        lists.unused_rows(),
    );
    (summary.undated, summary.overlapping) = (timed.undated, timed.overlapping);
    summary.rare = rare.pairs();
    Ok(MultiLabelSplit {
        summary,
        parts: [
            part("train.jsonl", &indices.train),
            part("validation.jsonl", &indices.validation),
            part("test.jsonl", &indices.test),
        ],
        labels,
        joined: lists.joined,
        rare,
    })
}

/// Returns the given labels, or else those that occur.
pub(crate) fn label_set(lists: &LabelLists, given: Option<&[String]>) -> Result<LabelSet> {
    match given {
        None if lists.names.iter().all(Vec::is_empty) => Err(Error::NoLabels {
            path: lists.dataset.path.clone(),
        }),
        Some(names) => Ok(LabelSet::new(names.to_vec()).map_err(feedback_pipeline::Error::Labels)?),
        None => Ok(LabelSet::from_training_labels(lists.names.iter().flatten())?),
    }
}

/// Refuses a split in which a label of the file has no training text, because the model would not learn this label.
fn require_all_trained(
    input: &Path,
    labels: &LabelSet,
    ids: &[Vec<usize>],
    indices: &SplitIndices,
) -> Result<()> {
    let count = |rows: &mut dyn Iterator<Item = usize>, label: usize| {
        rows.filter(|&row| ids[row].contains(&label)).count()
    };
    for (label, name) in labels.names().iter().enumerate() {
        let rows = count(&mut (0..ids.len()), label);
        if rows > 0 && count(&mut indices.train.iter().copied(), label) == 0 {
            return Err(Error::NotTrained {
                path: input.to_owned(),
                label: name.clone(),
                rows,
            });
        }
    }
    Ok(())
}

/// Returns the given texts, with the line numbers and offsets that they have in the new file `path`.
fn part(lists: &LabelLists, rows: &[usize], path: &Path) -> LabelLists {
    let mut offset = 0;
    let in_file = rows.iter().zip(1..).map(|(&row, line)| {
        let record = lists.dataset.rows[row].record.clone();
        let begin = offset;
        offset += record.to_json().len() as u64 + 1;
        Row {
            record,
            line,
            offset: begin,
        }
    });
    LabelLists {
        dataset: Dataset {
            rows: in_file.collect(),
            path: path.to_owned(),
            set_aside: Vec::new(),
        },
        names: rows.iter().map(|&row| lists.names[row].clone()).collect(),
        joined: 0,
        unread: Vec::new(),
    }
}
