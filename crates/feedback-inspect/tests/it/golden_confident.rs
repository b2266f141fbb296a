//! Compares label issues with cleanlab, case by case (the cases are from `fixtures/generate/dataset_confident_golden.py`).

use feedback_inspect::confident_learning::{LabelScore, label_issues};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    labels: Vec<usize>,
    probabilities: Vec<Vec<f64>>,
    thresholds: Vec<Option<f64>>,
    joint: Vec<Vec<usize>>,
    issues: Vec<usize>,
    self_confidence: Vec<f64>,
    normalized_margin: Vec<f64>,
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a - b).abs() < 1e-12)
}

#[test]
fn thresholds_joint_issues_and_scores_agree_with_cleanlab() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/dataset/confident.jsonl"
    );
    let text = fs_err::read_to_string(path).unwrap();
    let cases: Vec<Case> = text
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(cases.len(), 30);
    assert!(cases.iter().map(|case| case.issues.len()).sum::<usize>() > 100);
    for (index, case) in cases.iter().enumerate() {
        let report = label_issues(&case.labels, &case.probabilities, LabelScore::SelfConfidence).unwrap();
        let thresholds: Vec<f64> = case
            .thresholds
            .iter()
            .map(|value| value.unwrap_or(f64::INFINITY))
            .collect();
        assert!(close(&report.thresholds, &thresholds), "case {index}");
        assert_eq!(report.confident_joint, case.joint, "case {index}");
        let mut rows: Vec<usize> = report.issues.iter().map(|issue| issue.row).collect();
        assert!(
            report.issues.is_sorted_by(|a, b| a.score <= b.score),
            "case {index}"
        );
        rows.sort_unstable();
        assert_eq!(rows, case.issues, "case {index}");
        assert!(close(&report.scores, &case.self_confidence), "case {index}");
        let report = label_issues(&case.labels, &case.probabilities, LabelScore::NormalizedMargin).unwrap();
        assert!(close(&report.scores, &case.normalized_margin), "case {index}");
    }
}
