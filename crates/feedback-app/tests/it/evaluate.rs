//! `evaluate` and `compare` on good input.

use feedback_testkit::assert_close;
use serde_json::Value;

use crate::place::{Place, labelled};

/// Checks that all documented fields exist, and that the metrics agree with the confusion matrix.
pub(crate) fn check_evaluation(found: &Value) {
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

#[test]
fn json_has_the_documented_fields() {
    let place = Place::with_model_and_data();
    let found = place
        .run("evaluate --model tiny-bert --data train.jsonl --format json")
        .json();
    check_evaluation(&found);
    assert_eq!(found["n"], 80);
    assert_eq!(
        found["leakage"]["known"], false,
        "a model folder of Transformers has no fingerprints"
    );
}

#[test]
fn the_metrics_match_the_predictions() {
    let place = Place::with_model_and_data();
    let predicted = place
        .run("predict --model tiny-bert --input test.jsonl")
        .json_lines();
    let right = predicted
        .iter()
        .filter(|row| row["label"] == row["predicted_label"])
        .count();
    let found = place
        .run("evaluate --model tiny-bert --data test.jsonl --format json")
        .json();
    assert_close(
        found["accuracy"].as_f64().unwrap(),
        right as f64 / predicted.len() as f64,
        1e-12,
        "accuracy",
    );
}

#[test]
fn text_has_the_report_the_matrix_and_the_leakage() {
    let place = Place::with_model_and_data();
    let found = place.run("evaluate --model tiny-bert --data test.jsonl");
    for part in [
        "16 rows: accuracy",
        "precision    recall  f1-score   support",
        "weighted avg",
        "rows true",
        "calibration:",
        "leakage:",
    ] {
        assert!(found.stdout.contains(part), "`{part}`: {found}");
    }
}

#[test]
fn rows_set_aside_give_exit_code_3() {
    let place = Place::with_model_and_data();
    place.write("some.jsonl", place.read("test.jsonl") + "{\"label\": \"bug\"}\n");
    let found = place
        .program("evaluate --model tiny-bert --data some.jsonl --on-bad-row set-aside --format json")
        .run();
    let found = found
        .code(3)
        .says(&["1 rows could not be used", "set aside: `some.jsonl`, line 17"]);
    assert_eq!(found.json()["n"], 16);
    let call = "compare --model tiny-bert --train train.jsonl --test some.jsonl --on-bad-row set-aside --format json";
    let found = place
        .program(call)
        .run()
        .code(3)
        .says(&["1 rows could not be used"]);
    assert_eq!(
        (&found.json()["n"], &found.json()["set_aside"]),
        (&16.into(), &1.into())
    );
}

const BASELINES: [&str; 4] = [
    "majority class",
    "TF-IDF + logistic regression",
    "untrained head",
    "first model's encoder + logistic regression",
];

#[test]
fn compare_lists_models_and_baselines() {
    let place = Place::with_model_and_data();
    let report = place
        .run("compare --model tiny-bert --train train.jsonl --test test.jsonl --format json")
        .json();
    assert_eq!(
        (&report["n"], &report["leaked"], &report["dropped"]),
        (&16.into(), &0.into(), &0.into())
    );
    let contenders = report["contenders"].as_array().unwrap();
    let names: Vec<&str> = contenders
        .iter()
        .map(|contender| contender["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 5);
    assert!(
        BASELINES
            .iter()
            .chain(&["tiny-bert"])
            .all(|name| names.contains(name)),
        "{names:?}"
    );
    contenders
        .iter()
        .for_each(|contender| check_evaluation(&contender["evaluation"]));
    let f1: Vec<f64> = contenders
        .iter()
        .map(|contender| contender["evaluation"]["weighted"]["f1"].as_f64().unwrap())
        .collect();
    assert!(f1.is_sorted_by(|a, b| a >= b), "best first: {f1:?}");
    let majority = contenders
        .iter()
        .find(|contender| contender["name"] == "majority class")
        .unwrap();
    assert_eq!(
        majority["evaluation"]["accuracy"], 0.125,
        "one of eight equal classes"
    );

    let verdicts = report["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 4);
    for verdict in verdicts {
        assert_eq!(verdict["a"], "tiny-bert");
        let sentence = verdict["sentence"].as_str().unwrap();
        assert!(
            sentence.contains("`tiny-bert`") && sentence.contains(verdict["b"].as_str().unwrap()),
            "{sentence}"
        );
        assert!(sentence.contains("16 rows"), "{sentence}");
    }
    let text = place.run("compare --model tiny-bert --train train.jsonl --test test.jsonl");
    for part in BASELINES.iter().chain(&[
        "weighted F1",
        "16 test rows",
        "leakage: no test text occurs in the training file",
    ]) {
        assert!(text.stdout.contains(part), "`{part}`: {text}");
    }
    for verdict in verdicts {
        assert!(
            text.stdout.contains(verdict["sentence"].as_str().unwrap()),
            "{text}"
        );
    }
}

#[test]
fn compare_learns_from_the_training_file() {
    let place = Place::with_model();
    let rows = |texts: [&str; 3], from: usize| -> String {
        (from..from + 8)
            .map(|row| {
                labelled(&[
                    (&format!("{} {row}", texts[0]), "bug"),
                    (&format!("{} {row}", texts[1]), "praise"),
                    (&format!("{} {row}", texts[2]), "praise"),
                ])
            })
            .collect()
    };
    let texts = [
        "crashes when opened",
        "lovely colours everywhere",
        "great work team",
    ];
    place.write("train.jsonl", rows(texts, 0));
    place.write("test.jsonl", rows(texts, 100));
    let report = place
        .run("compare --model tiny-bert --train train.jsonl --test test.jsonl --format json")
        .json();
    let accuracy = |name: &str| {
        let contenders = report["contenders"].as_array().unwrap();
        contenders
            .iter()
            .find(|contender| contender["name"] == name)
            .unwrap()["evaluation"]["accuracy"]
            .as_f64()
            .unwrap()
    };
    assert_close(accuracy(BASELINES[1]), 1.0, 0.0, "TF-IDF");
    assert_close(accuracy(BASELINES[0]), 2.0 / 3.0, 1e-12, "the majority class");
    // The model has eight labels, the data two: predictions of other labels count as wrong, as in `evaluate`.
    let order = &report["contenders"][0]["evaluation"]["label_order"];
    assert_eq!([&order[0], &order[1]], ["bug", "praise"]);
    let alone = place
        .run("evaluate --model tiny-bert --data test.jsonl --format json")
        .json();
    assert_close(
        accuracy("tiny-bert"),
        alone["accuracy"].as_f64().unwrap(),
        1e-12,
        "the model itself",
    );
}

#[test]
fn a_report_never_overwrites_its_input() {
    let place = Place::with_model();
    let rows = "text,label\nit crashes,bug\nthank you,praise\n";
    fs_err::create_dir_all(place.path("rep")).unwrap();
    place.write("rep/errors.csv", rows);
    place.refuses(
        "evaluate --model tiny-bert --data rep/errors.csv --report rep",
        1,
        &["errors.csv` is an input", "another folder", "`--report`"],
    );
    assert_eq!(place.read("rep/errors.csv"), rows);
}

#[test]
fn rows_with_labels_that_the_model_lacks_are_left_out_on_request() {
    let place = Place::with_model();
    place.write(
        "rows.jsonl",
        labelled(&[
            ("it crashes", "bug"),
            ("love it", "praise"),
            ("hm", "nonsense"),
            ("well", "nonsense"),
        ]),
    );
    place.refuses(
        "evaluate --model tiny-bert --data rows.jsonl",
        1,
        &["nonsense", "--drop-unknown-labels"],
    );
    let found = place
        .program("evaluate --model tiny-bert --data rows.jsonl --drop-unknown-labels --format json")
        .run()
        .code(3)
        .says(&["2 rows left out", "`nonsense`"]);
    assert_eq!(found.json()["n"], 2);
}
