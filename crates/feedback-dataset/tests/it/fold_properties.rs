//! Properties of every splitter: each row is in exactly one part, and groups and duplicates stay together.

use std::collections::HashMap;

use feedback_dataset::duplicates::{DuplicateKind, NearOptions, duplicate_groups, group_near_duplicates};
use feedback_dataset::folds::{Folds, group_k_fold, stratified_group_k_fold, stratified_k_fold};
use feedback_dataset::groups::join_groups;
use feedback_dataset::leaks::{leaks, near_leaks};
use feedback_dataset::random_state;
use feedback_dataset::split::{SplitIndices, SplitOptions, SplitSize, split, time_split};
use proptest::prelude::*;

/// Labels, texts and customers of rows. The same text can occur several times, with different case and punctuation.
#[derive(Debug, Clone)]
struct Rows {
    labels: Vec<usize>,
    texts: Vec<String>,
    customers: Vec<usize>,
}

fn rows() -> impl Strategy<Value = Rows> {
    let row = (0_usize..4, 0_usize..40, 0_usize..60, 0_usize..3);
    prop::collection::vec(row, 40..140).prop_map(|rows| {
        let spell = |text: usize, form: usize| {
            let words = format!("order {text} of shop {} took {} days", text * 7, text * 3);
            match form {
                0 => words,
                1 => words.to_uppercase(),
                _ => format!("  {words}!"),
            }
        };
        Rows {
            labels: rows.iter().map(|row| row.0).collect(),
            texts: rows.iter().map(|row| spell(row.1, row.3)).collect(),
            customers: rows.iter().map(|row| row.2).collect(),
        }
    })
}

impl Rows {
    fn duplicates(&self) -> Vec<usize> {
        duplicate_groups(self.texts.iter().map(String::as_str), DuplicateKind::Normalised)
    }

    /// Groups in which duplicates are together, and all rows of each pair of customers.
    fn groups(&self) -> Vec<usize> {
        join_groups(&[
            &self.duplicates(),
            &self.customers.iter().map(|id| id / 2).collect::<Vec<_>>(),
        ])
        .unwrap()
    }

    fn of(&self, rows: &[usize]) -> Vec<&str> {
        rows.iter().map(|&row| self.texts[row].as_str()).collect()
    }
}

/// Returns the part of each row; fails if a row is in no part or in two parts.
fn places(parts: &[&[usize]], n_rows: usize) -> Result<Vec<usize>, TestCaseError> {
    let mut place = vec![None; n_rows];
    for (part, rows) in parts.iter().enumerate() {
        for &row in *rows {
            prop_assert_eq!(place[row].replace(part), None, "row {} is in two parts", row);
        }
    }
    prop_assert!(place.iter().all(Option::is_some), "a row is in no part");
    Ok(place.into_iter().flatten().collect())
}

fn stay_together(groups: &[usize], places: &[usize]) -> Result<(), TestCaseError> {
    let mut place_of = HashMap::new();
    for (&group, &place) in groups.iter().zip(places) {
        prop_assert_eq!(
            *place_of.entry(group).or_insert(place),
            place,
            "group {} is divided",
            group
        );
    }
    Ok(())
}

fn check_folds(folds: &Folds, n_rows: usize) -> Result<(), TestCaseError> {
    let held_out: Vec<Vec<usize>> = (0..folds.len()).map(|fold| folds.held_out(fold)).collect();
    let parts: Vec<&[usize]> = held_out.iter().map(Vec::as_slice).collect();
    prop_assert_eq!(places(&parts, n_rows)?, folds.fold_of_row());
    for (fold, held_out) in held_out.iter().enumerate() {
        let train = folds.train(fold);
        places(&[train.as_slice(), held_out.as_slice()], n_rows)?;
    }
    Ok(())
}

