//! Turns the user's files into the three sets for training.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use feedback_dataset::LabelSet;
use feedback_dataset::duplicates::NearOptions;
use feedback_dataset::leaks::{LeakReport, leaks, near_leaks};
use feedback_dataset::split::{SplitOptions, SplitSize};
use feedback_files::{sha256_of_input, write_file};
use feedback_pipeline::data::{
    DataFiles, DataOptions, LabelLayout, LeakPolicy, SplitFileOptions, UnusedRow, clean_texts, leak_error,
};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::examples::MultiLabelExamples;
use crate::rare::RareLabelLists;
use crate::read::{LabelLists, read_label_lists};
use crate::split::{MultiLabelSplit, label_set, split_lists};

/// The data sets of one run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MultiLabelData {
    /// The labels.
    pub labels: LabelSet,
    /// The training texts.
    pub train: MultiLabelExamples,
    /// The validation texts, which select the best model, the temperatures and the thresholds.
    pub validation: MultiLabelExamples,
    /// The test texts, if any; used only for the report.
    pub test: Option<MultiLabelExamples>,
    /// Number of texts without labels, in all sets.
    pub without_labels: usize,
    /// Number of rows that were joined with an earlier row of the same text.
    pub joined: usize,
    /// Number of rows that were set aside.
    pub set_aside: usize,
    /// These rows.
    pub unused_rows: Vec<UnusedRow>,
    /// Number of training and validation texts that were dropped because they leaked.
    pub dropped: usize,
    /// Number of leaked held-out texts that were kept.
    pub leaked: usize,
    /// Number of held-out texts that are near-duplicates of a training text (similarity 0.7 or more).
    pub near_leaked: usize,
    /// Number of rows whose text was cleaned.
    pub cleaned: usize,
    /// Number of rows without a date, which are in training, if rows were divided by their dates.
    pub undated: usize,
    /// Number of rows that are later than the first row of a later set, because an earlier row of their group decides where they are.
    pub overlapping: usize,
    /// The labels with too few training texts.
    pub rare: RareLabelLists,
    /// A label that looks like several labels, if there is one, and what seems to separate them.
    pub unseparated: Option<(String, &'static str)>,
    /// Names, sizes and hashes of the files, for the model folder.
    pub description: Value,
}

/// Reads, splits and checks the data, and saves the three sets as files in `folder`.
///
/// # Errors
///
/// Unusable files, rows and labels; leaks, unless the policy allows or drops them; a part without texts.
pub(crate) fn prepare(options: &DataOptions, layout: &LabelLayout, folder: &Path) -> Result<MultiLabelData> {
    let sets = Sets::read(options, layout, folder)?;
    let labels = label_set(&sets.train, options.labels.as_deref())?;
    let all = || [&sets.train, &sets.validation].into_iter().chain(&sets.test);
    let unseparated = all().find_map(LabelLists::unseparated);
    let unseparated = unseparated.and_then(|found| Some((found.cells.first()?.0.clone(), found.separator)));
    let test = sets
        .test
        .as_ref()
        .map(|test| MultiLabelExamples::new(test, &labels));
    let mut unused_rows = sets.unused_rows.clone();
    unused_rows.extend(all().flat_map(LabelLists::unused_rows));
    let mut data = MultiLabelData {
        description: sets.describe(options, &labels)?,
        train: MultiLabelExamples::new(&sets.train, &labels)?,
        validation: MultiLabelExamples::new(&sets.validation, &labels)?,
        test: test.transpose()?,
        without_labels: all().map(LabelLists::without_labels).sum(),
        joined: sets.joined + all().map(|lists| lists.joined).sum::<usize>(),
        set_aside: unused_rows.len(),
        unused_rows,
        dropped: 0,
        leaked: 0,
        near_leaked: 0,
        cleaned: sets.cleaned,
        undated: sets.undated,
        overlapping: sets.overlapping,
        rare: sets.rare,
        unseparated,
        labels,
    };
    handle_leaks(&mut data, options.leak_policy)?;
    for (part, examples) in [("training", &data.train), ("validation", &data.validation)] {
        if examples.is_empty() {
            return Err(Error::NoRows {
                path: options.files.training().to_owned(),
                part,
            });
        }
    }
    Ok(data)
}

