//! The corpora with four answers per text match `fixtures/README.md`, and no text occurs in two corpora, not even nearly the same.

use std::collections::{BTreeMap, BTreeSet};

use feedback_dataset::Dataset;
use feedback_dataset::duplicates::{NearOptions, group_near_duplicates};
use feedback_dataset::labels::DEFAULT_LABELS;
use feedback_dataset::leaks::near_leaks;
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_files::sha256_of_file;
use serde_json::Value;

use crate::fixture;

/// The files, and the minimum number of rows per label.
const FILES: [(&str, usize); 2] = [("feedback_train2.jsonl", 500), ("feedback_test2.jsonl", 60)];
const SOURCES: [&str; 6] = ["app_store", "chat", "email", "forum", "phone", "survey"];
const SENTIMENTS: [&str; 3] = ["negative", "neutral", "positive"];
const URGENCIES: [&str; 3] = ["none", "now", "soon"];

fn corpus(name: &str) -> Dataset {
    read(fixture(name), &ReadOptions::default(), OnBadRow::Fail).unwrap()
}

/// Returns the aspects that `docs/labels.md` describes.
fn aspects() -> BTreeSet<String> {
    let guide = fs_err::read_to_string(fixture("README.md").with_file_name("../docs/labels.md")).unwrap();
    let table = guide.split("| aspect | about |").nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
    rows.map(|line| line.split('`').nth(1).unwrap().to_owned())
        .collect()
}

#[test]
fn they_are_unchanged() {
    let readme = fs_err::read_to_string(fixture("README.md")).unwrap();
    for (name, _) in FILES {
        let sha256 = sha256_of_file(fixture(name)).unwrap();
        assert!(
            readme.contains(&sha256),
            "{name} changed: its sha256 is now {sha256}"
        );
        let rows = corpus(name).len();
        let stated = if rows < 1000 {
            rows.to_string()
        } else {
            format!("{},{:03}", rows / 1000, rows % 1000)
        };
        assert!(
            readme.contains(&format!("{stated} rows")),
            "fixtures/README.md does not state {stated} rows"
        );
    }
}

#[test]
fn every_row_has_its_answers() {
    let known = aspects();
    assert_eq!(known.len(), 25);
    for (name, least) in FILES {
        let corpus = corpus(name);
        let mut by_label: BTreeMap<String, usize> = BTreeMap::new();
        let mut used = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for row in &corpus.rows {
            let fields: Vec<&str> = row.record.fields().keys().map(String::as_str).collect();
            let expected = ["id", "text", "label", "sentiment", "urgency", "aspects", "source"];
            assert_eq!(fields, expected, "{name}, line {}", row.line);
            let field = |field: &str| row.record.get(field).and_then(Value::as_str).unwrap_or_default();
            assert!(
                ids.insert(field("id").to_owned()),
                "{name}, line {}: the id occurs twice",
                row.line
            );
            for (question, answers) in [
                ("label", &DEFAULT_LABELS[..]),
                ("sentiment", &SENTIMENTS),
                ("urgency", &URGENCIES),
                ("source", &SOURCES),
            ] {
                assert!(
                    answers.contains(&field(question)),
                    "{name}, line {}: {question}",
                    row.line
                );
            }
            let named = row.record.get("aspects").and_then(Value::as_array).unwrap();
            let named: BTreeSet<String> = named
                .iter()
                .map(|aspect| aspect.as_str().unwrap().to_owned())
                .collect();
            assert!(named.is_subset(&known), "{name}, line {}: {named:?}", row.line);
            used.extend(named);
            *by_label.entry(field("label").to_owned()).or_default() += 1;
        }
        assert_eq!(by_label.len(), DEFAULT_LABELS.len());
        assert!(
            by_label.values().all(|&count| count >= least),
            "{name}: {by_label:?}"
        );
        assert_eq!(used, known, "every aspect occurs in {name}");
    }
}

#[test]
fn no_text_is_nearly_another_one() {
    let names = ["feedback.jsonl", FILES[0].0, FILES[1].0];
    let corpora = names.map(corpus);
    for (name, corpus) in names.iter().zip(&corpora).skip(1) {
        let groups = group_near_duplicates(&corpus.texts(), &NearOptions::default());
        let distinct: BTreeSet<usize> = groups.iter().copied().collect();
        assert_eq!(
            distinct.len(),
            corpus.len(),
            "{name} has texts that are nearly the same"
        );
    }
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
        let leaks = near_leaks(
            &corpora[first].texts(),
            &corpora[second].texts(),
            &NearOptions::default(),
        );
        assert!(
            leaks.is_empty(),
            "{} and {}: {leaks:?}",
            names[first],
            names[second]
        );
    }
}
