//! Divides rows into train, validation and test: stratified by class, whole groups together.

mod assign;
mod counts;
mod size;

use crate::dataset::Dataset;
use crate::error::Error;
use crate::labels::LabelSet;
use crate::shuffle::{Seeded, Shuffle};

use assign::{Pool, Remaining};
use counts::shares;

pub(crate) use counts::floors as class_floors;
pub use size::{ParseSplitSizeError, SplitSize};

/// How to divide rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SplitOptions {
    /// Size of the test part; a fifth of the whole by default.
    pub test_size: SplitSize,
    /// Size of the validation part; a tenth of the whole by default.
    pub validation_size: SplitSize,
    /// Seed of the `ChaCha8Rng` that draws; 42 by default.
    pub seed: u64,
}

impl Default for SplitOptions {
    fn default() -> Self {
        Self {
            test_size: SplitSize::Fraction(0.2),
            validation_size: SplitSize::Fraction(0.1),
            seed: 42,
        }
    }
}

/// Which rows went where; each list ascends and every row stands in exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitIndices {
    /// Rows to learn from.
    pub train: Vec<usize>,
    /// Rows to choose by.
    pub validation: Vec<usize>,
    /// Rows to report on.
    pub test: Vec<usize>,
}

/// Divides rows at random so that every class has its share in each part and no group is torn.
///
/// `labels` are class ids and `groups` group ids, one for each row; rows with the same group id
/// stay together. For a plain stratified split give every row a group of its own.
///
/// # Counts
///
/// Sizes are fractions of the whole, rounded up, or counts. Test is drawn from the whole, then
/// validation from what remains. The share of each class is scikit-learn's (`StratifiedShuffleSplit`):
/// what stays behind gets `class count / rows × rows that stay`, rounded down, then the largest
/// remainders one more each, lowest class id first among equals (scikit-learn draws lots there);
/// the rest is drawn.
///
/// - Where every group has one row, these counts are met exactly.
/// - Where every group is of one class, each class is off by less than its largest group, and by
///   at most half of it as long as a group can be spared.
/// - Groups of several classes are chosen so that the sum of the squared deviations cannot be
///   lessened by moving one group; no closer bound is promised.
///
/// A class is never drawn whole from training while its share leaves rows there; one that has a
/// single group left when validation is drawn stays in training.
///
/// Only the order of the labels counts, not their values, and only the equality of group ids: other
/// ids in the same order give the same rows.
///
/// # Errors
///
/// [`Error::LengthMismatch`]; [`Error::SingleExample`] for a class with a single group, if a part
/// other than training is asked for; [`Error::TooManyRows`]; [`Error::SplitSize`] for a fraction outside 0 to 1, a part as
/// large as the data, or a part, training among them, with fewer rows than there are classes.
///
/// # Examples
///
/// ```
/// use feedback_dataset::{SplitOptions, SplitSize, split};
///
/// let labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
/// let groups = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]; // rows 0 and 1 are duplicates
/// let options = SplitOptions {
///     test_size: SplitSize::Count(4),
///     validation_size: SplitSize::NONE,
///     seed: 42,
/// };
/// let parts = split(&labels, &groups, &options)?;
/// assert_eq!((parts.train.len(), parts.validation.len(), parts.test.len()), (8, 0, 4));
/// assert_eq!(parts.train.contains(&0), parts.train.contains(&1));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
///
/// # References
///
/// scikit-learn, `sklearn/model_selection/_split.py`, `StratifiedShuffleSplit._iter_indices`.
pub fn split(labels: &[usize], groups: &[usize], options: &SplitOptions) -> Result<SplitIndices, Error> {
    if groups.len() != labels.len() {
        return Err(Error::LengthMismatch {
            what: "groups",
            found: groups.len(),
            expected: labels.len(),
        });
    }
    let n_rows = labels.len();
    let n_test = options.test_size.of(n_rows, "test")?;
    let n_validation = options.validation_size.of(n_rows, "validation")?;
    if n_test == 0 && n_validation == 0 {
        return Ok(SplitIndices {
            train: (0..n_rows).collect(),
            ..SplitIndices::default()
        });
    }
    if u32::try_from(n_rows).is_err() {
        return Err(Error::TooManyRows { rows: n_rows });
    }
    let (classes, ids) = dense(labels, |class| class as u32);
    let pool = Pool::new(classes, groups, ids.len());
    let mut order: Vec<u32> = (0..pool.n_groups() as u32).collect();
    Seeded::new(options.seed).shuffle(&mut order);
    let mut remaining = pool.all(order);
    check(&remaining, &ids, options, [n_rows, n_validation, n_test])?;
    let mut part_of_row = vec![TRAIN; n_rows];
    for (part, n_draws) in [(TEST, n_test), (VALIDATION, n_validation)] {
        if n_draws > 0 {
            let taken = draw(&pool, &remaining, n_draws);
            let drawn = remaining.groups.iter().zip(&taken).filter(|(_, taken)| **taken);
            drawn.for_each(|(&group, _)| pool.for_each_row(group, |row| part_of_row[row] = part));
            if part == TEST && n_validation > 0 {
                remaining.take_out(&taken, &pool);
            }
        }
    }
    Ok(in_parts(&part_of_row))
}

