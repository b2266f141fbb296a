//! Turns the user's files into the three sets for training.

use std::collections::BTreeSet;
use std::path::Path;

use feedback_clean::Cleaning;
use feedback_dataset::duplicates::NearOptions;
use feedback_dataset::leaks::{LeakReport, leaks, near_leaks};
use feedback_dataset::split::{SplitOptions, SplitSize};
use feedback_dataset::{Dataset, LabelSet};
use feedback_files::{sha256_of_input, write_file};
use serde_json::{Value, json};

use crate::data::examples::{Examples, clean_texts, read_labelled};
use crate::data::options::{DataFiles, DataOptions, LeakPolicy};
use crate::data::split::{SplitFileOptions, label_set, split_into};
use crate::data::unused::UnusedRow;
use crate::error::{DataError, Error, Result};

/// The data sets of one run.
#[derive(Debug, Clone)]
pub struct PreparedData {
    /// The labels.
    pub labels: LabelSet,
    /// The training rows.
    pub train: Examples,
    /// The validation rows, which select the best model, the temperature and the abstain threshold.
    pub validation: Examples,
    /// The test set, if any; used only for the report.
    pub test: Option<Examples>,
    /// Number of rows at the end of `train` that were unlabelled texts and got their labels from people during training.
    pub entered: usize,
    /// Number of training and validation rows that were dropped because they leaked.
    pub dropped: usize,
    /// Number of leaked held-out rows that were kept.
    pub leaked: usize,
    /// Number of held-out rows that are near-duplicates of a training row (similarity 0.7 or more).
    pub near_leaked: usize,
    /// Number of rows that were set aside.
    pub set_aside: usize,
    /// These rows.
    pub unused_rows: Vec<UnusedRow>,
    /// The labels with too few rows, with their numbers of rows in all files.
    pub rare: Vec<(String, usize)>,
    /// Number of rows without a date, if rows were divided by their dates.
    pub undated: usize,
    /// Number of rows that are later than the first row of a later set, because an earlier row of their group decides where they are.
    pub overlapping: usize,
    /// What was cleaned in the texts.
    pub cleaning: Cleaning,
    /// Number of rows whose text was cleaned.
    pub cleaned: usize,
    /// Names, sizes and hashes of the files, for the model folder.
    pub description: Value,
}

/// Reads, splits and checks the data, and saves the three sets as files in `folder`.
///
/// # Errors
///
/// [`Error::Data`] for unusable files, rows and labels; [`DataError::Leakage`] and [`DataError::TestInValidation`] unless
/// the policy allows or drops leaks; [`DataError::NothingToTrain`] or a similar error if no rows are left after dropping.
pub fn prepare_data(options: &DataOptions, folder: &Path) -> Result<PreparedData> {
    let given = three_sets(options, folder)?;
    let labels = label_set(&given.train, options.labels.as_deref())?;
    require_two_labels(&labels, options.files.training())?;
    let sets = [Some(&given.train), Some(&given.validation), given.test.as_ref()];
    let test = given.test.as_ref().map(|test| Examples::new(test, &labels));
    let mut prepared = PreparedData {
        description: describe(options, &labels, &sets)?,
        train: Examples::new(&given.train, &labels)?,
        validation: Examples::new(&given.validation, &labels)?,
        test: test.transpose()?,
        labels,
        entered: 0,
        dropped: 0,
        leaked: 0,
        near_leaked: 0,
        set_aside: given.counts.unused_rows.len(),
        unused_rows: given.counts.unused_rows,
        cleaning: options.cleaning,
        cleaned: given.counts.cleaned,
        rare: given.counts.rare,
        undated: given.counts.undated,
        overlapping: given.counts.overlapping,
    };
    handle_leaks(&mut prepared, options.leak_policy)?;
    Ok(prepared)
}

/// The training, validation and test sets.
struct Sets {
    train: Dataset,
    validation: Dataset,
    test: Option<Dataset>,
    counts: Counts,
}

/// Numbers of rows of the given files.
#[derive(Default)]
struct Counts {
    unused_rows: Vec<UnusedRow>,
    cleaned: usize,
    rare: Vec<(String, usize)>,
    undated: usize,
    overlapping: usize,
}

/// Reads the given files and counts their rows.
struct Given<'a> {
    options: &'a DataOptions,
    counts: Counts,
}

