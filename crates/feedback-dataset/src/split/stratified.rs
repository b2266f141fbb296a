//! Splits that are stratified by class and keep groups together.

use crate::dataset::Dataset;
use crate::error::{Error, RareClass, SplitError};
use crate::ids::dense;
use crate::labels::LabelSet;
use crate::shuffle::{Seeded, Shuffle};
use crate::split::indices::SplitIndices;
use crate::split::options::SplitOptions;
use crate::split::pool::{Pool, Remaining};
use crate::split::shares::shares;

/// Divides rows at random so that every class has its share in each part and groups stay together.
///
/// `labels` are class ids and `groups` group ids, one for each row; rows with the same group id stay together.
/// For a plain stratified split, give every row a different group id.
///
/// # Counts
///
/// Sizes are fractions of all rows, rounded up, or counts. Test is drawn from all rows, then validation from the remaining rows.
/// The target of each class is computed as in scikit-learn (`StratifiedShuffleSplit`). Each class keeps `class count / rows ×
/// rows not drawn` rows, rounded down; the classes with the largest remainders keep one more. If remainders are equal, the class
/// with the lower id comes first (scikit-learn chooses at random). The other rows of the class are drawn.
///
/// - If every group has one row, the targets are met exactly.
/// - If no group has several classes, each class differs from its target by less than the size of its largest group. If training
///   keeps another group of the class, the difference is at most half of that size.
/// - If groups have several classes, they are chosen so that moving one group cannot reduce the sum of the squared
///   deviations from the targets; there is no tighter bound.
///
/// If the target of a class leaves rows for training, at least one of its groups stays in training. If only one group of a
/// class is left when validation is drawn, that group stays in training.
///
/// Only the order of class ids matters: the result is the same if class ids are replaced by other ids in the same order. Group
/// ids may be replaced by any distinct ids.
///
/// # Errors
///
/// [`SplitError::LengthMismatch`]; [`SplitError::SingleExample`] for a class with a single group, unless all rows are
/// for training; [`SplitError::TooManyRows`]; [`SplitError::Size`] for a fraction outside 0 to 1, a part as large as the
/// data, or a part (including training) with fewer rows than there are classes; [`SplitError::EmptyPart`] if rows were requested
/// for a part but groups are too large to give it any.
///
/// # Examples
///
/// ```
/// use feedback_dataset::split::{SplitOptions, SplitSize, split};
///
/// let labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
/// let groups = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]; // rows 0 and 1 are duplicates
/// let options = SplitOptions::new(SplitSize::Count(4), SplitSize::NONE);
/// let parts = split(&labels, &groups, &options)?;
/// assert_eq!((parts.train.len(), parts.validation.len(), parts.test.len()), (8, 0, 4));
/// assert_eq!(parts.train.contains(&0), parts.train.contains(&1));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
///
/// # References
///
/// scikit-learn, `sklearn/model_selection/_split.py`, `StratifiedShuffleSplit._iter_indices`.
pub fn split(labels: &[usize], groups: &[usize], options: &SplitOptions) -> Result<SplitIndices, SplitError> {
    if groups.len() != labels.len() {
        return Err(SplitError::LengthMismatch {
            what: "groups",
            found: groups.len(),
            expected: labels.len(),
        });
    }
    let n_rows = labels.len();
    let n_test = options.test_size.count(n_rows, "test")?;
    let n_validation = options.validation_size.count(n_rows, "validation")?;
    if n_test == 0 && n_validation == 0 {
        return Ok(SplitIndices {
            train: (0..n_rows).collect(),
            ..SplitIndices::default()
        });
    }
    if u32::try_from(n_rows).is_err() {
        return Err(SplitError::TooManyRows { rows: n_rows });
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
                remaining.remove(&taken, &pool);
            }
        }
    }
    let parts = in_parts(&part_of_row);
    check_parts(&parts, [n_validation, n_test], pool.n_groups())?;
    Ok(parts)
}

/// Refuses an empty part for which rows were requested.
fn check_parts(
    parts: &SplitIndices,
    [n_validation, n_test]: [usize; 2],
    groups: usize,
) -> Result<(), SplitError> {
    let rows = parts.train.len() + parts.validation.len() + parts.test.len();
    let n_train = rows.saturating_sub(n_validation + n_test);
    let sizes = [
        ("test", &parts.test, n_test),
        ("validation", &parts.validation, n_validation),
        ("training", &parts.train, n_train),
    ];
    match sizes
        .iter()
        .find(|(_, rows, wanted)| *wanted > 0 && rows.is_empty())
    {
        Some((part, _, wanted)) => Err(SplitError::EmptyPart {
            part,
            wanted: *wanted,
            rows,
            groups,
        }),
        None => Ok(()),
    }
}

const TRAIN: u8 = 0;
const VALIDATION: u8 = 1;
const TEST: u8 = 2;

/// The rows of each part, in ascending order.
fn in_parts(part_of_row: &[u8]) -> SplitIndices {
    let count = |part: u8| part_of_row.iter().filter(|&&row_part| row_part == part).count();
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

/// Splits a data set as [`split`] does: encodes its labels first, and adds the label name to errors.
///
/// # Errors
///
/// The errors of [`LabelSet::encode`] and [`split`].
pub fn split_dataset(
    dataset: &Dataset,
    labels: &LabelSet,
    groups: &[usize],
    options: &SplitOptions,
) -> Result<SplitIndices, Error> {
    let classes = labels.encode(dataset)?;
    let parts = split(&classes, groups, options);
    Ok(parts.map_err(|error| error.name_class(|class| labels.name(class).map(str::to_owned)))?)
}

/// Draws about `n_draws` rows from the remaining groups. Returns for each group whether it was drawn.
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

/// Rejects what scikit-learn rejects: a class with one example, and a part too small for all classes.
fn check(
    all: &Remaining,
    ids: &[usize],
    options: &SplitOptions,
    [n_rows, n_validation, n_test]: [usize; 3],
) -> Result<(), SplitError> {
    let rare = (0..ids.len()).filter(|&class| all.groups_per_class[class] == 1);
    let classes: Vec<RareClass> = rare
        .map(|class| RareClass {
            class: ids[class],
            label: None,
            rows: all.counts[class],
        })
        .collect();
    if !classes.is_empty() {
        return Err(SplitError::SingleExample { classes });
    }
    let n_classes = ids.len();
    for (part, size, count) in [
        ("test", options.test_size, n_test),
        ("validation", options.validation_size, n_validation),
    ] {
        if count > 0 && count < n_classes {
            let reason = format!("{count} of {n_rows} rows are fewer than the {n_classes} classes");
            return Err(size.impossible(part, reason, format!("choose at least {n_classes} rows, or 0")));
        }
    }
    if n_test + n_validation + n_classes > n_rows {
        let (part, size) = if n_test >= n_validation {
            ("test", options.test_size)
        } else {
            ("validation", options.validation_size)
        };
        let reason = format!(
            "with {n_test} rows for test and {n_validation} for validation, {} of {n_rows} rows are left for training {n_classes} classes",
            n_rows.saturating_sub(n_test + n_validation)
        );
        return Err(size.impossible(part, reason, "choose fewer rows"));
    }
    Ok(())
}
