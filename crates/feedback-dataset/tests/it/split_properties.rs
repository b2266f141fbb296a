//! Properties of every split.

use std::collections::{BTreeMap, HashMap, HashSet};

use feedback_dataset::split::{SplitIndices, SplitOptions, SplitSize, split};
use proptest::prelude::*;

/// Class ids of rows; every class has at least four rows.
fn labels() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(4_usize..30, 1..7).prop_flat_map(|counts| {
        let rows: Vec<usize> = counts
            .iter()
            .enumerate()
            .flat_map(|(class, &count)| vec![class; count])
            .collect();
        Just(rows).prop_shuffle()
    })
}

fn size() -> impl Strategy<Value = SplitSize> {
    prop_oneof![
        (0.0..0.45).prop_map(SplitSize::Fraction),
        (0_usize..20).prop_map(SplitSize::Count)
    ]
}

fn options() -> impl Strategy<Value = SplitOptions> {
    (size(), size(), any::<u64>()).prop_map(|(test_size, validation_size, seed)| {
        SplitOptions::new(test_size, validation_size).with_seed(seed)
    })
}

/// Assigns rows to groups that each contain one class: per class, up to `rows / spread` groups.
fn pure_groups(labels: &[usize], spread: usize, picks: &[usize]) -> Vec<usize> {
    labels
        .iter()
        .zip(picks.iter().cycle())
        .map(|(&label, &pick)| label * 1000 + pick % (labels.len() / spread).max(2))
        .collect()
}

fn counts(rows: &[usize], labels: &[usize]) -> BTreeMap<usize, usize> {
    let mut counts: BTreeMap<usize, usize> = labels.iter().map(|&label| (label, 0)).collect();
    for &row in rows {
        *counts.entry(labels[row]).or_insert(0) += 1;
    }
    counts
}

/// Checks scikit-learn's rule in another form, with integers: every class keeps its exact share, rounded down or up; together
/// the classes keep `n_stay` rows; and no class that is rounded down has a larger remainder than a class that is rounded up.
fn follows_the_rule(counts: &[usize], n_stay: usize, stay: &[usize]) -> bool {
    let total: usize = counts.iter().sum();
    let remainder = |class: usize| counts[class] * n_stay % total;
    let up = |class: usize| stay[class] == counts[class] * n_stay / total + 1;
    let down = |class: usize| stay[class] == counts[class] * n_stay / total;
    let classes = || 0..counts.len();
    stay.iter().sum::<usize>() == n_stay
        && classes().all(|class| up(class) || down(class))
        && classes().all(|a| classes().all(|b| !(up(a) && down(b)) || remainder(a) >= remainder(b)))
}

fn rows_of(size: SplitSize, rows: usize) -> usize {
    match size {
        SplitSize::Count(count) => count,
        SplitSize::Fraction(fraction) => (fraction * rows as f64).ceil() as usize,
    }
}

fn all_rows(parts: &SplitIndices) -> Vec<usize> {
    let mut rows: Vec<usize> = parts
        .train
        .iter()
        .chain(&parts.validation)
        .chain(&parts.test)
        .copied()
        .collect();
    rows.sort_unstable();
    rows
}

