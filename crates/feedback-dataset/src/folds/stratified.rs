//! `StratifiedKFold`.

use crate::error::Error;
use crate::groups::number_ids;
use crate::shuffle::Shuffle;

use super::{Folds, MaybeRng, check_folds, shuffle_with};

/// Deals the rows, sorted by class in order of first appearance, round robin to count how many of
/// each class a fold holds out, then gives each class's rows in blocks of those counts.
pub(crate) fn assign_stratified<R: Shuffle>(
    labels: &[usize],
    n_folds: usize,
    mut rng: MaybeRng<'_, R>,
) -> Result<Folds, Error> {
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
    let mut dealt = 0;
    for rows in rows_of_class {
        let mut folds: Vec<usize> = (dealt..dealt + rows.len()).map(|place| place % n_folds).collect();
        dealt += rows.len();
        folds.sort_unstable();
        shuffle_with(&mut rng, &mut folds);
        rows.into_iter()
            .zip(folds)
            .for_each(|(row, fold)| fold_of_row[row] = fold);
    }
    Ok(Folds { n_folds, fold_of_row })
}
