//! Reproduces scikit-learn's splits exactly: the same `random_state` gives the same rows in the same order.
//!
//! The generator is NumPy's `RandomState` (MT19937). Use this module to reproduce or check a split that was made in Python. For
//! anything else, use [`split`](crate::split::split), which keeps duplicates together. Labels are class ids; they must be in
//! the order in which `numpy.unique` sorts the label names.
//!
//! Tested against scikit-learn 1.9.1 and NumPy 2.4.6; the algorithms have not changed since scikit-learn 0.22.
//!
//! # Examples
//!
//! ```
//! use feedback_dataset::random_state::train_test_split;
//! use feedback_dataset::split::SplitSize;
//!
//! // train_test_split(range(10), stratify=[0] * 5 + [1] * 5, test_size=0.4, random_state=42)
//! let (train, test) = train_test_split(&[0, 0, 0, 0, 0, 1, 1, 1, 1, 1], SplitSize::Fraction(0.4), 42)?;
//! assert_eq!((train, test), (vec![8, 4, 1, 6, 7, 2], vec![0, 3, 5, 9]));
//! # Ok::<(), feedback_dataset::Error>(())
//! ```

mod numpy;

use crate::error::{RareClass, SplitError};
use crate::folds::Folds;
use crate::folds::stratified::assign_stratified;
use crate::folds::stratified_groups::assign_stratified_groups;
use crate::ids::dense_classes;
use crate::shuffle::Shuffle;
use crate::split::SplitSize;
use crate::split::shares::floors;

use numpy::RandomState;

/// `train_test_split(range(len(labels)), stratify=labels, test_size=…, random_state=…)`. Returns the rows of train and the rows
/// of test, in scikit-learn's order.
///
/// # Errors
///
/// Returns an error whenever scikit-learn raises one: [`SplitError::SingleExample`] if a class has only one row,
/// [`SplitError::Size`] if the size is 0, is not below the number of rows, or leaves a part with fewer rows than classes.
pub fn train_test_split(
    labels: &[usize],
    test_size: SplitSize,
    random_state: u32,
) -> Result<(Vec<usize>, Vec<usize>), SplitError> {
    let n_test = part_size(labels.len(), test_size)?;
    let (classes, ids) = dense_classes(labels);
    let mut rows_of_class: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
    classes
        .iter()
        .enumerate()
        .for_each(|(row, &class)| rows_of_class[class].push(row));
    let single = (0..ids.len()).filter(|&class| rows_of_class[class].len() < 2);
    let classes: Vec<RareClass> = single
        .map(|class| RareClass {
            class: ids[class],
            label: None,
            rows: 1,
        })
        .collect();
    if !classes.is_empty() {
        return Err(SplitError::SingleExample { classes });
    }
    let n_train = labels.len() - n_test;
    if n_test.min(n_train) < ids.len() {
        let reason = format!(
            "with {n_train} rows for training and {n_test} for test, one part has fewer rows than the {} classes",
            ids.len()
        );
        return Err(test_size.impossible(
            "test",
            reason,
            "choose a size that gives both parts at least one row per class",
        ));
    }

    let mut rng = RandomState::new(random_state);
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

/// `train_test_split(range(n_rows), test_size=…, random_state=…)`, which is not stratified. Returns the rows of train and the
/// rows of test.
///
/// # Errors
///
/// [`SplitError::Size`] for a size that is 0 or not below the number of rows.
pub fn shuffle_split(
    n_rows: usize,
    test_size: SplitSize,
    random_state: u32,
) -> Result<(Vec<usize>, Vec<usize>), SplitError> {
    let n_test = part_size(n_rows, test_size)?;
    let mut rows: Vec<usize> = (0..n_rows).collect();
    RandomState::new(random_state).shuffle(&mut rows);
    let train = rows.split_off(n_test);
    Ok((train, rows))
}

/// `StratifiedKFold(n_folds, shuffle=True, random_state=…)`.
///
/// # Errors
///
/// [`SplitError::Folds`] whenever scikit-learn raises an error: if there are fewer than two folds, or if every class has fewer
/// rows than there are folds.
pub fn stratified_k_fold(labels: &[usize], n_folds: usize, random_state: u32) -> Result<Folds, SplitError> {
    assign_stratified(labels, n_folds, Some(&mut RandomState::new(random_state)))
}

/// `StratifiedGroupKFold(n_folds, shuffle=True, random_state=…)`.
///
/// # Errors
///
/// [`SplitError::Folds`] whenever scikit-learn raises an error: if there are fewer than two folds, if every class has fewer
/// rows than there are folds, or if there are fewer groups than folds. [`SplitError::LengthMismatch`] if `labels` and `groups`
/// differ in length.
pub fn stratified_group_k_fold(
    labels: &[usize],
    groups: &[usize],
    n_folds: usize,
    random_state: u32,
) -> Result<Folds, SplitError> {
    assign_stratified_groups(labels, groups, n_folds, Some(&mut RandomState::new(random_state)))
}

fn part_size(n_rows: usize, test_size: SplitSize) -> Result<usize, SplitError> {
    match test_size.count(n_rows, "test")? {
        0 => Err(test_size.impossible(
            "test",
            "the test part would be empty".to_string(),
            "choose at least one row",
        )),
        n_test => Ok(n_test),
    }
}

/// `sklearn.utils.extmath._approximate_mode`: computes shares as in [`split`](crate::split::split), but chooses at random among
/// classes with equal remainders. Random numbers are drawn even if all of these classes get a row, as in scikit-learn.
fn approximate_mode(counts: &[usize], n_draws: usize, rng: &mut RandomState) -> Vec<usize> {
    let (mut shares, remainders) = floors(counts, n_draws);
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
