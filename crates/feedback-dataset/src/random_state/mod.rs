//! scikit-learn's splits row by row: the same `random_state`, the same rows in the same order.
//!
//! The generator is NumPy's `RandomState` (MT19937). Use this to reproduce or check a split that was
//! made in Python; [`split`](crate::split()) keeps duplicates together and is the better choice for
//! everything else. Labels are class ids in the order in which `numpy.unique` sorts the labels.
//!
//! Checked against scikit-learn 1.9.1 and NumPy 2.4.6; the algorithms have been the same since 0.22.
//!
//! # Examples
//!
//! ```
//! use feedback_dataset::SplitSize;
//! use feedback_dataset::random_state::train_test_split;
//!
//! // train_test_split(range(10), stratify=[0] * 5 + [1] * 5, test_size=0.4, random_state=42)
//! let (train, test) = train_test_split(&[0, 0, 0, 0, 0, 1, 1, 1, 1, 1], SplitSize::Fraction(0.4), 42)?;
//! assert_eq!((train, test), (vec![8, 4, 1, 6, 7, 2], vec![0, 3, 5, 9]));
//! # Ok::<(), feedback_dataset::Error>(())
//! ```

mod mersenne;

use crate::error::Error;
use crate::folds::{Folds, assign_stratified, assign_stratified_groups};
use crate::shuffle::Shuffle;
use crate::split::{SplitSize, class_floors, dense_classes};

use mersenne::Mt19937;

impl Shuffle for Mt19937 {
    fn index_up_to(&mut self, max: usize) -> usize {
        self.up_to(max)
    }
}

/// `train_test_split(range(len(labels)), stratify=labels, test_size=…, random_state=…)`: the rows of
/// train and of test, in scikit-learn's order.
///
/// # Errors
///
/// Where scikit-learn raises: [`Error::SingleExample`] for a class with one row,
/// [`Error::SplitSize`] for a size that is 0, not below the whole, or leaves a part with fewer rows
/// than classes.
pub fn train_test_split(
    labels: &[usize],
    test_size: SplitSize,
    random_state: u32,
) -> Result<(Vec<usize>, Vec<usize>), Error> {
    let n_test = part_size(labels.len(), test_size)?;
    let (classes, ids) = dense_classes(labels);
    let mut rows_of_class: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
    classes
        .iter()
        .enumerate()
        .for_each(|(row, &class)| rows_of_class[class].push(row));
    if let Some(class) = rows_of_class.iter().position(|rows| rows.len() < 2) {
        return Err(Error::SingleExample {
            class: ids[class],
            label: None,
            rows: 1,
        });
    }
    let n_train = labels.len() - n_test;
    if n_test.min(n_train) < ids.len() {
        let reason = format!(
            "{n_train} rows to train and {n_test} to test, one of them fewer than the {} classes",
            ids.len()
        );
        return Err(test_size.impossible("test", reason, "ask for more rows, or fewer"));
    }

    let mut rng = Mt19937::new(random_state);
    let counts: Vec<usize> = rows_of_class.iter().map(Vec::len).collect();
    let train_counts = approximate_mode(&counts, n_train, &mut rng);
    let left: Vec<usize> = counts
        .iter()
        .zip(&train_counts)
        .map(|(all, train)| all - train)
        .collect();
    let test_counts = approximate_mode(&left, n_test, &mut rng);
    let (mut train, mut test) = (Vec::with_capacity(n_train), Vec::with_capacity(n_test));
    for (class, mut rows) in rows_of_class.into_iter().enumerate() {
        rng.shuffle(&mut rows);
        let (train_end, test_end) = (train_counts[class], train_counts[class] + test_counts[class]);
        train.extend(&rows[..train_end]);
        test.extend(&rows[train_end..test_end]);
    }
    rng.shuffle(&mut train);
    rng.shuffle(&mut test);
    Ok((train, test))
}

/// `train_test_split(range(n_rows), test_size=…, random_state=…)` without stratification.
///
/// # Errors
///
/// [`Error::SplitSize`] for a size that is 0 or not below the whole.
pub fn shuffle_split(
    n_rows: usize,
    test_size: SplitSize,
    random_state: u32,
) -> Result<(Vec<usize>, Vec<usize>), Error> {
    let n_test = part_size(n_rows, test_size)?;
    let mut rows: Vec<usize> = (0..n_rows).collect();
    Mt19937::new(random_state).shuffle(&mut rows);
    let train = rows.split_off(n_test);
    Ok((train, rows))
}

/// `StratifiedKFold(n_folds, shuffle=True, random_state=…)`.
///
/// # Errors
///
/// [`Error::Folds`] where scikit-learn raises: fewer than two folds, or every class with fewer rows
/// than folds.
pub fn stratified_k_fold(labels: &[usize], n_folds: usize, random_state: u32) -> Result<Folds, Error> {
    assign_stratified(labels, n_folds, Some(&mut Mt19937::new(random_state)))
}

/// `StratifiedGroupKFold(n_folds, shuffle=True, random_state=…)`.
///
/// # Errors
///
/// [`Error::Folds`] where scikit-learn raises: fewer than two folds, every class with fewer rows
/// than folds, or fewer groups than folds; [`Error::LengthMismatch`].
pub fn stratified_group_k_fold(
    labels: &[usize],
    groups: &[usize],
    n_folds: usize,
    random_state: u32,
) -> Result<Folds, Error> {
    assign_stratified_groups(labels, groups, n_folds, Some(&mut Mt19937::new(random_state)))
}

fn part_size(n_rows: usize, test_size: SplitSize) -> Result<usize, Error> {
    match test_size.of(n_rows, "test")? {
        0 => Err(test_size.impossible(
            "test",
            "the test part would be empty".to_string(),
            "ask for at least one row",
        )),
        n_test => Ok(n_test),
    }
}

/// `sklearn.utils.extmath._approximate_mode`: as the shares of [`split`](crate::split()), but lots
/// are drawn among equal remainders. They are drawn, and the generator moves on, also where all of
/// the equals get a row.
fn approximate_mode(counts: &[usize], n_draws: usize, rng: &mut Mt19937) -> Vec<usize> {
    let (mut shares, remainders) = class_floors(counts, n_draws);
    let mut missing = n_draws - shares.iter().sum::<usize>();
    let mut values = remainders.clone();
    values.sort_by(|a, b| b.total_cmp(a));
    values.dedup();
    for value in values {
        if missing == 0 {
            break;
        }
        let mut equals: Vec<usize> = (0..counts.len())
            .filter(|&class| remainders[class] == value)
            .collect();
        rng.shuffle(&mut equals);
        equals.truncate(missing);
        missing -= equals.len();
        equals.into_iter().for_each(|class| shares[class] += 1);
    }
    shares
}
