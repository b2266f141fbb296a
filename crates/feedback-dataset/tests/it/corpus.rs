//! The corpus in `fixtures/feedback.jsonl` matches `fixtures/README.md`, and the first word of a text does not reveal its label.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_dataset::labels::DEFAULT_LABELS;
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_dataset::split::{SplitOptions, split_dataset};
use feedback_dataset::text::normalise;
use feedback_dataset::timestamp::parse_timestamp;
use feedback_dataset::{Dataset, LabelSet};
use feedback_files::sha256_of_file;

use crate::fixture;

const SOURCES: [&str; 6] = ["app_store", "chat", "email", "forum", "phone", "survey"];

fn corpus() -> Dataset {
    read(fixture("feedback.jsonl"), &ReadOptions::default(), OnBadRow::Fail).unwrap()
}

#[test]
fn it_is_unchanged() {
    let readme = fs_err::read_to_string(fixture("README.md")).unwrap();
    let sha256 = sha256_of_file(fixture("feedback.jsonl")).unwrap();
    assert!(
        readme.contains(&sha256),
        "the corpus changed: its sha256 is now {sha256}"
    );
    let rows = corpus().len().to_string();
    let (thousands, rest) = rows.split_at(rows.len() - 3);
    assert!(
        readme.contains(&format!("{thousands},{rest} rows")),
        "fixtures/README.md does not state {rows} rows"
    );
}

#[test]
fn every_label_has_enough_rows() {
    let corpus = corpus();
    assert!(corpus.len() >= 1600, "{} rows", corpus.len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for label in corpus.labels().unwrap() {
        *counts.entry(label).or_default() += 1;
    }
    assert_eq!(
        counts.keys().copied().collect::<BTreeSet<_>>(),
        BTreeSet::from(DEFAULT_LABELS)
    );
    for (label, count) in counts {
        assert!(count >= 150, "{label} has {count} rows");
    }
}

#[test]
fn every_row_has_its_fields() {
    let corpus = corpus();
    let mut ids = BTreeSet::new();
    for row in &corpus.rows {
        let names: Vec<&str> = row.record.fields().keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["id", "text", "label", "source", "created_at"],
            "line {}",
            row.line
        );
        let field = |name: &str| {
            row.record
                .get(name)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
        };
        assert!(
            ids.insert(field("id").to_owned()),
            "line {}: the id `{}` occurs twice",
            row.line,
            field("id")
        );
        assert!(
            SOURCES.contains(&field("source")),
            "line {}: source `{}`",
            row.line,
            field("source")
        );
        assert!(
            parse_timestamp(field("created_at")).is_some(),
            "line {}: time `{}`",
            row.line,
            field("created_at")
        );
        assert_eq!(field("text").trim(), field("text"), "line {}", row.line);
    }
    let used: BTreeSet<&str> = corpus
        .rows
        .iter()
        .filter_map(|row| row.record.get("source").and_then(|value| value.as_str()))
        .collect();
    assert_eq!(used, BTreeSet::from(SOURCES), "every source occurs");
}

/// Two texts that differ only in case, punctuation and numbers probably come from one template.
#[test]
fn no_text_occurs_twice() {
    let corpus = corpus();
    let mut seen: HashMap<String, u64> = HashMap::new();
    for row in &corpus.rows {
        let bare: String = normalise(row.record.text())
            .chars()
            .filter(|character| !character.is_numeric())
            .collect();
        let key = bare.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(line) = seen.insert(key, row.line) {
            panic!(
                "lines {line} and {} are the same text: {}",
                row.line,
                row.record.text()
            );
        }
    }
}

fn first_word(text: &str) -> String {
    normalise(text)
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn most_frequent(labels: &[usize]) -> usize {
    let count = |label: usize| labels.iter().filter(|found| **found == label).count();
    labels
        .iter()
        .copied()
        .max_by_key(|&label| (count(label), std::cmp::Reverse(label)))
        .unwrap()
}

/// A classifier that only uses the first word reached 83 % on the data set that this one replaced.
#[test]
fn the_first_word_hardly_predicts_the_label() {
    let corpus = corpus();
    let labels = LabelSet::from_dataset(&corpus).unwrap();
    let classes = labels.encode(&corpus).unwrap();
    let texts = corpus.texts();
    let groups = duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised);
    let parts = split_dataset(&corpus, &labels, &groups, &SplitOptions::default()).unwrap();

    let mut by_word: HashMap<String, Vec<usize>> = HashMap::new();
    for &row in &parts.train {
        by_word
            .entry(first_word(texts[row]))
            .or_default()
            .push(classes[row]);
    }
    let usual = most_frequent(&parts.train.iter().map(|&row| classes[row]).collect::<Vec<_>>());
    let guess = |text: &str| {
        by_word
            .get(&first_word(text))
            .map_or(usual, |labels| most_frequent(labels))
    };
    let right = |rows: &[usize]| {
        rows.iter()
            .filter(|&&row| guess(texts[row]) == classes[row])
            .count()
    };
    let accuracy = right(&parts.test) as f64 / parts.test.len() as f64;
    assert!(
        accuracy < 0.45,
        "the first word alone predicts {accuracy:.3} of the test labels"
    );
    // The classifier itself works: it fits its training texts, and beats the majority class on new texts.
    assert!(right(&parts.train) as f64 > 0.4 * parts.train.len() as f64);
    assert!(accuracy > 1.0 / 8.0, "{accuracy:.3}");
}