/// The texts of the three sets, and what was counted before a split.
struct Sets {
    train: LabelLists,
    validation: LabelLists,
    test: Option<LabelLists>,
    joined: usize,
    unused_rows: Vec<UnusedRow>,
    cleaned: usize,
    undated: usize,
    overlapping: usize,
    rare: RareLabelLists,
}

impl Sets {
    fn read(options: &DataOptions, layout: &LabelLayout, folder: &Path) -> Result<Self> {
        let read = |path: &Path| -> Result<(LabelLists, usize)> {
            let mut lists = read_label_lists(path, &options.read, layout, options.on_bad_row)?;
            let cleaned = clean_texts(&mut lists.dataset, options.cleaning);
            Ok((lists, cleaned))
        };
        let optional = |path: &Option<PathBuf>| -> Result<(Option<LabelLists>, usize)> {
            let read = path.as_deref().map(read).transpose()?;
            Ok(read.map_or((None, 0), |(lists, cleaned)| (Some(lists), cleaned)))
        };
        match &options.files {
            DataFiles::Single(input) => {
                let (all, cleaned) = read(input)?;
                let split = split(options, all, folder, SplitOptions::default())?;
                Ok(Self::from_split(split, cleaned))
            }
            DataFiles::Separate {
                train,
                validation: None,
                test,
            } => {
                let (mut test, of_test) = optional(test)?;
                let (train, of_train) = read(train)?;
                if let (Some(test), LeakPolicy::Refuse) = (&test, options.leak_policy) {
                    // Before the split, so that line numbers refer to the given file.
                    refuse_leaks(&train, test)?;
                }
                let mut no_test = SplitOptions::default();
                no_test.test_size = SplitSize::NONE;
                let split = split(options, train, folder, no_test)?;
                let mut found = Self::from_split(split, of_train + of_test);
                if let Some(test) = &mut test {
                    test.treat_found(&mut found.rare, &options.rare);
                }
                keep(test.as_ref(), folder, "test")?;
                found.test = test;
                Ok(found)
            }
            DataFiles::Separate {
                train,
                validation: Some(validation),
                test,
            } => Self::from_files(options, read(train)?, read(validation)?, optional(test)?, folder),
        }
    }

    /// Each pair is the texts of a file and how many of them were cleaned.
    fn from_files(
        options: &DataOptions,
        (mut train, of_train): (LabelLists, usize),
        (mut validation, of_validation): (LabelLists, usize),
        (mut test, of_test): (Option<LabelLists>, usize),
        folder: &Path,
    ) -> Result<Self> {
        let mut rare = train.treat_rare_labels(&options.rare)?;
        for held_out in [Some(&mut validation), test.as_mut()].into_iter().flatten() {
            held_out.treat_found(&mut rare, &options.rare);
        }
        fs_err::create_dir_all(folder)?;
        keep(Some(&train), folder, "train")?;
        keep(Some(&validation), folder, "validation")?;
        keep(test.as_ref(), folder, "test")?;
        Ok(Self {
            train,
            validation,
            test,
            joined: 0,
            unused_rows: Vec::new(),
            cleaned: of_train + of_validation + of_test,
            undated: 0,
            overlapping: 0,
            rare,
        })
    }

    fn from_split(split: MultiLabelSplit, cleaned: usize) -> Self {
        let [train, validation, test] = split.parts;
        Self {
            train,
            validation,
            test: Some(test),
            joined: split.joined,
            unused_rows: split.summary.unused_rows,
            cleaned,
            undated: split.summary.undated,
            overlapping: split.summary.overlapping,
            rare: split.rare,
        }
    }

    fn describe(&self, options: &DataOptions, labels: &LabelSet) -> Result<Value> {
        let mut files = Vec::new();
        for path in options.files.paths() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            files.push(json!({"name": name, "sha256": sha256_of_input(path)?}));
        }
        let rows = |lists: &LabelLists| lists.dataset.len();
        Ok(json!({
            "files": files,
            "rows": {
                "train": rows(&self.train),
                "validation": rows(&self.validation),
                "test": self.test.as_ref().map(rows),
            },
            "labels": labels.names(),
        }))
    }
}

fn split(
    options: &DataOptions,
    lists: LabelLists,
    folder: &Path,
    sizes: SplitOptions,
) -> Result<MultiLabelSplit> {
    let mut split = SplitFileOptions::default();
    split.split = sizes.with_seed(options.seed);
    split.labels.clone_from(&options.labels);
    split.by_time.clone_from(&options.split_by_time);
    split.rare = options.rare.clone();
    split.read = options.read.clone();
    split.force = true;
    split_lists(lists, folder, &split)
}

