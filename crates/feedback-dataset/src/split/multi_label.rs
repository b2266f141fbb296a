//! Stratification of rows with several labels.

use std::cmp::{Ordering, Reverse};

use crate::error::SplitError;
use crate::ids::number_ids;
use crate::shuffle::{Seeded, Shuffle};
use crate::split::indices::SplitIndices;
use crate::split::options::SplitOptions;

/// Divides rows with any number of labels into train, validation and test, so that every label has its share in each part and
/// groups stay together.
///
/// `labels` has the label ids of each row, and `groups` its group; rows of a group, such as duplicates, are in the same part.
/// The parts come from [`iterative_stratification`] with the requested sizes as proportions, so their numbers of rows are close
/// to the sizes, but not always equal to them.
///
/// # Errors
///
/// [`SplitError::LengthMismatch`], and [`SplitError::Size`] for an impossible size.
///
/// # Examples
///
/// ```
/// use feedback_dataset::split::{SplitOptions, SplitSize, multi_label_split};
///
/// let labels: Vec<Vec<usize>> = (0..20).map(|row| vec![row % 2, 2 + row % 5]).collect();
/// let groups: Vec<usize> = (0..20).collect();
/// let options = SplitOptions::new(SplitSize::Fraction(0.25), SplitSize::NONE);
/// let parts = multi_label_split(&labels, &groups, &options)?;
/// assert_eq!((parts.train.len(), parts.validation.len(), parts.test.len()), (15, 0, 5));
/// assert!((0..5).all(|label| parts.test.iter().any(|&row| labels[row].contains(&(2 + label)))));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn multi_label_split<L: AsRef<[usize]>>(
    labels: &[L],
    groups: &[usize],
    options: &SplitOptions,
) -> Result<SplitIndices, SplitError> {
    let n_rows = labels.len();
    let n_test = options.test_size.count(n_rows, "test")?;
    let n_validation = options.validation_size.count(n_rows, "validation")?;
    if n_test + n_validation >= n_rows {
        if n_rows == 0 {
            return Ok(SplitIndices::default());
        }
        let reason = format!(
            "with {n_test} rows for test and {n_validation} for validation, none of {n_rows} rows are left for training"
        );
        return Err(options.test_size.impossible("test", reason, "choose fewer rows"));
    }
    let sizes = [n_rows - n_test - n_validation, n_validation, n_test].map(|size| size as f64);
    let parts = iterative_stratification(labels, groups, &sizes, options.seed)?;
    let rows_of = |part: usize| (0..n_rows).filter(|&row| parts[row] == part).collect();
    Ok(SplitIndices {
        train: rows_of(0),
        validation: rows_of(1),
        test: rows_of(2),
    })
}

/// Divides rows with any number of labels into parts so that every label has its share in each part and groups stay together.
/// Returns the part of each row.
///
/// `groups` has the group of each row; to divide single rows, give every row another group. `proportions` are the sizes of the
/// parts relative to each other. Labels are handled one at a time, always the label with the fewest rows that are not yet
/// assigned. Each group with rows of this label goes to the part that still needs the most rows of the label, large groups
/// first. In a tie, it goes to the part that needs the most rows overall; in a further tie, to a random part (`ChaCha8Rng`).
/// Rows without labels are assigned last. A part with proportion 0 gets no rows.
///
/// # Errors
///
/// [`SplitError::LengthMismatch`]; [`SplitError::Weights`] if a proportion is negative or not finite, or all are 0.
///
/// # Examples
///
/// ```
/// use feedback_dataset::split::iterative_stratification;
///
/// let labels = [vec![0], vec![0, 1], vec![1], vec![0], vec![0, 1], vec![1]];
/// let groups = [0, 1, 2, 3, 4, 5];
/// let parts = iterative_stratification(&labels, &groups, &[0.5, 0.5], 42)?;
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
    groups: &[usize],
    proportions: &[f64],
    seed: u64,
) -> Result<Vec<usize>, SplitError> {
    let shares = shares(proportions)?;
    if groups.len() != labels.len() {
        return Err(SplitError::LengthMismatch {
            what: "groups",
            found: groups.len(),
            expected: labels.len(),
        });
    }
    let group_of_row = number_ids(groups);
    let groups = LabelledGroup::all(labels, &group_of_row);
    let mut rng = Seeded::new(seed);
    let groups_of_label = groups_by_label(&groups, &mut rng);
    let mut places = Places::new(&groups, groups_of_label.len(), shares);
    let mut part_of_group: Vec<Option<usize>> = vec![None; groups.len()];
    while let Some(label) = places.rarest_label() {
        for &group in &groups_of_label[label] {
            if part_of_group[group].is_none() {
                part_of_group[group] = Some(places.place(&groups[group], Some(label), &mut rng));
            }
        }
    }
    let place_rest = |(group, part): (usize, Option<usize>)| {
        part.unwrap_or_else(|| places.place(&groups[group], None, &mut rng))
    };
    let part_of_group: Vec<usize> = part_of_group.into_iter().enumerate().map(place_rest).collect();
    Ok(group_of_row
        .into_iter()
        .map(|group| part_of_group[group])
        .collect())
}

