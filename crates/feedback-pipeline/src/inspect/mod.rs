//! The recipe behind `inspect`: a data file's health, and a mended copy on request.

mod fix;
mod label_errors;
mod probabilities;
mod report;
#[cfg(test)]
mod tests_planted;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use feedback_dataset::{
    ClassBalance, Dataset, DiffKey, DuplicateKind, LabelAliases, LabelSet, LabelVariants, NearOptions,
    OnBadRow, PersonalSummary, ReadOptions, TextLengths, conflicting_labels, diff, duplicate_groups,
    group_near_duplicates, label_variants, language, leaks, merge_variants, near_leaks, read,
};
use feedback_files::sha256_of_file;
use serde_json::{Map, Value};

use crate::{Error, Result};

use fix::Found;

pub use fix::{DropDuplicates, Fix, FixOptions};
pub use label_errors::{OutOfFold, out_of_fold_probabilities};
pub use report::{
    BadRowFinding, ChangedRow, ConflictFinding, ConflictSide, DiffFinding, DuplicateCounts, DuplicateHealth,
    FieldChange, FixSummary, Inspection, LabelErrorFinding, LabelErrorRow, LabelHealth, LeakFinding,
    LeakPair, PersonalHealth, RowHealth, VariantFinding,
};

/// What an inspection is to look at.
#[derive(Debug, Clone)]
pub struct InspectOptions {
    /// How all files are read. Rows need no label, whatever this says.
    pub read: ReadOptions,
    /// What to do about rows that cannot be used.
    pub on_bad_row: OnBadRow,
    /// A file of label aliases, applied before anything is looked at.
    pub aliases: Option<PathBuf>,
    /// Files whose texts should not stand in this one.
    pub against: Vec<PathBuf>,
    /// An older version of the file.
    pub diff: Option<PathBuf>,
    /// Whether to look for wrong labels, and by what.
    pub label_errors: LabelErrors,
    /// Where the probabilities of [`LabelErrors::Baseline`] are kept.
    pub write_probabilities: Option<PathBuf>,
    /// What to mend; nothing by default.
    pub fix: Option<FixOptions>,
    /// Whether other files that stand where something is to be written may be replaced. A file that
    /// is read never is.
    pub force: bool,
}

impl InspectOptions {
    /// Looks at everything that needs no other file and no training.
    pub fn new(read: ReadOptions) -> Self {
        Self {
            read,
            on_bad_row: OnBadRow::SetAside,
            aliases: None,
            against: Vec::new(),
            diff: None,
            label_errors: LabelErrors::Skip,
            write_probabilities: None,
            fix: None,
            force: false,
        }
    }

    fn fixes(&self, fix: Fix) -> bool {
        self.fix.as_ref().is_some_and(|options| options.has(fix))
    }
}

/// By what wrong labels are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelErrors {
    /// They are not.
    Skip,
    /// By out-of-fold probabilities in a file: a line for each usable row, with its `scores`.
    Probabilities(PathBuf),
    /// By TF-IDF and logistic regression, fitted on the other folds.
    Baseline {
        /// Folds, at least 2.
        folds: usize,
        /// Seed of the folds.
        seed: u64,
    },
}

/// Inspects a file.
///
/// Label aliases and the merging of spellings come first; everything but
/// [`LabelHealth::variants`] is about the labels as they are then.
///
/// # Errors
///
/// [`Error::Data`] where a file cannot be read, has a bad row while those are to
/// fail, or stands where the output is to go;
/// [`Error::Files`] for probabilities that do not fit the rows, labels that
/// nothing can be learnt from, and an output that would replace a file that is read.
pub fn inspect(input: &Path, options: &InspectOptions) -> Result<Inspection> {
    check_outputs(input, options)?;
    let mut dataset = read(input, &options.read, options.on_bad_row)?;
    let aliased = match &options.aliases {
        Some(path) => LabelAliases::read(path)?.apply(&mut dataset),
        None => 0,
    };
    let variants = label_variants(dataset.rows.iter().filter_map(|row| row.record.label()));
    let merged = if options.fixes(Fix::MergeLabels) {
        merge_variants(&variants).apply(&mut dataset)
    } else {
        0
    };
    let dataset = dataset;
    let (labelled, labels) = labelled_rows(&dataset)?;
    let mut found = Found::default();
    let texts = dataset.texts();
    let duplicates = duplicates(&dataset, &texts, &mut found);
    let conflicts = conflicts(&dataset, &labelled, labels.as_ref(), &mut found)?;
    let leaks = all_leaks(&dataset, &texts, options, &mut found)?;
    let label_errors = wrong_labels(&dataset, &labelled, labels.as_ref(), options, &mut found)?;
    let diff = options
        .diff
        .as_ref()
        .map(|path| difference(&dataset, path, options))
        .transpose()?;
    let output = match &options.fix {
        Some(fix) => Some(FixSummary {
            aliased,
            merged,
            ..fix::write(&dataset, &found, fix)?
        }),
        None => None,
    };
    Ok(Inspection {
        file: input.to_owned(),
        sha256: sha256_of_file(input)?,
        rows: row_health(&dataset),
        labels: label_health(
            &dataset,
            &labelled,
            labels.as_ref(),
            &variants,
            &options.read.label_field,
        )?,
        lengths: TextLengths::of(&texts),
        duplicates,
        conflicts,
        leaks,
        personal_data: personal_health(&texts),
        languages: language::count(&texts),
        label_errors,
        diff,
        output,
    })
}