fn keep(lists: Option<&LabelLists>, folder: &Path, name: &str) -> Result<()> {
    let Some(lists) = lists else {
        return Ok(());
    };
    let path = folder.join(format!("{name}.jsonl"));
    write_file(&path, |writer| {
        for row in &lists.dataset.rows {
            writer.write_all(row.record.to_json().as_bytes())?;
            writer.write_all(b"\n")?;
        }
        Ok(())
    })?;
    Ok(())
}

fn refuse_leaks(train: &LabelLists, test: &LabelLists) -> Result<()> {
    let report = leaks(&train.dataset.texts(), &test.dataset.texts());
    if report.is_empty() {
        return Ok(());
    }
    let labels = LabelSet::from_training_labels(train.names.iter().chain(&test.names).flatten())?;
    let places = |lists| MultiLabelExamples::new(lists, &labels).map(|examples| examples.places());
    Err(leak_error(&places(train)?, &places(test)?, &report).into())
}

/// Handles texts that are in more than one set: validation and test texts in training, and test texts in validation. The latter
/// matter, too, because the validation texts select the model, the temperatures and the thresholds.
fn handle_leaks(data: &mut MultiLabelData, policy: LeakPolicy) -> Result<()> {
    let mut leaked = BTreeSet::new(); // pairs of set and row, since a test text can be in both other sets
    let in_train = |held_out: &MultiLabelExamples| leaks(&data.train.texts(), &held_out.texts());
    let of_validation = in_train(&data.validation);
    let of_test = data.test.as_ref().map(in_train);
    let both = data
        .test
        .as_ref()
        .map(|test| leaks(&data.validation.texts(), &test.texts()));
    let pairs = [
        (
            &data.train,
            Some(&data.validation),
            Some(&of_validation),
            "validation",
        ),
        (&data.train, data.test.as_ref(), of_test.as_ref(), "test"),
        (&data.validation, data.test.as_ref(), both.as_ref(), "test"),
    ];
    for (seen, held_out, report, set) in pairs {
        let (Some(held_out), Some(report)) = (held_out, report) else {
            continue;
        };
        if policy == LeakPolicy::Refuse && !report.is_empty() {
            return Err(leak_error(&seen.places(), &held_out.places(), report).into());
        }
        leaked.extend(rows(report).map(|row| (set, row)));
    }
    data.leaked = leaked.len();
    if policy == LeakPolicy::Drop {
        let mut from_train = of_validation.train_rows;
        from_train.extend(of_test.into_iter().flat_map(|report| report.train_rows));
        from_train.sort_unstable();
        from_train.dedup();
        let from_validation = both.map(|report| report.train_rows).unwrap_or_default();
        data.dropped = from_train.len() + from_validation.len();
        data.leaked = 0;
        let kept = data.train.without(&from_train);
        require_kept(data, &kept)?;
        data.train = kept;
        data.validation = data.validation.without(&from_validation);
    }
    let train = data.train.texts();
    let held_out = [Some(&data.validation), data.test.as_ref()].into_iter().flatten();
    let near = held_out.flat_map(|set| near_leaks(&train, &set.texts(), &NearOptions::default()));
    data.near_leaked = near.filter(|pair| pair.similarity < 1.0).count();
    Ok(())
}

/// Returns the held-out rows that a report names.
fn rows(report: &LeakReport) -> impl Iterator<Item = usize> + '_ {
    report.exact.iter().chain(&report.normalised).map(|&(row, _)| row)
}

/// Refuses to drop all training texts with a label.
fn require_kept(data: &MultiLabelData, kept: &MultiLabelExamples) -> Result<()> {
    let n_labels = data.labels.len();
    let counts = data.train.counts(n_labels).into_iter().zip(kept.counts(n_labels));
    match counts
        .enumerate()
        .find(|(_, (before, after))| *before > 0 && *after == 0)
    {
        None => Ok(()),
        Some((label, (rows, _))) => Err(Error::NotTrained {
            path: data.train.path.clone(),
            label: data.labels.name(label).unwrap_or_default().to_owned(),
            rows,
        }),
    }
}