/// The rows of a group: how many there are, and how many have each label.
#[derive(Clone, Default)]
struct LabelledGroup {
    rows: usize,
    labels: Vec<(usize, usize)>,
}

impl LabelledGroup {
    fn all<L: AsRef<[usize]>>(labels: &[L], group_of_row: &[usize]) -> Vec<Self> {
        let n_groups = group_of_row.iter().max().map_or(0, |last| last + 1);
        let mut groups = vec![Self::default(); n_groups];
        for (labels, &group) in labels.iter().zip(group_of_row) {
            let group = &mut groups[group];
            group.rows += 1;
            for label in distinct(labels.as_ref()) {
                match group.labels.iter_mut().find(|(found, _)| *found == label) {
                    Some((_, rows)) => *rows += 1,
                    None => group.labels.push((label, 1)),
                }
            }
        }
        groups
    }

    fn rows_with(&self, label: usize) -> usize {
        let found = self.labels.iter().find(|(found, _)| *found == label);
        found.map_or(0, |(_, rows)| *rows)
    }
}

/// The groups with rows of each label, in random order, those with many such rows first.
fn groups_by_label(groups: &[LabelledGroup], rng: &mut Seeded) -> Vec<Vec<usize>> {
    let labels = groups.iter().flat_map(|group| &group.labels);
    let n_labels = labels.map(|(label, _)| label + 1).max().unwrap_or(0);
    let mut of_label: Vec<Vec<usize>> = vec![Vec::new(); n_labels];
    for (number, group) in groups.iter().enumerate() {
        group
            .labels
            .iter()
            .for_each(|&(label, _)| of_label[label].push(number));
    }
    for (label, found) in of_label.iter_mut().enumerate() {
        rng.shuffle(found);
        found.sort_by_key(|&group| Reverse(groups[group].rows_with(label)));
    }
    of_label
}

/// How many rows each part still needs.
struct Places {
    rows: Vec<f64>,
    by_label: Vec<Vec<f64>>,
    /// Rows of each label that are not assigned.
    left: Vec<usize>,
    shares: Vec<f64>,
}

impl Places {
    fn new(groups: &[LabelledGroup], n_labels: usize, shares: Vec<f64>) -> Self {
        let mut left = vec![0; n_labels];
        for &(label, rows) in groups.iter().flat_map(|group| &group.labels) {
            left[label] += rows;
        }
        let n_rows: usize = groups.iter().map(|group| group.rows).sum();
        let needed = |rows: usize| shares.iter().map(|share| share * rows as f64).collect();
        Self {
            rows: needed(n_rows),
            by_label: left.iter().map(|&rows| needed(rows)).collect(),
            left,
            shares,
        }
    }

    /// The label with the fewest rows that are not assigned.
    fn rarest_label(&self) -> Option<usize> {
        let labels = (0..self.left.len()).filter(|&label| self.left[label] > 0);
        labels.min_by_key(|&label| (self.left[label], label))
    }