const TRAIN: u8 = 0;
const VALIDATION: u8 = 1;
const TEST: u8 = 2;

/// The rows of each part, ascending.
fn in_parts(part_of_row: &[u8]) -> SplitIndices {
    let count = |part: u8| part_of_row.iter().filter(|&&of_row| of_row == part).count();
    let mut parts = SplitIndices {
        train: Vec::with_capacity(count(TRAIN)),
        validation: Vec::with_capacity(count(VALIDATION)),
        test: Vec::with_capacity(count(TEST)),
    };
    for (row, &part) in part_of_row.iter().enumerate() {
        match part {
            TEST => parts.test.push(row),
            VALIDATION => parts.validation.push(row),
            _ => parts.train.push(row),
        }
    }
    parts
}

/// [`split`] for a data set: encodes its labels, and names the label in errors.
///
/// # Errors
///
/// As [`LabelSet::encode`] and [`split`].
pub fn split_dataset(
    dataset: &Dataset,
    labels: &LabelSet,
    groups: &[usize],
    options: &SplitOptions,
) -> Result<SplitIndices, Error> {
    split(&labels.encode(dataset)?, groups, options).map_err(|error| error.name_class(labels))
}

/// Draws about `n_draws` rows from the remaining groups; returns for each whether it was drawn.
fn draw(pool: &Pool, remaining: &Remaining, n_draws: usize) -> Vec<bool> {
    let counts = &remaining.counts;
    let n_rows: usize = counts.iter().sum();
    let stay = shares(counts, n_rows.saturating_sub(n_draws));
    let target = |class: usize| {
        if remaining.groups_per_class[class] == 1 {
            0
        } else {
            counts[class] - stay[class].min(counts[class])
        }
    };
    let targets: Vec<usize> = (0..counts.len()).map(target).collect();
    pool.take(remaining, &targets)
}

/// Class ids without gaps in the order of the labels, and the label of each.
pub(crate) fn dense_classes(labels: &[usize]) -> (Vec<usize>, Vec<usize>) {
    dense(labels, |class| class)
}

/// The same with class ids of any type.
fn dense<T>(labels: &[usize], id: impl Fn(usize) -> T) -> (Vec<T>, Vec<usize>) {
    let largest = labels.iter().copied().max().unwrap_or(0);
    if largest / 4 > labels.len() {
        let mut ids = labels.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let class = |label: &usize| id(ids.partition_point(|id| id < label));
        return (labels.iter().map(class).collect(), ids);
    }
    // Labels are mostly small enough to be places in a table.
    let mut class_of = vec![usize::MAX; largest + 1];
    labels.iter().for_each(|&label| class_of[label] = 0);
    let ids: Vec<usize> = (0..class_of.len())
        .filter(|&label| class_of[label] == 0)
        .collect();
    ids.iter()
        .enumerate()
        .for_each(|(class, &label)| class_of[label] = class);
    (labels.iter().map(|&label| id(class_of[label])).collect(), ids)
}

/// What scikit-learn refuses is refused here: a class with one example, a part too small for all classes.
fn check(
    all: &Remaining,
    ids: &[usize],
    options: &SplitOptions,
    [n_rows, n_validation, n_test]: [usize; 3],
) -> Result<(), Error> {
    if let Some(class) = all.groups_per_class.iter().position(|&groups| groups == 1) {
        return Err(Error::SingleExample {
            class: ids[class],
            label: None,
            rows: all.counts[class],
        });
    }
    let n_classes = ids.len();
    for (part, size, count) in [
        ("test", options.test_size, n_test),
        ("validation", options.validation_size, n_validation),
    ] {
        if count > 0 && count < n_classes {
            let reason = format!("{count} of {n_rows} rows are fewer than the {n_classes} classes");
            return Err(size.impossible(
                part,
                reason,
                format!("ask for at least {n_classes} rows, or for 0"),
            ));
        }
    }
    if n_test + n_validation + n_classes > n_rows {
        let (part, size) = if n_test >= n_validation {
            ("test", options.test_size)
        } else {
            ("validation", options.validation_size)
        };
        let reason = format!(
            "with {n_test} rows for test and {n_validation} for validation, {} of {n_rows} are left to train {n_classes} classes",
            n_rows.saturating_sub(n_test + n_validation)
        );
        return Err(size.impossible(part, reason, "ask for fewer rows"));
    }
    Ok(())
}
