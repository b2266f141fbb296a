//! The fold of each row.

use crate::error::SplitError;
use crate::shuffle::Shuffle;

/// The fold in which each row is held out.
///
/// # Examples
///
/// ```
/// use feedback_dataset::folds::stratified_k_fold;
///
/// let folds = stratified_k_fold(&[0, 0, 1, 1, 0, 1], 3, None)?;
/// for fold in 0..folds.len() {
///     assert_eq!(folds.held_out(fold).len(), 2); // one of each class
///     assert_eq!(folds.train(fold).len(), 4);
/// }
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    pub(crate) n_folds: usize,
    pub(crate) fold_of_row: Vec<usize>,
}

impl Folds {
    /// The number of folds; at least two.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there are always folds")]
    pub fn len(&self) -> usize {
        self.n_folds
    }

    /// Returns for each row the fold in which the row is held out.
    #[must_use]
    pub fn fold_of_row(&self) -> &[usize] {
        &self.fold_of_row
    }

    /// The rows that are held out in a fold, in ascending order.
    #[must_use]
    pub fn held_out(&self, fold: usize) -> Vec<usize> {
        self.rows(|row_fold| row_fold == fold)
    }

    /// The training rows of a fold: all rows that are not held out in it, in ascending order.
    #[must_use]
    pub fn train(&self, fold: usize) -> Vec<usize> {
        self.rows(|row_fold| row_fold != fold)
    }

    fn rows(&self, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        let rows = self.fold_of_row.iter().enumerate();
        rows.filter(|(_, fold)| wanted(**fold))
            .map(|(row, _)| row)
            .collect()
    }
}

/// Rejects the numbers of folds that scikit-learn rejects.
pub(crate) fn check_folds(n_folds: usize, class_counts: &[usize], n_groups: usize) -> Result<(), SplitError> {
    let reason = if n_folds < 2 {
        "at least two are needed".to_string()
    } else if class_counts.iter().all(|&count| count < n_folds) {
        "every class has fewer rows".to_string()
    } else if n_groups < n_folds {
        format!("there are only {n_groups} groups")
    } else {
        return Ok(());
    };
    Err(SplitError::Folds { n_folds, reason })
}

/// The random number generator for shuffling; `None` keeps the order.
pub(crate) type MaybeRng<'a, R> = Option<&'a mut R>;

pub(crate) fn shuffle_with<T, R: Shuffle>(rng: &mut MaybeRng<'_, R>, items: &mut [T]) {
    if let Some(rng) = rng {
        rng.shuffle(items);
    }
}
