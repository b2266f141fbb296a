//! Stratified folds.

use crate::error::SplitError;
use crate::folds::assignment::{Folds, MaybeRng, check_folds, shuffle_with};
use crate::ids::number_ids;
use crate::shuffle::{Seeded, Shuffle};

/// Makes folds with the same share of every class, like scikit-learn's `StratifiedKFold`.
///
/// Without a seed, the rows of each class are assigned in their order, and the result is the same as scikit-learn's. With a
/// seed, they are shuffled with `ChaCha8Rng`; the functions in [`random_state`](crate::random_state) use NumPy's generator.
///
/// # Errors
///
/// [`SplitError::Folds`] for fewer than two folds, or if every class has fewer rows than folds.
pub fn stratified_k_fold(labels: &[usize], n_folds: usize, seed: Option<u64>) -> Result<Folds, SplitError> {
    assign_stratified(labels, n_folds, seed.map(Seeded::new).as_mut())
}

/// First determines how many rows of each class each fold holds out. For this, the rows are sorted by class (classes in the
/// order of their first row) and dealt to the folds in turn. Then the rows of each class are assigned to the folds in blocks
/// of these sizes, shuffled if there is a generator.
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
