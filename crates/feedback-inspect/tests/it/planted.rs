//! Ranks planted label errors in real data, and compares the ranking with cleanlab's.
//!
//! `fixtures/generate/dataset_label_errors_golden.py` chose the planted errors and computed cleanlab's average precision.

use std::path::{Path, PathBuf};

use feedback_dataset::LabelSet;
use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_inspect::confident_learning::{LabelScore, label_issues};
use serde::Deserialize;

use feedback_inspect::out_of_fold_probabilities;

#[derive(Deserialize)]
struct Golden {
    folds: usize,
    seed: u64,
    rows: usize,
    average_precision: AveragePrecision,
    /// The planted errors: index of the row, and class id of the wrong label that the row gets.
    flips: Vec<(usize, usize)>,
}

#[derive(Deserialize)]
struct AveragePrecision {
    self_confidence: f64,
    normalized_margin: f64,
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the average precision: for each planted row, the share of planted rows among the rows ranked up to and including it;
/// then the mean over the planted rows.
fn average_precision(ranking: &[usize], planted: &[bool]) -> f64 {
    let mut found = 0;
    let mut sum = 0.0;
    for (place, &row) in ranking.iter().enumerate() {
        if planted[row] {
            found += 1;
            sum += f64::from(found) / (place + 1) as f64;
        }
    }
    sum / f64::from(found)
}

#[test]
fn planted_label_errors_rank_as_high_as_with_cleanlab() {
    let shared = std::env::var_os("FEEDBACK_SHARED_DIR").map_or("../shared".into(), PathBuf::from);
    let path = workspace().join(shared).join("data/banking77/train.jsonl");
    if !path.is_file() {
        let reason = format!(
            "skipped: there is no `{}`, set FEEDBACK_SHARED_DIR",
            path.display()
        );
        assert_ne!(std::env::var("FEEDBACK_STRICT").as_deref(), Ok("1"), "{reason}");
        println!("{reason}");
        return;
    }
    let golden = workspace().join("fixtures/golden/dataset/label_errors_banking77.json");
    let golden: Golden = serde_json::from_str(&fs_err::read_to_string(golden).unwrap()).unwrap();
    let dataset = read(path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
    let labels = LabelSet::from_dataset(&dataset).unwrap();
    let mut classes = labels.encode(&dataset).unwrap();
    assert_eq!(classes.len(), golden.rows);
    let mut planted = vec![false; golden.rows];
    for &(row, class) in &golden.flips {
        assert_ne!(classes[row], class);
        classes[row] = class;
        planted[row] = true;
    }
    assert_eq!(golden.flips.len(), golden.rows / 20);

    let texts = dataset.texts();
    let groups = duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised);
    let judged =
        out_of_fold_probabilities(&texts, &classes, &groups, labels.len(), golden.folds, golden.seed)
            .unwrap();
    let judged: Vec<Vec<f64>> = judged.into_iter().map(Option::unwrap).collect();
    for (score, expected) in [
        (
            LabelScore::SelfConfidence,
            golden.average_precision.self_confidence,
        ),
        (
            LabelScore::NormalizedMargin,
            golden.average_precision.normalized_margin,
        ),
    ] {
        let report = label_issues(&classes, &judged, score).unwrap();
        let found = average_precision(&report.ranking(), &planted);
        println!("{score:?}: average precision {found:.4}, cleanlab {expected:.4}");
        assert!(
            found >= expected - 0.01,
            "{score:?}: {found}, cleanlab {expected}"
        );
        assert!(found > 0.5, "{found}");
    }
}
