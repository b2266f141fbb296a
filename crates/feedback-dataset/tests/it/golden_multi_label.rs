//! Compares the stratification of rows with several labels with Python's iterative-stratification.
//!
//! `fixtures/generate/multi_label_golden.py` wrote the cases. The random numbers differ, so only the numbers of rows are
//! compared, with those that the proportions ask for.

use feedback_dataset::split::iterative_stratification;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    labels: Vec<Vec<usize>>,
    proportions: Vec<f64>,
    counts: Vec<Vec<usize>>,
    sizes: Vec<usize>,
}

/// The sum of the distances between the counts of all labels and parts and the counts that the proportions ask for.
fn distance(case: &Case, counts: &[Vec<usize>]) -> f64 {
    let n_labels = counts[0].len();
    let of_label = |label: usize| {
        let total: usize = counts.iter().map(|part| part[label]).sum();
        let parts = counts.iter().zip(&case.proportions);
        parts
            .map(|(part, share)| (part[label] as f64 - share * total as f64).abs())
            .sum::<f64>()
    };
    (0..n_labels).map(of_label).sum()
}

#[test]
fn labels_are_divided_as_evenly_as_by_iterative_stratification() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/dataset/multi_label.json"
    );
    let golden: Golden = serde_json::from_str(&fs_err::read_to_string(path).unwrap()).unwrap();
    assert_eq!(golden.cases.len(), 40);
    let (mut ours, mut theirs) = (0.0, 0.0);
    for (number, case) in golden.cases.iter().enumerate() {
        let groups: Vec<usize> = (0..case.labels.len()).collect();
        let parts =
            iterative_stratification(&case.labels, &groups, &case.proportions, number as u64).unwrap();
        let mut counts = vec![vec![0; case.counts[0].len()]; case.proportions.len()];
        let mut sizes = vec![0_usize; case.proportions.len()];
        for (labels, &part) in case.labels.iter().zip(&parts) {
            sizes[part] += 1;
            labels.iter().for_each(|&label| counts[part][label] += 1);
        }
        let (found, expected) = (distance(case, &counts), distance(case, &case.counts));
        // Random choices move single rows: in a case, each label of each part may be off by one row more.
        let slack = (case.counts.len() * case.counts[0].len()) as f64;
        assert!(
            found <= expected + slack,
            "case {number}: {found}, iterative-stratification {expected}"
        );
        for (found, expected) in sizes.iter().zip(&case.sizes) {
            assert!(
                found.abs_diff(*expected) <= 1 + case.labels.len() / 20,
                "case {number}: {sizes:?}, {:?}",
                case.sizes
            );
        }
        ours += found;
        theirs += expected;
    }
    println!(
        "distance from the proportions, sum of 40 cases: {ours:.1}, iterative-stratification {theirs:.1}"
    );
    assert!(ours <= 1.1 * theirs, "{ours}, iterative-stratification {theirs}");
}
