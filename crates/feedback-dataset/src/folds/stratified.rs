//! Stratified folds.

use crate::error::SplitError;
use crate::folds::assignment::{Folds, MaybeRng, check_folds, shuffle_with};
use crate::ids::number_ids;
use crate::shuffle::{Seeded, Shuffle};

/// Folds with the same share of every class, as by scikit-learn's `StratifiedKFold`.
///
/// Without a seed the rows of each class are assigned in their order, with the same result as in scikit-learn. With a
/// seed they are shuffled by `ChaCha8Rng`; [`random_state`](crate::random_state) uses NumPy's generator.
///
/// # Errors
///
/// [`SplitError::Folds`] for fewer than two folds, or if every class has fewer rows than folds.
pub fn stratified_k_fold(labels: &[usize], n_folds: usize, seed: Option<u64>) -> Result<Folds, SplitError> {
    assign_stratified(labels, n_folds, seed.map(Seeded::new).as_mut())
}

/// Rows, sorted by class in the order of first occurrence, are assigned round robin to count how many of each class a
/// fold holds out. The rows of each class are then assigned in blocks of these counts.
pub(crate) fn assign_stratified<R: Shuffle>(
    labels: &[usize],
    n_folds: usize,
    mut rng: MaybeRng<'_, R>,
) -> Result<Folds, SplitError> {
    let classes = number_ids(labels);
    let n_classes = classes.iter().max().map_or(0, |last| last + 1);
    let mut rows_of_class: Vec<Vec<usize>> = vec![Vec::new(); n_classes];
    classes
        .iter()
        .enumerate()
        .for_each(|(row, &class)| rows_of_class[class].push(row));
    let counts: Vec<usize> = rows_of_class.iter().map(Vec::len).collect();
    check_folds(n_folds, &counts, usize::MAX)?;

    let mut fold_of_row = vec![0; labels.len()];
    let mut assigned = 0;
    for rows in rows_of_class {
        let mut folds: Vec<usize> = (assigned..assigned + rows.len())
            .map(|place| place % n_folds)
            .collect();
        assigned += rows.len();
        folds.sort_unstable();
        shuffle_with(&mut rng, &mut folds);
        rows.into_iter()
            .zip(folds)
            .for_each(|(row, fold)| fold_of_row[row] = fold);
    }
    Ok(Folds { n_folds, fold_of_row })
}