/// Before hours of work rather than after.
fn check_outputs(input: &Path, options: &InspectOptions) -> Result<()> {
    let mut read: Vec<&Path> = vec![input];
    read.extend(options.against.iter().map(PathBuf::as_path));
    read.extend(
        [&options.aliases, &options.diff]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path),
    );
    if let LabelErrors::Probabilities(path) = &options.label_errors {
        read.push(path);
    }
    let output = options.fix.as_ref().map(|fix| fix.output.as_path());
    if output.is_some() && output == options.write_probabilities.as_deref() {
        return Err(Error::Files {
            reason: "the mended rows and the probabilities cannot go into one file".into(),
            hint: "name two files".into(),
        });
    }
    for path in [output, options.write_probabilities.as_deref()]
        .into_iter()
        .flatten()
    {
        fix::check_place(path, options.force, &read)?;
    }
    Ok(())
}

/// The rows that have a label, and the label set; none where no row has one.
fn labelled_rows(dataset: &Dataset) -> Result<(Vec<usize>, Option<LabelSet>)> {
    let rows: Vec<usize> = (0..dataset.len())
        .filter(|&row| dataset.rows[row].record.label().is_some())
        .collect();
    if rows.is_empty() {
        return Ok((rows, None));
    }
    let names = rows.iter().filter_map(|&row| dataset.rows[row].record.label());
    let labels = LabelSet::from_training_labels(names)?;
    Ok((rows, Some(labels)))
}

/// The class id of each of these rows.
fn classes_of(dataset: &Dataset, rows: &[usize], labels: &LabelSet) -> Vec<usize> {
    rows.iter()
        .filter_map(|&row| {
            dataset.rows[row]
                .record
                .label()
                .and_then(|label| labels.id(label))
        })
        .collect()
}

fn row_health(dataset: &Dataset) -> RowHealth {
    let mut bad_by_reason = BTreeMap::new();
    let bad_rows = dataset.set_aside.iter().map(|row| {
        *bad_by_reason.entry(row.reason.name()).or_insert(0) += 1;
        BadRowFinding {
            line: row.line,
            offset: row.offset,
            reason: row.reason.name(),
            message: row.reason.to_string(),
        }
    });
    let bad_rows: Vec<BadRowFinding> = bad_rows.collect();
    RowHealth {
        usable: dataset.len(),
        bad: bad_rows.len(),
        bad_by_reason,
        bad_rows,
    }
}

fn label_health(
    dataset: &Dataset,
    labelled: &[usize],
    labels: Option<&LabelSet>,
    variants: &[LabelVariants],
    field: &str,
) -> Result<LabelHealth> {
    let (names, balance) = match labels {
        Some(labels) => {
            let classes = classes_of(dataset, labelled, labels);
            (labels.names(), ClassBalance::of(&classes, labels.len()))
        }
        None => (&[][..], ClassBalance::of(&[], 0)),
    };
    let count = |(name, count): (&String, &usize)| (name.clone(), Value::from(*count));
    let variant = |variant: &LabelVariants| VariantFinding {
        preferred: variant.preferred().to_owned(),
        spellings: variant
            .spellings
            .iter()
            .map(|(name, rows)| count((name, rows)))
            .collect(),
    };
    Ok(LabelHealth {
        labelled: labelled.len(),
        unlabelled: dataset.len() - labelled.len(),
        not_text: dataset
            .rows
            .iter()
            .filter(
                |row| matches!(row.record.get(field), Some(value) if !value.is_string() && !value.is_null()),
            )
            .map(|row| row.line)
            .collect(),
        field: field.to_owned(),
        fields: dataset
            .rows
            .first()
            .map(|row| row.record.fields().keys().cloned().collect())
            .unwrap_or_default(),
        counts: names
            .iter()
            .zip(&balance.counts)
            .map(count)
            .collect::<Map<_, _>>(),
        imbalance: balance.imbalance,
        evenness: balance.evenness,
        variants: variants.iter().map(variant).collect(),
    })
}

