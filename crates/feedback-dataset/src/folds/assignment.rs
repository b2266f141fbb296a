//! Cross-validation: every row is held out exactly once.

mod groups;
mod stratified;
mod stratified_groups;

use crate::error::Error;
use crate::shuffle::{Seeded, Shuffle};

pub(crate) use stratified::assign_stratified;
pub(crate) use stratified_groups::assign_stratified_groups;

/// Which fold each row is held out in.
///
/// # Examples
///
/// ```
/// use feedback_dataset::{Folds, stratified_k_fold};
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
    n_folds: usize,
    fold_of_row: Vec<usize>,
}

impl Folds {
    /// How many folds there are; at least two.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there are always folds")]
    pub fn len(&self) -> usize {
        self.n_folds
    }

    /// The fold that holds each row out.
    #[must_use]
    pub fn fold_of_row(&self) -> &[usize] {
        &self.fold_of_row
    }

    /// The rows held out in a fold, ascending.
    #[must_use]
    pub fn held_out(&self, fold: usize) -> Vec<usize> {
        self.rows(|of_row| of_row == fold)
    }

    /// The rows to train on in a fold: all others, ascending.
    #[must_use]
    pub fn train(&self, fold: usize) -> Vec<usize> {
        self.rows(|of_row| of_row != fold)
    }

    fn rows(&self, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        let rows = self.fold_of_row.iter().enumerate();
        rows.filter(|(_, fold)| wanted(**fold))
            .map(|(row, _)| row)
            .collect()
    }
}

/// Folds with the same share of every class, as scikit-learn's `StratifiedKFold`.
///
/// Without a seed the rows of each class are dealt out in their order and the result is
/// scikit-learn's. With one they are shuffled by `ChaCha8Rng`; [`random_state`](crate::random_state)
/// has NumPy's generator.
///
/// # Errors
///
/// [`Error::Folds`] for fewer than two folds, or where every class has fewer rows than folds.
pub fn stratified_k_fold(labels: &[usize], n_folds: usize, seed: Option<u64>) -> Result<Folds, Error> {
    assign_stratified(labels, n_folds, seed.map(Seeded::new).as_mut())
}

/// Folds of whole groups and about equal size, as scikit-learn's `GroupKFold`: the largest group
/// first, each to the fold with the fewest rows.
///
/// # Errors
///
/// [`Error::Folds`] for fewer than two folds, or fewer groups than folds.
pub fn group_k_fold(groups: &[usize], n_folds: usize) -> Result<Folds, Error> {
    groups::assign_groups(groups, n_folds)
}

/// Folds of whole groups with about the same share of every class, as scikit-learn's
/// `StratifiedGroupKFold`.
///
/// Without a seed the result is scikit-learn's. With one the groups are shuffled by `ChaCha8Rng`
/// first; [`random_state`](crate::random_state) has NumPy's generator.
///
/// # Errors
///
/// [`Error::Folds`] for fewer than two folds, where every class has fewer rows than folds, or for
/// fewer groups than folds; [`Error::LengthMismatch`].
pub fn stratified_group_k_fold(
    labels: &[usize],
    groups: &[usize],
    n_folds: usize,
    seed: Option<u64>,
) -> Result<Folds, Error> {
    assign_stratified_groups(labels, groups, n_folds, seed.map(Seeded::new).as_mut())
}

/// Refuses fold counts that scikit-learn refuses.
fn check_folds(n_folds: usize, class_counts: &[usize], n_groups: usize) -> Result<(), Error> {
    let reason = if n_folds < 2 {
        "at least two are needed".to_string()
    } else if class_counts.iter().all(|&count| count < n_folds) {
        "every class has fewer rows".to_string()
    } else if n_groups < n_folds {
        format!("there are only {n_groups} groups")
    } else {
        return Ok(());
    };
    Err(Error::Folds { n_folds, reason })
}

/// Any generator a fold may be shuffled by; `None` for none.
type MaybeRng<'a, R> = Option<&'a mut R>;

fn shuffle_with<T, R: Shuffle>(rng: &mut MaybeRng<'_, R>, items: &mut [T]) {
    if let Some(rng) = rng {
        rng.shuffle(items);
    }
}