    /// Assigns a group to the part that still needs the most rows of the label. In a tie, the group goes to the part that needs
    /// the most rows overall; in a further tie, to a random part.
    fn place(&mut self, group: &LabelledGroup, label: Option<usize>, rng: &mut Seeded) -> usize {
        let needed = |part: usize| {
            (
                label.map_or(0.0, |label| self.by_label[label][part]),
                self.rows[part],
            )
        };
        let order = |a: (f64, f64), b: (f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
        let mut best: Vec<usize> = Vec::new();
        for part in (0..self.rows.len()).filter(|&part| self.shares[part] > 0.0) {
            match best.first().map(|&first| order(needed(part), needed(first))) {
                Some(Ordering::Less) => {}
                Some(Ordering::Equal) => best.push(part),
                _ => best = vec![part],
            }
        }
        let part = match best.len() {
            0 | 1 => best.first().copied().unwrap_or(0),
            n => best[rng.index_up_to(n - 1)],
        };
        self.rows[part] -= group.rows as f64;
        for &(label, rows) in &group.labels {
            self.by_label[label][part] -= rows as f64;
            self.left[label] -= rows;
        }
        part
    }
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

/// The labels of a row without repetitions.
fn distinct(labels: &[usize]) -> Vec<usize> {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::size::SplitSize;
    use proptest::prelude::*;

    #[test]
    fn impossible_proportions_are_errors() {
        for proportions in [&[][..], &[0.0], &[1.0, -1.0], &[f64::NAN]] {
            assert!(matches!(
                iterative_stratification(&[[0]], &[0], proportions, 1),
                Err(SplitError::Weights { .. })
            ));
        }
    }

    #[test]
    fn a_part_with_proportion_0_is_empty() {
        let labels: Vec<Vec<usize>> = (0..50).map(|row| vec![row % 3, 3 + row % 4]).collect();
        let groups: Vec<usize> = (0..50).collect();
        let parts = iterative_stratification(&labels, &groups, &[1.0, 0.0, 1.0], 7).unwrap();
        assert!(parts.iter().all(|&part| part != 1));
        assert!(iterative_stratification(&labels, &groups[1..], &[1.0], 7).is_err());
    }

    #[test]
    fn impossible_sizes_are_errors() {
        let all = SplitOptions::new(SplitSize::Count(1), SplitSize::Count(1));
        assert!(matches!(
            multi_label_split(&[[0], [1]], &[0, 1], &all),
            Err(SplitError::Size { .. })
        ));
        let none: [[usize; 1]; 0] = [];
        let third = SplitOptions::new(SplitSize::Fraction(0.3), SplitSize::NONE);
        assert_eq!(
            multi_label_split(&none, &[], &third).unwrap(),
            SplitIndices::default()
        );
    }

    proptest! {
        /// With one label per row the result is a stratified split: counts differ from the exact shares by less than one.
        #[test]
        fn single_labels_are_divided_evenly(classes in prop::collection::vec(0_usize..5, 10..120), seed in any::<u64>()) {
            let labels: Vec<[usize; 1]> = classes.iter().map(|&class| [class]).collect();
            let groups: Vec<usize> = (0..labels.len()).collect();
            let parts = iterative_stratification(&labels, &groups, &[3.0, 1.0], seed).unwrap();
            prop_assert_eq!(&parts, &iterative_stratification(&labels, &groups, &[3.0, 1.0], seed).unwrap());
            for class in 0..5 {
                let rows = classes.iter().filter(|&&other| other == class).count();
                let first = classes.iter().zip(&parts).filter(|&(&other, &part)| other == class && part == 0).count();
                prop_assert!((first as f64 - 0.75 * rows as f64).abs() < 1.0);
            }
        }

        #[test]
        fn groups_stay_together(rows in prop::collection::vec((prop::collection::vec(0_usize..6, 0..4), 0_usize..40), 1..120), seed in any::<u64>()) {
            let (labels, groups): (Vec<Vec<usize>>, Vec<usize>) = rows.into_iter().unzip();
            let parts = iterative_stratification(&labels, &groups, &[2.0, 1.0, 1.0], seed).unwrap();
            for (row, &group) in groups.iter().enumerate() {
                let first = groups.iter().position(|&other| other == group).unwrap();
                prop_assert_eq!(parts[row], parts[first]);
            }
        }
    }
}
