//! `StratifiedGroupKFold`.

use crate::error::Error;
use crate::shuffle::Shuffle;
use crate::split::dense_classes;

use super::{Folds, MaybeRng, check_folds, shuffle_with};

/// Groups whose classes are spread least evenly come first; each goes to the fold after which the
/// shares of the classes differ least between folds, and among equals to the one with fewest rows.
///
/// Sums are taken in NumPy's order, because a last bit may decide between folds.
pub(crate) fn assign_stratified_groups<R: Shuffle>(
    labels: &[usize],
    groups: &[usize],
    n_folds: usize,
    mut rng: MaybeRng<'_, R>,
) -> Result<Folds, Error> {
    if groups.len() != labels.len() {
        return Err(Error::LengthMismatch {
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
        let (_, least, fewest) = best;
        if unevenness < least || (is_close(unevenness, least) && rows < fewest) {
            best = (fold, unevenness, rows);
        }
    }
    best.0
}

/// How much the share of a class differs between folds, on average over the classes.
fn unevenness(fold_counts: &[Vec<f64>], class_counts: &[f64]) -> f64 {
    let n_folds = fold_counts.len() as f64;
    let of_class = |class: usize| {
        let share = |counts: &Vec<f64>| counts[class] / class_counts[class];
        // Along the folds NumPy adds one after the other.
        let mean = fold_counts.iter().map(share).fold(0.0, |sum, share| sum + share) / n_folds;
        let squares = fold_counts
            .iter()
            .map(share)
            .fold(0.0, |sum, share| sum + (share - mean) * (share - mean));
        (squares / n_folds).sqrt()
    };
    let deviations: Vec<f64> = (0..class_counts.len()).map(of_class).collect();
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

/// NumPy's order of adding contiguous numbers (`pairwise_sum` in `loops_utils.h.src`).
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