fn duplicates(dataset: &Dataset, texts: &[&str], found: &mut Found) -> DuplicateHealth {
    found.exact = duplicate_groups(texts.iter().copied(), DuplicateKind::Exact);
    found.normalised = duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised);
    found.near = group_near_duplicates(texts, &NearOptions::default());
    let mut clusters: Vec<Vec<u64>> = members(&found.near)
        .into_iter()
        .filter(|rows| rows.len() > 1)
        .map(|rows| lines(dataset, &rows))
        .collect();
    clusters.sort_by_key(|cluster| (std::cmp::Reverse(cluster.len()), cluster[0]));
    DuplicateHealth {
        exact: duplicate_counts(&found.exact),
        normalised: duplicate_counts(&found.normalised),
        near: duplicate_counts(&found.near),
        clusters,
    }
}

/// The rows of each group; group ids are dense.
fn members(groups: &[usize]) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); groups.iter().max().map_or(0, |last| last + 1)];
    groups
        .iter()
        .enumerate()
        .for_each(|(row, &group)| rows[group].push(row));
    rows
}

fn duplicate_counts(groups: &[usize]) -> DuplicateCounts {
    let sizes: Vec<usize> = members(groups)
        .iter()
        .map(Vec::len)
        .filter(|&size| size > 1)
        .collect();
    let rows = sizes.iter().sum();
    DuplicateCounts {
        clusters: sizes.len(),
        rows,
        redundant: rows - sizes.len(),
        largest: sizes.into_iter().max().unwrap_or(0),
    }
}

fn lines(dataset: &Dataset, rows: &[usize]) -> Vec<u64> {
    rows.iter().map(|&row| dataset.rows[row].line).collect()
}

fn conflicts(
    dataset: &Dataset,
    labelled: &[usize],
    labels: Option<&LabelSet>,
    found: &mut Found,
) -> Result<Vec<ConflictFinding>> {
    let Some(labels) = labels else {
        return Ok(Vec::new());
    };
    let groups: Vec<usize> = labelled.iter().map(|&row| found.normalised[row]).collect();
    let classes = classes_of(dataset, labelled, labels);
    let conflicts = conflicting_labels(&groups, &classes)?;
    let finding = |conflict: &feedback_dataset::Conflict| {
        let side = |&(class, _): &(usize, usize)| {
            let places = conflict.rows.iter().filter(|&&place| classes[place] == class);
            let rows: Vec<usize> = places.map(|&place| labelled[place]).collect();
            ConflictSide {
                label: labels.name(class).unwrap_or_default().to_owned(),
                lines: lines(dataset, &rows),
            }
        };
        ConflictFinding {
            text: dataset.rows[labelled[conflict.rows[0]]].record.text().to_owned(),
            labels: conflict.labels.iter().map(side).collect(),
        }
    };
    let places = conflicts.iter().flat_map(|conflict| &conflict.rows);
    found.conflicts = places.map(|&place| labelled[place]).collect();
    Ok(conflicts.iter().map(finding).collect())
}

fn all_leaks(
    dataset: &Dataset,
    texts: &[&str],
    options: &InspectOptions,
    found: &mut Found,
) -> Result<Vec<LeakFinding>> {
    let leaks_of = |path: &PathBuf| {
        let other = read(path, &options.read, options.on_bad_row)?;
        let (finding, rows) = leaks_between(dataset, texts, &other);
        found.leaked.extend(rows);
        Ok(finding)
    };
    options.against.iter().map(leaks_of).collect()
}

