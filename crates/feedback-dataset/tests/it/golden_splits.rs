//! Compares splits and folds with scikit-learn, case by case (the cases are from `fixtures/generate/dataset_golden.py`).

use feedback_dataset::folds::{group_k_fold, stratified_group_k_fold, stratified_k_fold};
use feedback_dataset::random_state;
use feedback_dataset::split::{SplitOptions, SplitSize, split};
use serde_json::Value;

fn cases() -> Vec<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/dataset/splits.jsonl"
    );
    let text = fs_err::read_to_string(path).unwrap();
    let cases: Vec<Value> = text
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(cases.len(), 200);
    cases
}

fn list(case: &Value, name: &str) -> Vec<usize> {
    serde_json::from_value(case[name].clone()).unwrap()
}

fn size(case: &Value) -> SplitSize {
    serde_json::from_value(case["test_size"].clone()).unwrap()
}

#[test]
fn train_test_split_returns_the_same_rows_as_scikit_learn() {
    for (index, case) in cases().iter().enumerate() {
        let seed = case["seed"].as_u64().unwrap() as u32;
        let labels = list(case, "labels");
        let (train, test) = random_state::train_test_split(&labels, size(case), seed).unwrap();
        assert_eq!(
            (train, test),
            (list(case, "train"), list(case, "test")),
            "case {index}"
        );
        let (_, test) = random_state::shuffle_split(labels.len(), size(case), seed).unwrap();
        assert_eq!(test, list(case, "plain_test"), "case {index}");
    }
}

#[test]
fn folds_are_the_same_as_in_scikit_learn() {
    for (index, case) in cases().iter().enumerate() {
        let seed = case["seed"].as_u64().unwrap() as u32;
        let n_folds = case["n_folds"].as_u64().unwrap() as usize;
        let (labels, groups) = (list(case, "labels"), list(case, "groups"));
        let found = [
            ("stratified", stratified_k_fold(&labels, n_folds, None)),
            (
                "stratified_shuffled",
                random_state::stratified_k_fold(&labels, n_folds, seed),
            ),
            ("group", group_k_fold(&groups, n_folds)),
            (
                "stratified_group",
                stratified_group_k_fold(&labels, &groups, n_folds, None),
            ),
            (
                "stratified_group_shuffled",
                random_state::stratified_group_k_fold(&labels, &groups, n_folds, seed),
            ),
        ];
        for (name, folds) in found {
            assert_eq!(
                folds.unwrap().fold_of_row(),
                list(case, name),
                "case {index}: {name}"
            );
        }
    }
}

/// The default generator draws other rows than scikit-learn, but as many of each class. If remainders are equal, scikit-learn
/// chooses at random, so the counts of two equally large classes can be exchanged.
#[test]
fn the_default_split_has_the_same_counts() {
    for (index, case) in cases().iter().enumerate() {
        let labels = list(case, "labels");
        let single: Vec<usize> = (0..labels.len()).collect();
        let options = SplitOptions::new(size(case), SplitSize::NONE).with_seed(1);
        let parts = split(&labels, &single, &options).unwrap();
        let counts = |rows: &[usize]| {
            let mut counts: Vec<(usize, usize)> = (0..13)
                .map(|class| {
                    (
                        labels.iter().filter(|&&label| label == class).count(),
                        rows.iter().filter(|&&row| labels[row] == class).count(),
                    )
                })
                .collect();
            counts.sort_unstable();
            counts
        };
        assert_eq!(counts(&parts.test), counts(&list(case, "test")), "case {index}");
    }
}
