//! Folds that keep groups together.

use std::collections::BTreeMap;

use crate::error::SplitError;
use crate::folds::assignment::{Folds, check_folds};

/// Folds of about equal size that keep groups together, as by scikit-learn's `GroupKFold`: the largest group first,
/// each to the fold with the fewest rows.
///
/// # Errors
///
/// [`SplitError::Folds`] for fewer than two folds, or fewer groups than folds.
pub fn group_k_fold(groups: &[usize], n_folds: usize) -> Result<Folds, SplitError> {
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for &group in groups {
        *sizes.entry(group).or_insert(0) += 1;
    }
    check_folds(n_folds, &[usize::MAX], sizes.len())?;
    // Among groups of equal size scikit-learn takes the higher id first, among equal folds the lower one.
    let mut order: Vec<(usize, usize)> = sizes.into_iter().map(|(group, size)| (size, group)).collect();
    order.sort_unstable_by(|a, b| b.cmp(a));

    let mut rows_in_fold = vec![0; n_folds];
    let mut fold_of_group = BTreeMap::new();
    for (size, group) in order {
        let lightest = (0..n_folds)
            .min_by_key(|&fold| (rows_in_fold[fold], fold))
            .unwrap_or(0);
        rows_in_fold[lightest] += size;
        fold_of_group.insert(group, lightest);
    }
    let fold_of_row = groups.iter().map(|group| fold_of_group[group]).collect();
    Ok(Folds { n_folds, fold_of_row })
}