impl Given<'_> {
    fn read(&mut self, path: &Path) -> Result<Dataset> {
        let mut dataset = read_labelled(path, &self.options.read, self.options.on_bad_row)?;
        self.counts.cleaned += clean_texts(&mut dataset, self.options.cleaning);
        self.counts.unused_rows.extend(UnusedRow::of(&dataset));
        Ok(dataset)
    }

    /// Splits a file that was read, and writes the parts to `folder`.
    fn split(&mut self, dataset: Dataset, folder: &Path, sizes: SplitOptions) -> Result<[Dataset; 3]> {
        let options = self.options;
        let split = SplitFileOptions {
            split: sizes.with_seed(options.seed),
            labels: options.labels.clone(),
            rare: options.rare.clone(),
            by_time: options.split_by_time.clone(),
            read: options.read.clone(),
            force: true,
            ..SplitFileOptions::default()
        };
        let (summary, parts) = split_into(dataset, folder, &split).map_err(not_divided)?;
        self.counts.rare = summary.rare;
        self.counts.undated = summary.undated;
        self.counts.overlapping = summary.overlapping;
        Ok(parts)
    }
}

/// Describes an impossible division without the sizes of its parts, since training has no settings for them.
fn not_divided(error: Error) -> Error {
    use feedback_dataset::error::SplitError::Size;
    match error {
        Error::DataSets(DataError::Split { path, source }) => {
            let reason = match source {
                Size { reason, .. } => reason,
                other => other.to_string(),
            };
            DataError::NotDivided { path, reason }.into()
        }
        other => other,
    }
}

fn three_sets(options: &DataOptions, folder: &Path) -> Result<Sets> {
    let mut given = Given {
        options,
        counts: Counts::default(),
    };
    let (train, validation, test) = match &options.files {
        DataFiles::Single(input) => {
            let all = given.read(input)?;
            let [train, validation, test] = given.split(all, folder, SplitOptions::default())?;
            (train, validation, Some(test))
        }
        DataFiles::Separate {
            train,
            validation: None,
            test,
        } => {
            let mut no_test = SplitOptions::default();
            no_test.test_size = SplitSize::NONE;
            let mut test = test.as_ref().map(|path| given.read(path)).transpose()?;
            let train = given.read(train)?;
            if let (Some(test), LeakPolicy::Refuse) = (&test, options.leak_policy) {
                refuse_leaks(&train, test)?; // before the split, so that line numbers refer to the given file
            }
            let [train, validation, _] = given.split(train, folder, no_test)?;
            if let Some(test) = &mut test {
                options.rare.apply_found(&mut given.counts.rare, test);
                keep(test, folder, "test")?;
            }
            (train, validation, test)
        }
        DataFiles::Separate {
            train,
            validation: Some(validation),
            test,
        } => {
            let mut train = given.read(train)?;
            let mut validation = given.read(validation)?;
            let mut test = test.as_ref().map(|path| given.read(path)).transpose()?;
            given.counts.rare = options.rare.apply(&mut train);
            for set in [Some(&mut validation), test.as_mut()].into_iter().flatten() {
                options.rare.apply_found(&mut given.counts.rare, set);
            }
            fs_err::create_dir_all(folder)?;
            keep(&train, folder, "train")?;
            keep(&validation, folder, "validation")?;
            if let Some(test) = &test {
                keep(test, folder, "test")?;
            }
            (train, validation, test)
        }
    };
    Ok(Sets {
        train,
        validation,
        test,
        counts: given.counts,
    })
}

/// Refuses data with a single label: there is nothing to learn. `path` is the training file.
///
/// # Errors
///
/// [`DataError::OneLabel`] or a similar error, with the path.
pub fn require_two_labels(labels: &LabelSet, path: &Path) -> Result<()> {
    match labels.names() {
        [label] => Err(DataError::OneLabel {
            path: path.to_owned(),
            label: label.clone(),
        }
        .into()),
        _ => Ok(()),
    }
}

fn keep(dataset: &Dataset, folder: &Path, name: &str) -> Result<()> {
    let path = folder.join(format!("{name}.jsonl"));
    write_file(&path, |writer| {
        for row in &dataset.rows {
            writer.write_all(row.record.to_json().as_bytes())?;
            writer.write_all(b"\n")?;
        }
        Ok(())
    })?;
    Ok(())
}

fn describe(options: &DataOptions, labels: &LabelSet, sets: &[Option<&Dataset>; 3]) -> Result<Value> {
    let mut files = Vec::new();
    for path in options.files.paths() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        files.push(json!({"name": name, "sha256": sha256_of_input(path)?}));
    }
    let rows = |index: usize| sets[index].map(Dataset::len);
    Ok(json!({
        "files": files,
        "rows": {"train": rows(0), "validation": rows(1), "test": rows(2)},
        "labels": labels.names(),
    }))
}

fn handle_leaks(data: &mut PreparedData, policy: LeakPolicy) -> Result<()> {
    handle_training_leaks(data, policy)?;
    handle_test_in_validation(data, policy)?;
    data.near_leaked = count_near_leaks(data);
    Ok(())
}

