//! The figures of an evaluation.

use serde_json::Value;

use crate::assert_close;

/// Checks that all documented fields exist, and that the metrics agree with the confusion matrix.
///
/// # Panics
///
/// If a field is missing or a figure is wrong.
pub fn check_evaluation(found: &Value) {
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
    let matrix: Vec<Vec<u64>> = serde_json::from_value(found["confusion_matrix"].clone()).unwrap();
    let labels: Vec<String> = serde_json::from_value(found["label_order"].clone()).unwrap();
    let n = found["n"].as_u64().unwrap();
    assert_eq!(
        (matrix.len(), matrix.iter().flatten().sum::<u64>()),
        (labels.len(), n)
    );
    let right: u64 = (0..labels.len()).map(|index| matrix[index][index]).sum();
    assert_close(
        found["accuracy"].as_f64().unwrap(),
        right as f64 / n as f64,
        1e-12,
        "accuracy",
    );
    assert_close(
        found["weighted"]["recall"].as_f64().unwrap(),
        right as f64 / n as f64,
        1e-12,
        "weighted recall",
    );
    let mut f1 = 0.0;
    for (index, label) in labels.iter().enumerate() {
        let scores = &found["labels"][label];
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
        f1 += expected;
    }
    assert_close(
        found["macro"]["f1"].as_f64().unwrap(),
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
