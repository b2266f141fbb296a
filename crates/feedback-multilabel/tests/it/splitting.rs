//! Splits of real reviews with several labels.

use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_multilabel::{Error, read_label_lists, split_file};
use feedback_pipeline::data::{LabelLayout, SplitFileOptions};
use feedback_testkit::shared;

fn by_text() -> LabelLayout {
    let mut layout = LabelLayout::default();
    layout.id_field = Some("text".to_owned());
    layout
}

#[test]
fn every_label_has_its_share_and_duplicates_stay_together() {
    let Some(input) = shared("data/app_reviews_maalej/all_multilabel_rows.jsonl") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("split");
    let split = split_file(&input, &output, &SplitFileOptions::default(), &by_text()).unwrap();
    let texts: usize = split.parts.iter().map(|part| part.names.len()).sum();
    assert_eq!(texts + split.joined, 3732);
    assert_eq!(
        split.labels.names(),
        ["bug", "feature_request", "rating", "user_experience"]
    );
    let count = |part: usize, label: &String| {
        let names = split.parts[part].names.iter();
        names.filter(|names| names.contains(label)).count()
    };
    for label in split.labels.names() {
        let all: usize = (0..3).map(|part| count(part, label)).sum();
        for (part, share) in [0.7, 0.1, 0.2].into_iter().enumerate() {
            let expected = share * all as f64;
            assert!(
                (count(part, label) as f64 - expected).abs() < 4.0,
                "{label}, part {part}"
            );
        }
    }
    let parts: Vec<(usize, &str)> = (0..3)
        .flat_map(|part| {
            split.parts[part]
                .dataset
                .texts()
                .into_iter()
                .map(move |text| (part, text))
        })
        .collect();
    let groups = duplicate_groups(parts.iter().map(|(_, text)| *text), DuplicateKind::Normalised);
    for (row, group) in groups.iter().enumerate() {
        let first = groups.iter().position(|other| other == group).unwrap();
        assert_eq!(parts[row].0, parts[first].0, "{}", parts[row].1);
    }
    // The files say the same as the parts in memory, and the manifest counts each label of a list.
    for part in &split.parts {
        let path = &part.dataset.path;
        let read = read_label_lists(
            path,
            &ReadOptions::default(),
            &LabelLayout::default(),
            OnBadRow::Fail,
        );
        assert_eq!(&read.unwrap(), part);
    }
    let counted = &split.summary.manifest.splits.test.labels;
    assert_eq!(counted["bug"], count(2, &"bug".to_owned()));
    assert_eq!(split.summary.manifest.options.more["task"], "multi_label");
}

#[test]
fn a_label_without_training_texts_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let rows: String = (0..30).map(|row| format!("page {row},bug\n")).collect();
    // The label is on a single text, which a test part of half the texts attracts or not; over some seeds, it does at least once.
    fs_err::write(&path, format!("text,label\n{rows}rare,bug;odd\n")).unwrap();
    let mut layout = LabelLayout::default();
    layout.label_separator = Some(";".to_owned());
    let mut options = SplitFileOptions::default();
    options.split.test_size = "0.6".parse().unwrap();
    let error = split_file(&path, &folder.path().join("out"), &options, &layout).unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, Error::NotTrained { rows: 1, .. }), "{message}");
    assert!(message.contains("`odd`") && error.hint().is_some(), "{message}");
}

#[test]
fn a_file_without_labels_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs_err::write(&path, "text,label\nx,\ny,\n").unwrap();
    let options = SplitFileOptions::default();
    let output = folder.path().join("out");
    let error = split_file(&path, &output, &options, &LabelLayout::default()).unwrap_err();
    assert!(
        matches!(error, Error::NoLabels { .. }) && error.hint().is_some(),
        "{error}"
    );
    assert!(!output.exists());
}