fn leaks_between(dataset: &Dataset, texts: &[&str], other: &Dataset) -> (LeakFinding, Vec<usize>) {
    let other_texts = other.texts();
    let report = leaks(texts, &other_texts);
    let near: Vec<_> = near_leaks(texts, &other_texts, &NearOptions::default())
        .into_iter()
        .filter(|leak| leak.similarity < 1.0)
        .collect();
    let pair = |other_row: usize, row: usize, kind, similarity| LeakPair {
        line: dataset.rows[row].line,
        other_line: other.rows[other_row].line,
        kind,
        similarity,
    };
    let exact = report
        .exact
        .iter()
        .map(|&(there, here)| pair(there, here, "exact", 1.0));
    let normalised = report
        .normalised
        .iter()
        .map(|&(there, here)| pair(there, here, "normalised", 1.0));
    let nearly = near
        .iter()
        .map(|leak| pair(leak.held_out, leak.train, "near", leak.similarity));
    let finding = LeakFinding {
        file: other.path.clone(),
        rows: other.len(),
        exact: report.exact.len(),
        normalised: report.normalised.len(),
        near: near.len(),
        lines: lines(dataset, &report.train_rows),
        pairs: exact.chain(normalised).chain(nearly).collect(),
    };
    (finding, report.train_rows)
}

fn personal_health(texts: &[&str]) -> PersonalHealth {
    let found = PersonalSummary::of(texts.iter().copied());
    PersonalHealth {
        rows: found.rows,
        emails: found.emails,
        phones: found.phones,
        cards: found.cards,
        ibans: found.ibans,
    }
}

fn wrong_labels(
    dataset: &Dataset,
    labelled: &[usize],
    labels: Option<&LabelSet>,
    options: &InspectOptions,
    found: &mut Found,
) -> Result<Option<LabelErrorFinding>> {
    let require = || label_errors::require_classes(labels, dataset);
    let (labels, probabilities, source) = match &options.label_errors {
        LabelErrors::Skip => return Ok(None),
        LabelErrors::Probabilities(path) => {
            let labels = require()?;
            let found = probabilities::read(path, dataset, labelled, &labels)?;
            (labels, found, format!("probabilities in `{}`", path.display()))
        }
        &LabelErrors::Baseline { folds, seed } => {
            let labels = require()?;
            let texts: Vec<&str> = labelled
                .iter()
                .map(|&row| dataset.rows[row].record.text())
                .collect();
            let groups: Vec<usize> = labelled.iter().map(|&row| found.normalised[row]).collect();
            let classes = classes_of(dataset, labelled, &labels);
            let found = out_of_fold_probabilities(&texts, &classes, &groups, labels.len(), folds, seed)?;
            (
                labels,
                found,
                format!("TF-IDF + logistic regression, {folds} folds"),
            )
        }
    };
    let classes = classes_of(dataset, labelled, &labels);
    if let Some(path) = &options.write_probabilities {
        probabilities::write(path, dataset, labelled, &labels, &probabilities)?;
    }
    let (finding, rows) = label_errors::find(dataset, labelled, &labels, &classes, &probabilities, source)?;
    found.label_errors = rows;
    Ok(Some(finding))
}

fn difference(dataset: &Dataset, path: &Path, options: &InspectOptions) -> Result<DiffFinding> {
    let mut old = read(path, &options.read, options.on_bad_row)?;
    if let Some(aliases) = &options.aliases {
        LabelAliases::read(aliases)?.apply(&mut old);
    }
    let found = diff(&old.rows, &dataset.rows);
    let value = |dataset: &Dataset, row: usize, field: &str| {
        dataset.rows[row]
            .record
            .get(field)
            .cloned()
            .unwrap_or(Value::Null)
    };
    let changed = found.changed.iter().map(|change| ChangedRow {
        line: dataset.rows[change.new].line,
        other_line: old.rows[change.old].line,
        fields: change
            .fields
            .iter()
            .map(|field| {
                let values = FieldChange {
                    old: value(&old, change.old, field),
                    new: value(dataset, change.new, field),
                };
                (field.clone(), values)
            })
            .collect(),
    });
    Ok(DiffFinding {
        file: path.to_owned(),
        key: match found.key {
            DiffKey::Id => "id",
            DiffKey::Text => "text",
        },
        changed: changed.collect(),
        added: lines(dataset, &found.added),
        removed: lines(&old, &found.removed),
        unchanged: found.unchanged,
    })
}
