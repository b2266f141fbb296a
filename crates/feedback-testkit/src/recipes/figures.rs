//! The figures of an evaluation.

use serde_json::Value;

use crate::assert_close;

/// Checks that all documented fields exist, and that the metrics agree with the confusion matrix.
///
/// # Panics
///
/// If a field is missing or a figure is wrong.
pub fn check_evaluation(found: &Value) {
    check_fields(found);
    let matrix: Vec<Vec<u64>> = serde_json::from_value(found["confusion_matrix"].clone()).unwrap();
    let labels: Vec<String> = serde_json::from_value(found["label_order"].clone()).unwrap();
    let n = found["n"].as_u64().unwrap();
    assert_eq!(
        (matrix.len(), matrix.iter().flatten().sum::<u64>()),
        (labels.len(), n)
    );
    let right: u64 = (0..labels.len()).map(|index| matrix[index][index]).sum();
    let accuracy = right as f64 / n as f64;
    let figure = |value: &Value| value.as_f64().unwrap();
    assert_close(figure(&found["accuracy"]), accuracy, 1e-12, "accuracy");
    assert_close(
        figure(&found["weighted"]["recall"]),
        accuracy,
        1e-12,
        "weighted recall",
    );
    let f1: f64 = labels
        .iter()
        .enumerate()
        .map(|(index, label)| check_label(&found["labels"][label], &matrix, index, label))
        .sum();
    assert_close(
        figure(&found["macro"]["f1"]),
        f1 / labels.len() as f64,
        1e-12,
        "macro F1",
    );
    let interval = &found["accuracy_interval"];
    assert!(
        interval["low"].as_f64() <= found["accuracy"].as_f64()
            && found["accuracy"].as_f64() <= interval["high"].as_f64()
    );
}

fn check_fields(found: &Value) {
    for field in [
        "n",
        "accuracy",
        "accuracy_interval",
        "macro",
        "weighted",
        "labels",
        "confusion_matrix",
        "balanced_accuracy",
        "roc_auc",
        "average_precision",
        "calibration",
        "leakage",
    ] {
        assert!(!found[field].is_null(), "`{field}` is missing: {found:#}");
    }
    for average in ["macro", "weighted"] {
        for field in ["precision", "recall", "f1"] {
            assert!(
                (0.0..=1.0).contains(&found[average][field].as_f64().unwrap()),
                "{average} {field}"
            );
        }
    }
}

/// Checks the figures of a label against the confusion matrix, and returns its F1.
fn check_label(scores: &Value, matrix: &[Vec<u64>], index: usize, label: &str) -> f64 {
    let (row, column): (u64, u64) = (
        matrix[index].iter().sum(),
        matrix.iter().map(|row| row[index]).sum(),
    );
    assert_eq!(
        scores["support"].as_u64().unwrap(),
        row,
        "rows are true labels: {label}"
    );
    let expected = if row + column == 0 {
        0.0
    } else {
        2.0 * matrix[index][index] as f64 / (row + column) as f64
    };
    assert_close(scores["f1"].as_f64().unwrap(), expected, 1e-12, label);
    expected
}
