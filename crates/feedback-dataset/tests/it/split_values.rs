//! Splits whose counts or errors are known beforehand.

use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_dataset::split::{SplitError, SplitOptions, SplitSize, split, split_dataset, time_split};
use feedback_dataset::{Error, LabelSet};

use crate::file;

fn counts(rows: &[usize], labels: &[usize], n_classes: usize) -> Vec<usize> {
    let mut counts = vec![0; n_classes];
    rows.iter().for_each(|&row| counts[labels[row]] += 1);
    counts
}

fn labels(class_counts: &[usize]) -> Vec<usize> {
    class_counts
        .iter()
        .enumerate()
        .flat_map(|(class, &count)| vec![class; count])
        .collect()
}

fn single(rows: usize) -> Vec<usize> {
    (0..rows).collect()
}

fn options(test_size: SplitSize, validation_size: SplitSize) -> SplitOptions {
    SplitOptions::new(test_size, validation_size)
}

#[test]
fn the_counts_of_the_original_data_with_a_fifth_for_test() {
    let labels = labels(&[76, 75, 75, 69, 66, 65, 64, 56]);
    for seed in [0, 1, 42] {
        let options = options(SplitSize::Fraction(0.2), SplitSize::NONE).with_seed(seed);
        let parts = split(&labels, &single(546), &options).unwrap();
        assert_eq!(counts(&parts.train, &labels, 8), [60, 60, 60, 55, 53, 52, 51, 45]);
        assert_eq!(counts(&parts.test, &labels, 8), [16, 15, 15, 14, 13, 13, 13, 11]);
        assert!(parts.validation.is_empty());
    }
}

#[test]
fn validation_is_drawn_from_the_rows_that_are_not_test() {
    let labels = labels(&[76, 75, 75, 69, 66, 65, 64, 56]);
    let parts = split(&labels, &single(546), &SplitOptions::default()).unwrap();
    // From scikit-learn 1.7 with the counts 60, 60, 60, 55, 53, 52, 51, 45 with test_size = 55 (a tenth of 546, rounded up).
    assert_eq!(
        (parts.train.len(), parts.validation.len(), parts.test.len()),
        (381, 55, 110)
    );
    assert_eq!(counts(&parts.test, &labels, 8), [16, 15, 15, 14, 13, 13, 13, 11]);
    assert_eq!(counts(&parts.train, &labels, 8).iter().sum::<usize>(), 381);
}

#[test]
fn the_rows_of_a_seed_never_change() {
    let labels = labels(&[6, 5, 4]);
    let parts = split(
        &labels,
        &single(15),
        &options(SplitSize::Count(4), SplitSize::Count(3)),
    )
    .unwrap();
    assert_eq!(
        (parts.test, parts.validation),
        (vec![0, 4, 8, 11], vec![2, 9, 14])
    );
}

#[test]
fn with_sizes_of_zero_all_rows_are_for_training() {
    let parts = split(
        &[0, 0, 1],
        &[0, 1, 2],
        &options(SplitSize::NONE, SplitSize::Fraction(0.0)),
    )
    .unwrap();
    assert_eq!(
        (parts.train, parts.validation.len(), parts.test.len()),
        (vec![0, 1, 2], 0, 0)
    );
    assert!(
        split(&[], &[], &options(SplitSize::NONE, SplitSize::NONE))
            .unwrap()
            .train
            .is_empty()
    );
}