fn parts_of_groups(parts: &SplitIndices, groups: &[usize]) -> HashMap<usize, HashSet<usize>> {
    let mut found: HashMap<usize, HashSet<usize>> = HashMap::new();
    for (part, rows) in [&parts.train, &parts.validation, &parts.test]
        .into_iter()
        .enumerate()
    {
        for &row in rows {
            found.entry(groups[row]).or_default().insert(part);
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn single_rows_are_divided_by_scikit_learns_rule(labels in labels(), options in options()) {
        let groups: Vec<usize> = (0..labels.len()).collect();
        let Ok(parts) = split(&labels, &groups, &options) else { return Ok(()) };
        prop_assert_eq!(all_rows(&parts), groups.clone());
        let of = |rows: &[usize]| counts(rows, &labels).into_values().collect::<Vec<_>>();
        let (n_test, n_validation) = (rows_of(options.test_size, labels.len()), rows_of(options.validation_size, labels.len()));
        prop_assert_eq!(parts.test.len(), n_test);
        let rest = [&parts.train[..], &parts.validation[..]].concat();
        prop_assert!(follows_the_rule(&of(&groups), labels.len() - n_test, &of(&rest)));
        // If only one row of a class is left, which scikit-learn would reject, the row stays in training.
        if of(&rest).contains(&1) {
            prop_assert!(parts.validation.len() <= n_validation);
            return Ok(());
        }
        prop_assert_eq!(parts.validation.len(), n_validation);
        prop_assert!(follows_the_rule(&of(&rest), rest.len() - n_validation, &of(&parts.train)));
        for rows in [&parts.train, &parts.validation, &parts.test] {
            prop_assert!(rows.is_sorted());
        }
    }

    #[test]
    fn groups_stay_together_and_classes_are_close_to_their_share(labels in labels(), options in options(), spread in 1_usize..6, picks in prop::collection::vec(0_usize..1000, 40)) {
        let groups = pure_groups(&labels, spread, &picks);
        let Ok(parts) = split(&labels, &groups, &options) else { return Ok(()) };
        prop_assert_eq!(all_rows(&parts), (0..labels.len()).collect::<Vec<_>>());
        prop_assert!(parts_of_groups(&parts, &groups).values().all(|parts| parts.len() == 1));

        let mut sizes: HashMap<usize, usize> = HashMap::new();
        groups.iter().for_each(|&group| *sizes.entry(group).or_insert(0) += 1);
        let largest = |class: usize| (0..labels.len()).filter(|&row| labels[row] == class).map(|row| sizes[&groups[row]]).max().unwrap();
        // The expected shares come from a split of single rows, which follows the rule tested above.
        let single: Vec<usize> = (0..labels.len()).collect();
        let share = split(&labels, &single, &SplitOptions::new(options.test_size, SplitSize::NONE).with_seed(options.seed)).unwrap();
        let share = counts(&share.test, &labels);
        for (class, count) in counts(&parts.test, &labels) {
            prop_assert!(count.abs_diff(share[&class]) < largest(class), "class {}: {} instead of {}", class, count, share[&class]);
        }
        // For validation, the rule applies to the rows that are not in the test part.
        let rest: Vec<usize> = parts.train.iter().chain(&parts.validation).copied().collect();
        let rest_labels: Vec<usize> = rest.iter().map(|&row| labels[row]).collect();
        let wanted = SplitOptions::new(SplitSize::NONE, SplitSize::Count(rows_of(options.validation_size, labels.len()))).with_seed(options.seed);
        let Ok(share) = split(&rest_labels, &single[..rest.len()], &wanted) else { return Ok(()) };
        let share = counts(&share.validation, &rest_labels);
        for (class, count) in counts(&parts.validation, &labels) {
            prop_assert!(count.abs_diff(share[&class]) <= largest(class), "class {}: {} instead of {}", class, count, share[&class]);
        }
    }

    #[test]
    fn groups_of_several_classes_stay_together(labels in labels(), options in options(), picks in prop::collection::vec(0_usize..25, 200)) {
        let groups: Vec<usize> = labels.iter().zip(picks.iter().cycle()).map(|(_, &pick)| pick).collect();
        let Ok(parts) = split(&labels, &groups, &options) else { return Ok(()) };
        prop_assert_eq!(all_rows(&parts), (0..labels.len()).collect::<Vec<_>>());
        prop_assert!(parts_of_groups(&parts, &groups).values().all(|parts| parts.len() == 1));
        // This bound is not guaranteed, but holds for groups that mix classes at random.
        let single: Vec<usize> = (0..labels.len()).collect();
        let share = split(&labels, &single, &SplitOptions::new(options.test_size, SplitSize::NONE).with_seed(options.seed)).unwrap();
        let share = counts(&share.test, &labels);
        let largest = groups.iter().map(|group| groups.iter().filter(|other| *other == group).count()).max().unwrap();
        for (class, count) in counts(&parts.test, &labels) {
            prop_assert!(count.abs_diff(share[&class]) <= largest, "class {}: {} instead of {}", class, count, share[&class]);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_split(labels in labels(), options in options(), spread in 1_usize..6, picks in prop::collection::vec(0_usize..1000, 40)) {
        let groups = pure_groups(&labels, spread, &picks);
        prop_assert_eq!(split(&labels, &groups, &options).ok(), split(&labels, &groups, &options).ok());
    }

    #[test]
    fn other_ids_in_the_same_order_change_nothing(labels in labels(), options in options(), spread in 1_usize..6, picks in prop::collection::vec(0_usize..1000, 40)) {
        let groups = pure_groups(&labels, spread, &picks);
        let renamed: Vec<usize> = labels.iter().map(|label| label * label * 10 + 3).collect();
        let regrouped: Vec<usize> = groups.iter().map(|group| 1_000_000 - group).collect();
        prop_assert_eq!(split(&labels, &groups, &options).ok(), split(&renamed, &regrouped, &options).ok());
    }
}

#[test]
fn different_seeds_give_different_splits_and_every_row_is_drawn_equally_often() {
    let labels: Vec<usize> = (0..60).map(|row| row % 3).collect();
    let groups: Vec<usize> = (0..60).collect();
    let mut drawn = vec![0_u32; 60];
    for seed in 0..2000 {
        let options = SplitOptions::new(SplitSize::Count(15), SplitSize::NONE).with_seed(seed);
        split(&labels, &groups, &options)
            .unwrap()
            .test
            .iter()
            .for_each(|&row| drawn[row] += 1);
    }
    // Expected 500, standard deviation 19; the limit is five standard deviations.
    assert!(drawn.iter().all(|&count| count.abs_diff(500) < 97), "{drawn:?}");
}