fn check_parts(parts: &SplitIndices, groups: &[usize]) -> Result<(), TestCaseError> {
    let places = places(&[&parts.train, &parts.validation, &parts.test], groups.len())?;
    stay_together(groups, &places)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn folds_of_groups_keep_them_together(rows in rows(), n_folds in 2_usize..6, seed in any::<u32>()) {
        let groups = rows.groups();
        let made = [
            group_k_fold(&groups, n_folds),
            stratified_group_k_fold(&rows.labels, &groups, n_folds, None),
            stratified_group_k_fold(&rows.labels, &groups, n_folds, Some(seed.into())),
            random_state::stratified_group_k_fold(&rows.labels, &groups, n_folds, seed),
        ];
        for folds in made {
            let Ok(folds) = folds else { continue };
            check_folds(&folds, groups.len())?;
            stay_together(&groups, folds.fold_of_row())?;
            stay_together(&rows.duplicates(), folds.fold_of_row())?;
            for fold in 0..folds.len() {
                let (train, held_out) = (folds.train(fold), folds.held_out(fold));
                prop_assert!(leaks(&rows.of(&train), &rows.of(&held_out)).is_empty());
            }
        }
    }

    #[test]
    fn stratified_folds_have_the_share_of_every_class(rows in rows(), n_folds in 2_usize..6, seed in any::<u32>()) {
        let labels = &rows.labels;
        let made = [
            stratified_k_fold(labels, n_folds, None),
            stratified_k_fold(labels, n_folds, Some(seed.into())),
            random_state::stratified_k_fold(labels, n_folds, seed),
        ];
        for folds in made {
            let Ok(folds) = folds else { continue };
            check_folds(&folds, labels.len())?;
            for class in 0..4 {
                let count = |rows: &[usize]| rows.iter().filter(|&&row| labels[row] == class).count();
                let all = labels.iter().filter(|&&label| label == class).count();
                for fold in 0..n_folds {
                    let found = count(&folds.held_out(fold));
                    prop_assert!(found == all / n_folds || found == all.div_ceil(n_folds), "{} of {}", found, all);
                }
            }
        }
    }

    #[test]
    fn splits_keep_groups_and_duplicates_together(rows in rows(), seed in any::<u64>(), test in 0.1..0.4) {
        let groups = rows.groups();
        let sizes = (SplitSize::Fraction(test), SplitSize::Fraction(0.15));
        let options = SplitOptions::new(sizes.0, sizes.1).with_seed(seed);
        let times: Vec<Option<usize>> = rows.customers.iter().rev().map(|&customer| Some(customer)).collect();
        for parts in [split(&rows.labels, &groups, &options), time_split(&times, &groups, sizes.0, sizes.1).map(|split| split.parts)] {
            let Ok(parts) = parts else { continue };
            check_parts(&parts, &groups)?;
            for held_out in [&parts.validation, &parts.test] {
                prop_assert!(leaks(&rows.of(&parts.train), &rows.of(held_out)).is_empty());
            }
        }
    }

    #[test]
    fn shuffles_place_every_row_once(rows in rows(), seed in any::<u32>(), test in 0.1..0.4) {
        let n_rows = rows.labels.len();
        let size = SplitSize::Fraction(test);
        for parts in [random_state::train_test_split(&rows.labels, size, seed), random_state::shuffle_split(n_rows, size, seed)] {
            let Ok((train, test)) = parts else { continue };
            places(&[train.as_slice(), test.as_slice()], n_rows)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// If near duplicates are in one group, every splitter that takes groups keeps them together.
    #[test]
    fn grouped_near_duplicates_stay_together(rows in rows(), n_folds in 2_usize..5, seed in any::<u64>()) {
        let long = |(row, text): (usize, &String)| format!("{text} and nobody told me anything about it {}", row % 2);
        let texts: Vec<String> = rows.texts.iter().enumerate().map(long).collect();
        let options = NearOptions::default();
        let groups = group_near_duplicates(&texts, &options);
        let of = |rows: &[usize]| rows.iter().map(|&row| texts[row].as_str()).collect::<Vec<_>>();
        let apart = |train: &[usize], held_out: &[usize]| near_leaks(&of(train), &of(held_out), &options).is_empty();
        for folds in [group_k_fold(&groups, n_folds), stratified_group_k_fold(&rows.labels, &groups, n_folds, Some(seed))] {
            let Ok(folds) = folds else { continue };
            for fold in 0..folds.len() {
                prop_assert!(apart(&folds.train(fold), &folds.held_out(fold)));
            }
        }
        let split_options = SplitOptions::default().with_seed(seed);
        if let Ok(parts) = split(&rows.labels, &groups, &split_options) {
            prop_assert!(apart(&parts.train, &parts.test) && apart(&parts.train, &parts.validation));
        }
    }
}
