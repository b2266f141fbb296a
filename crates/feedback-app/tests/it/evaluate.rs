//! `evaluate` and `compare` on good input, as programs: text, exit codes and notes. Their figures are tested in `feedback-pipeline` and
//! `feedback-compare`.

use crate::place::{Place, labelled};

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

#[test]
fn compare_prints_what_its_json_says() {
    let place = Place::with_model_and_data();
    let call = "compare --model tiny-bert --train train.jsonl --test test.jsonl";
    let report = place.run(&format!("{call} --format json")).json();
    let text = place.run(call);
    for part in [
        "majority class",
        "TF-IDF + logistic regression",
        "untrained head",
        "first model's encoder + logistic regression",
        "weighted F1",
        "16 test rows",
        "leakage: no test text occurs in the training file",
    ] {
        assert!(text.stdout.contains(part), "`{part}`: {text}");
    }
    let verdicts = report["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 4);
    for verdict in verdicts {
        assert_eq!(verdict["a"], "tiny-bert");
        assert!(
            text.stdout.contains(verdict["sentence"].as_str().unwrap()),
            "{text}"
        );
    }
    place.refuses(&format!("{call} --encoder nowhere"), 1, &["nowhere"]);
}

#[test]
fn rows_with_unknown_labels_are_left_out_with_a_note_and_exit_code_3() {
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
