//! Folds that keep groups together.

use std::collections::BTreeMap;

use crate::error::SplitError;
use crate::folds::assignment::{Folds, check_folds};

/// Makes folds of about equal size that keep groups together, like scikit-learn's `GroupKFold`. Groups are assigned from the
/// largest to the smallest, each to the fold that has the fewest rows so far.
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
    // If groups have equal sizes, scikit-learn takes the group with the higher id first; if folds are equal, the lower fold.
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