#[test]
fn a_label_with_a_single_example_is_named() {
    let mut lines: Vec<String> = (0..20)
        .map(|index| format!("{{\"text\": \"text {index}\", \"label\": \"bug\"}}"))
        .collect();
    lines.push("{\"text\": \"alone\", \"label\": \"praise\"}".to_string());
    let (_folder, path) = file("a.jsonl", lines.join("\n"));
    let dataset = read(path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
    let names = LabelSet::from_dataset(&dataset).unwrap();
    let error = split_dataset(&dataset, &names, &single(21), &SplitOptions::default()).unwrap_err();
    assert!(
        matches!(&error, Error::Split(SplitError::SingleExample { classes }) if classes[0].class == 1 && classes[0].rows == 1)
    );
    assert!(
        error
            .to_string()
            .contains("the label `praise` has a single example"),
        "{error}"
    );
}

#[test]
fn duplicates_of_one_text_are_a_single_example() {
    let labels = [vec![3; 10], vec![7; 4]].concat();
    let groups = [single(10), vec![10; 4]].concat();
    let error = split(&labels, &groups, &options(SplitSize::Count(3), SplitSize::NONE)).unwrap_err();
    assert!(
        matches!(&error, SplitError::SingleExample { classes } if (classes[0].class, classes[0].rows) == (7, 4)),
        "{error}"
    );
}

#[test]
fn all_rare_labels_are_named_with_their_counts() {
    let labels = [vec![0; 10], vec![1], vec![2; 10], vec![3; 2], vec![4]].concat();
    let groups = [single(21), vec![21; 2], vec![22]].concat();
    let error = split(&labels, &groups, &options(SplitSize::Count(6), SplitSize::NONE)).unwrap_err();
    let error = error.name_class(|class| Some(format!("rare {class}")));
    assert_eq!(
        error.to_string(),
        "3 labels have a single example or all examples in one group: `rare 1` (1), `rare 3` (2), `rare 4` (1), \
         but a split needs at least two"
    );
}

#[test]
fn an_empty_part_is_refused() {
    // All rows of both classes but two are in one group, as if their customer were the same.
    let labels: Vec<usize> = (0..20).map(|row| row % 2).collect();
    let groups: Vec<usize> = (0..20).map(|row| if row < 18 { 0 } else { row }).collect();
    let error = split(
        &labels,
        &groups,
        &options(SplitSize::Count(2), SplitSize::Count(2)),
    )
    .unwrap_err();
    assert!(matches!(error, SplitError::EmptyPart { .. }), "{error}");
    let parts = split(&labels, &groups, &options(SplitSize::Count(2), SplitSize::NONE)).unwrap();
    assert!(parts.validation.is_empty() && !parts.test.is_empty());
    let times: Vec<Option<usize>> = (0..20).map(Some).collect();
    let error = time_split(&times, &[0; 20], SplitSize::Count(2), SplitSize::NONE).unwrap_err();
    assert!(matches!(error, SplitError::Size { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("the 20 latest rows have the same time or group"),
        "{error}"
    );
}

#[test]
fn impossible_sizes_are_errors() {
    let labels = labels(&[10, 10, 10]);
    let cases = [
        (SplitSize::Fraction(1.0), SplitSize::NONE, "test"),
        (SplitSize::Fraction(-0.5), SplitSize::NONE, "test"),
        (SplitSize::Count(30), SplitSize::NONE, "test"),
        (SplitSize::Count(2), SplitSize::NONE, "test"),
        (SplitSize::Count(6), SplitSize::Count(1), "validation"),
        (SplitSize::Fraction(0.5), SplitSize::Fraction(0.5), "test"),
        (SplitSize::Count(28), SplitSize::NONE, "test"),
        (SplitSize::NONE, SplitSize::Fraction(0.99), "validation"),
    ];
    for (test_size, validation_size, expected) in cases {
        let error = split(&labels, &single(30), &options(test_size, validation_size)).unwrap_err();
        assert!(
            matches!(&error, SplitError::Size { part, .. } if *part == expected),
            "{test_size} {validation_size}: {error}"
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn lists_of_different_length_are_an_error() {
    let error = split(&[0, 0], &[0], &SplitOptions::default()).unwrap_err();
    assert!(matches!(
        error,
        SplitError::LengthMismatch {
            found: 1,
            expected: 2,
            ..
        }
    ));
}

#[test]
fn a_label_with_two_examples_always_has_one_in_training() {
    let labels = labels(&[40, 2]);
    for seed in 0..50 {
        let options = options(SplitSize::Fraction(0.3), SplitSize::Fraction(0.3)).with_seed(seed);
        let parts = split(&labels, &single(42), &options).unwrap();
        assert!(parts.train.iter().any(|&row| labels[row] == 1));
    }
}
