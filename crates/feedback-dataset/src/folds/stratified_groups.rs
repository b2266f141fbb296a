//! Stratified folds that keep groups together.

use crate::error::SplitError;
use crate::folds::assignment::{Folds, MaybeRng, check_folds, shuffle_with};
use crate::ids::dense_classes;
use crate::shuffle::{Seeded, Shuffle};

/// Makes folds that keep groups together and have about the same share of every class, like scikit-learn's
/// `StratifiedGroupKFold`.
///
/// Without a seed, the result is the same as scikit-learn's. With a seed, the groups are first shuffled with `ChaCha8Rng`; the
/// functions in [`random_state`](crate::random_state) use NumPy's generator.
///
/// # Errors
///
/// [`SplitError::Folds`] if there are fewer than two folds, if every class has fewer rows than there are folds, or if there
/// are fewer groups than folds; [`SplitError::LengthMismatch`] if `labels` and `groups` differ in length.
pub fn stratified_group_k_fold(
    labels: &[usize],
    groups: &[usize],
    n_folds: usize,
    seed: Option<u64>,
) -> Result<Folds, SplitError> {
    assign_stratified_groups(labels, groups, n_folds, seed.map(Seeded::new).as_mut())
}

/// Assigns groups to folds one at a time, starting with the group whose class counts have the largest standard deviation. Each
/// group goes to the fold that keeps the class shares most even across the folds; in a tie, to the fold with the fewest rows.
///
/// Sums are computed in NumPy's order, because their last bit can decide between two folds.
pub(crate) fn assign_stratified_groups<R: Shuffle>(
    labels: &[usize],
    groups: &[usize],
    n_folds: usize,
    mut rng: MaybeRng<'_, R>,
) -> Result<Folds, SplitError> {
    if groups.len() != labels.len() {
        return Err(SplitError::LengthMismatch {
            what: "groups",
            found: groups.len(),
            expected: labels.len(),
        });
    }
    let (classes, class_ids) = dense_classes(labels);
    let (group_of_row, group_ids) = dense_classes(groups);
    let n_classes = class_ids.len();
    let mut class_counts = vec![0; n_classes];
    let mut group_counts = vec![vec![0.0; n_classes]; group_ids.len()];
    for (&class, &group) in classes.iter().zip(&group_of_row) {
        class_counts[class] += 1;
        group_counts[group][class] += 1.0;
    }
    check_folds(n_folds, &class_counts, group_ids.len())?;

    let mut order: Vec<usize> = (0..group_ids.len()).collect();
    shuffle_with(&mut rng, &mut order);
    let spread: Vec<f64> = group_counts.iter().map(|counts| std_deviation(counts)).collect();
    order.sort_by(|&a, &b| spread[b].total_cmp(&spread[a]));

    let class_counts: Vec<f64> = class_counts.into_iter().map(|count| count as f64).collect();
    let mut fold_counts = vec![vec![0.0; n_classes]; n_folds];
    let mut fold_of_group = vec![0; group_ids.len()];
    for group in order {
        let fold = best_fold(&mut fold_counts, &class_counts, &group_counts[group]);
        add(&mut fold_counts[fold], &group_counts[group], 1.0);
        fold_of_group[group] = fold;
    }
    let fold_of_row = group_of_row
        .into_iter()
        .map(|group| fold_of_group[group])
        .collect();
    Ok(Folds { n_folds, fold_of_row })
}

fn best_fold(fold_counts: &mut [Vec<f64>], class_counts: &[f64], group: &[f64]) -> usize {
    let mut best = (0, f64::INFINITY, f64::INFINITY);
    for fold in 0..fold_counts.len() {
        add(&mut fold_counts[fold], group, 1.0);
        let unevenness = unevenness(fold_counts, class_counts);
        add(&mut fold_counts[fold], group, -1.0);
        let rows = fold_counts[fold].iter().sum();
        let (_, min, min_rows) = best;
        if unevenness < min || (is_close(unevenness, min) && rows < min_rows) {
            best = (fold, unevenness, rows);
        }
    }
    best.0
}

/// Returns how uneven the folds are: for each class, the standard deviation over the folds of the share of its rows in the fold;
/// then the mean over the classes.
fn unevenness(fold_counts: &[Vec<f64>], class_counts: &[f64]) -> f64 {
    let n_folds = fold_counts.len() as f64;
    let class_deviation = |class: usize| {
        let share = |counts: &Vec<f64>| counts[class] / class_counts[class];
        // NumPy reduces over the folds here (the first axis), which it does one after the other, not pairwise.
        let mean = fold_counts.iter().map(share).fold(0.0, |sum, share| sum + share) / n_folds;
        let squares = fold_counts
            .iter()
            .map(share)
            .fold(0.0, |sum, share| sum + (share - mean) * (share - mean));
        (squares / n_folds).sqrt()
    };
    let deviations: Vec<f64> = (0..class_counts.len()).map(class_deviation).collect();
    pairwise_sum(&deviations) / deviations.len() as f64
}

fn std_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = pairwise_sum(values) / n;
    let squares: Vec<f64> = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .collect();
    (pairwise_sum(&squares) / n).sqrt()
}

/// Adds contiguous numbers in the same order as NumPy (`pairwise_sum` in `loops_utils.h.src`).
fn pairwise_sum(values: &[f64]) -> f64 {
    if values.len() < 8 {
        return values.iter().fold(0.0, |sum, value| sum + value);
    }
    if values.len() > 128 {
        let half = values.len() / 2;
        let half = half - half % 8;
        return pairwise_sum(&values[..half]) + pairwise_sum(&values[half..]);
    }
    let mut lanes = [0.0; 8];
    let chunks = values.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        lanes
            .iter_mut()
            .zip(chunk)
            .for_each(|(lane, value)| *lane += value);
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    rest.iter().fold(sum, |sum, value| sum + value)
}

/// `numpy.isclose` with its default tolerances.
fn is_close(a: f64, b: f64) -> bool {
    b.is_finite() && (a - b).abs() <= 1e-8 + 1e-5 * b.abs()
}

fn add(counts: &mut [f64], group: &[f64], sign: f64) {
    counts
        .iter_mut()
        .zip(group)
        .for_each(|(count, group)| *count += sign * group);
}