fn handle_training_leaks(data: &mut PreparedData, policy: LeakPolicy) -> Result<()> {
    let train_texts = data.train.texts();
    let mut to_drop: Vec<usize> = Vec::new();
    for held_out in [Some(&data.validation), data.test.as_ref()].into_iter().flatten() {
        let report = leaks(&train_texts, &held_out.texts());
        if !report.is_empty() && policy == LeakPolicy::Refuse {
            return Err(leak_error(&data.train, held_out, &report));
        }
        data.leaked += report.len();
        to_drop.extend(report.train_rows);
    }
    if policy == LeakPolicy::Drop && !to_drop.is_empty() {
        to_drop.sort_unstable();
        to_drop.dedup();
        data.dropped = to_drop.len();
        data.leaked = 0;
        data.train = data.train.drop_leaked(&to_drop, &data.labels)?;
    }
    Ok(())
}

/// Handles test texts that also occur in validation. Validation selects the best step, the temperature and the threshold, so
/// these texts are not unseen.
fn handle_test_in_validation(data: &mut PreparedData, policy: LeakPolicy) -> Result<()> {
    let Some(test) = &data.test else { return Ok(()) };
    let report = leaks(&data.validation.texts(), &test.texts());
    match policy {
        _ if report.is_empty() => {}
        LeakPolicy::Refuse => {
            return Err(DataError::TestInValidation {
                validation: data.validation.path.clone(),
                test: test.path.clone(),
                leaked: report.len(),
                test_rows: test.len(),
                examples: leaked_lines(&data.validation, "validation", test, &report),
            }
            .into());
        }
        LeakPolicy::Allow => {
            // Texts that also occur in training are already counted.
            let train = leaks(&data.train.texts(), &test.texts());
            let rows = |report: &LeakReport| -> BTreeSet<usize> {
                let pairs = report.exact.iter().chain(&report.normalised);
                pairs.map(|&(row, _)| row).collect()
            };
            data.leaked += rows(&report).difference(&rows(&train)).count();
        }
        LeakPolicy::Drop => {
            let kept = data.validation.clone().without(&report.train_rows);
            if kept.is_empty() {
                return Err(DataError::NothingToValidate {
                    validation: data.validation.path.clone(),
                    test: test.path.clone(),
                    rows: data.validation.len(),
                }
                .into());
            }
            data.dropped += data.validation.len() - kept.len();
            data.validation = kept;
        }
    }
    Ok(())
}

/// Counts held-out texts that are near-duplicates of a training text. They are reported but never refused: similar feedback
/// on the same subject is not a leak.
fn count_near_leaks(data: &PreparedData) -> usize {
    let train = data.train.texts();
    let held_out = [Some(&data.validation), data.test.as_ref()].into_iter().flatten();
    let near = held_out.flat_map(|set| near_leaks(&train, &set.texts(), &NearOptions::default()));
    near.filter(|pair| pair.similarity < 1.0).count()
}

fn refuse_leaks(train: &Dataset, held_out: &Dataset) -> Result<()> {
    let report = leaks(&train.texts(), &held_out.texts());
    if report.is_empty() {
        return Ok(());
    }
    let places = |dataset: &Dataset| Examples {
        path: dataset.path.clone(),
        texts: dataset.texts().into_iter().map(str::to_owned).collect(),
        labels: Vec::new(),
        lines: dataset.rows.iter().map(|row| row.line).collect(),
    };
    Err(leak_error(&places(train), &places(held_out), &report))
}

/// Returns the error for held-out texts that also occur in the training data; it names the rows.
pub fn leak_error(train: &Examples, held_out: &Examples, report: &LeakReport) -> Error {
    DataError::Leakage {
        train: train.path.clone(),
        held_out: held_out.path.clone(),
        leaked: report.len(),
        held_out_rows: held_out.len(),
        examples: leaked_lines(train, "training", held_out, report),
    }
    .into()
}

/// Describes the first five pairs of lines with the same text, and counts the others.
fn leaked_lines(train: &Examples, name: &str, held_out: &Examples, report: &LeakReport) -> Vec<String> {
    let pairs = report.exact.iter().map(|pair| (pair, "same text"));
    let pairs = pairs.chain(
        report
            .normalised
            .iter()
            .map(|pair| (pair, "same after normalising")),
    );
    let mut examples: Vec<String> = pairs
        .take(5)
        .map(|(&(held_out_row, train_row), kind)| {
            format!(
                "  line {} = {name} line {} ({kind})",
                held_out.lines[held_out_row], train.lines[train_row]
            )
        })
        .collect();
    if report.len() > examples.len() {
        examples.push(format!("  … and {} more", report.len() - examples.len()));
    }
    examples
}
