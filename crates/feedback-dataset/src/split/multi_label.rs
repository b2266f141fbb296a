//! Stratification of rows with several labels.

use crate::error::SplitError;
use crate::shuffle::{Seeded, Shuffle};

/// Divides rows with any number of labels into parts so that every label has its share in each part. Returns the
/// part of each row.
///
/// `proportions` are the sizes of the parts relative to each other. Labels are handled one at a time, always the label with
/// the fewest rows that are not yet assigned. Each of its rows goes to the part that still needs the most rows of this label;
/// in a tie, to the part that needs the most rows overall, and in a further tie to a random one (`ChaCha8Rng`). Rows without
/// labels are assigned last.
///
/// # Errors
///
/// [`SplitError::Weights`] if a proportion is negative or not finite, or all are 0.
///
/// # Examples
///
/// ```
/// use feedback_dataset::split::iterative_stratification;
///
/// let labels = [vec![0], vec![0, 1], vec![1], vec![0], vec![0, 1], vec![1]];
/// let parts = iterative_stratification(&labels, &[0.5, 0.5], 42)?;
/// for part in 0..2 {
///     let ones = (0..6).filter(|&row| parts[row] == part && labels[row].contains(&1));
///     assert_eq!(ones.count(), 2);
/// }
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
///
/// # References
///
/// Sechidis, Tsoumakas and Vlahavas, *On the Stratification of Multi-Label Data*, 2011, algorithm 1.
pub fn iterative_stratification<L: AsRef<[usize]>>(
    labels: &[L],
    proportions: &[f64],
    seed: u64,
) -> Result<Vec<usize>, SplitError> {
    let shares = shares(proportions)?;
    let mut rows_of_label = rows_by_label(labels);
    let mut rng = Seeded::new(seed);
    rows_of_label.iter_mut().for_each(|rows| rng.shuffle(rows));

    let mut lacking_rows: Vec<f64> = shares.iter().map(|share| share * labels.len() as f64).collect();
    let lacking = |rows: &Vec<usize>| shares.iter().map(|share| share * rows.len() as f64).collect();
    let mut lacking_by_label: Vec<Vec<f64>> = rows_of_label.iter().map(lacking).collect();
    let mut left: Vec<usize> = rows_of_label.iter().map(Vec::len).collect();
    let mut part_of_row: Vec<Option<usize>> = vec![None; labels.len()];

    let mut place =
        |row: usize, label: Option<usize>, lacking_by_label: &mut [Vec<f64>], left: &mut [usize]| {
            let part = choose(
                label.map(|label| &lacking_by_label[label][..]),
                &lacking_rows,
                &mut rng,
            );
            lacking_rows[part] -= 1.0;
            for label in distinct(labels[row].as_ref()) {
                lacking_by_label[label][part] -= 1.0;
                left[label] -= 1;
            }
            part
        };
    while let Some(label) = (0..left.len())
        .filter(|&label| left[label] > 0)
        .min_by_key(|&label| (left[label], label))
    {
        for &row in &rows_of_label[label] {
            if part_of_row[row].is_none() {
                part_of_row[row] = Some(place(row, Some(label), &mut lacking_by_label, &mut left));
            }
        }
    }
    let place_rest = |(row, part): (usize, Option<usize>)| {
        part.unwrap_or_else(|| place(row, None, &mut lacking_by_label, &mut left))
    };
    Ok(part_of_row.into_iter().enumerate().map(place_rest).collect())
}

fn shares(proportions: &[f64]) -> Result<Vec<f64>, SplitError> {
    let sum: f64 = proportions.iter().sum();
    if let Some(bad) = proportions
        .iter()
        .find(|value| !(value.is_finite() && **value >= 0.0))
    {
        return Err(SplitError::Weights {
            reason: format!("a proportion is {bad}"),
        });
    }
    if !(sum > 0.0 && sum.is_finite()) {
        return Err(SplitError::Weights {
            reason: format!("the proportions add up to {sum}"),
        });
    }
    Ok(proportions.iter().map(|proportion| proportion / sum).collect())
}

/// The rows of each label.
fn rows_by_label<L: AsRef<[usize]>>(labels: &[L]) -> Vec<Vec<usize>> {
    let n_labels = labels
        .iter()
        .flat_map(|labels| labels.as_ref())
        .max()
        .map_or(0, |last| last + 1);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); n_labels];
    for (row, labels) in labels.iter().enumerate() {
        distinct(labels.as_ref())
            .into_iter()
            .for_each(|label| rows[label].push(row));
    }
    rows
}

/// The labels of a row without repetitions.
fn distinct(labels: &[usize]) -> Vec<usize> {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// Returns the part that still needs the most rows of the label; in a tie, the part that needs the most rows overall, and in
/// a further tie a random one.
fn choose(label: Option<&[f64]>, rows: &[f64], rng: &mut Seeded) -> usize {
    let lacking = |part: usize| (label.map_or(0.0, |lacking| lacking[part]), rows[part]);
    let at_least = |a: (f64, f64), b: (f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).is_ge();
    let mut best: Vec<usize> = Vec::new();
    for part in 0..rows.len() {
        match best.first().map(|&first| {
            (
                at_least(lacking(part), lacking(first)),
                at_least(lacking(first), lacking(part)),
            )
        }) {
            Some((true, true)) => best.push(part),
            Some((false, _)) => {}
            _ => best = vec![part],
        }
    }
    match best.len() {
        0 | 1 => best.first().copied().unwrap_or(0),
        n => best[rng.index_up_to(n - 1)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn impossible_proportions_are_errors() {
        for proportions in [&[][..], &[0.0], &[1.0, -1.0], &[f64::NAN]] {
            assert!(matches!(
                iterative_stratification(&[[0]], proportions, 1),
                Err(SplitError::Weights { .. })
            ));
        }
    }

    #[test]
    fn a_part_with_proportion_0_is_empty() {
        let labels: Vec<Vec<usize>> = (0..50).map(|row| vec![row % 3, 3 + row % 4]).collect();
        let parts = iterative_stratification(&labels, &[1.0, 0.0, 1.0], 7).unwrap();
        assert!(parts.iter().all(|&part| part != 1));
    }

    proptest! {
        /// With one label per row the result is a stratified split: counts differ from the exact shares by less than one.
        #[test]
        fn single_labels_are_divided_evenly(classes in prop::collection::vec(0_usize..5, 10..120), seed in any::<u64>()) {
            let labels: Vec<[usize; 1]> = classes.iter().map(|&class| [class]).collect();
            let parts = iterative_stratification(&labels, &[3.0, 1.0], seed).unwrap();
            prop_assert_eq!(&parts, &iterative_stratification(&labels, &[3.0, 1.0], seed).unwrap());
            for class in 0..5 {
                let rows = classes.iter().filter(|&&other| other == class).count();
                let first = classes.iter().zip(&parts).filter(|&(&other, &part)| other == class && part == 0).count();
                prop_assert!((first as f64 - 0.75 * rows as f64).abs() < 1.0);
            }
        }
    }
}
