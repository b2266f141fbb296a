//! Labels that do not match, and texts that occur in two files.

use crate::place::{Place, QUICK, feedback, labelled, lines};

fn with_row(rows: &str, text: &str, label: &str) -> String {
    format!("{rows}{}", labelled(&[(text, label)]))
}

#[test]
fn a_label_outside_of_labels_is_refused() {
    let place = Place::with_model_and_data();
    place.write(
        "data.jsonl",
        with_row(&place.read("train.jsonl"), "one of these", "Bug"),
    );
    let parts = ["`data.jsonl`, line 81", "`Bug` is unknown", "did you mean `bug`?"];
    let labels = "bug,feature_request,praise,complaint,question,usage_tip,documentation,other";
    place.refuses(
        &format!("split --input data.jsonl --output-dir parts --labels {labels}"),
        1,
        &parts,
    );
    place.refuses(
        &format!("train --data data.jsonl --model tiny-bert {QUICK} --labels {labels}"),
        1,
        &parts,
    );
    let few = [
        "`train.jsonl`, line 1",
        "is unknown, expected one of `praise`, `other`",
        "--labels",
    ];
    place.refuses(
        &format!("train --train train.jsonl --model tiny-bert {QUICK} --labels praise,other"),
        1,
        &few,
    );
}

#[test]
fn a_label_that_training_does_not_have_is_refused() {
    let place = Place::with_model_and_data();
    place.write(
        "odd.jsonl",
        with_row(&place.read("test.jsonl"), "one of these", "odd"),
    );
    let parts = ["`odd.jsonl`, line 17", "`odd`", "`usage_tip`", "correct the row"];
    let train = format!("train --model tiny-bert {QUICK} --train train.jsonl");
    place.refuses(&format!("{train} --validation odd.jsonl"), 1, &parts);
    place.refuses(
        &format!("{train} --validation validation.jsonl --test odd.jsonl"),
        1,
        &parts,
    );
    place.refuses(&format!("{train} --test odd.jsonl"), 1, &parts);
    let compare = "compare --model tiny-bert --train train.jsonl --test odd.jsonl";
    place.refuses(
        compare,
        1,
        &[
            "`odd.jsonl`, line 17",
            "training file `train.jsonl`",
            "`odd`",
            "correct the label",
        ],
    );
}

#[test]
fn a_label_that_the_model_does_not_know_is_refused() {
    let place = Place::with_model_and_data();
    let odd = with_row(&place.read("test.jsonl"), "one of these", "odd");
    place.write("odd.jsonl", &odd);
    let parts = [
        "`odd.jsonl`, line 17",
        "`tiny-bert` does not know the label `odd`",
        "bug, feature_request",
        "a model trained with this label knows it",
    ];
    place.refuses("evaluate --model tiny-bert --data odd.jsonl", 1, &parts);
    place.write(
        "train_odd.jsonl",
        with_row(&place.read("train.jsonl"), "another of these", "odd"),
    );
    place.refuses(
        "compare --model tiny-bert --train train_odd.jsonl --test odd.jsonl",
        1,
        &parts,
    );
}

#[test]
fn a_label_with_a_single_example_is_refused() {
    let place = Place::with_model();
    let rows = lines(&feedback(10));
    place.write("single.jsonl", with_row(&rows, "one of these", "lonely"));
    let parts = [
        "`single.jsonl`, line 81",
        "`lonely` has a single example",
        "at least two",
        "leave them out with `--min-label-count`",
    ];
    place.refuses("split --input single.jsonl --output-dir parts", 1, &parts);
    place.refuses(
        &format!("train --data single.jsonl --model tiny-bert {QUICK}"),
        1,
        &parts,
    );
    place.refuses(
        &format!("train --train single.jsonl --model tiny-bert {QUICK}"),
        1,
        &parts,
    );
    place.write(
        "twin.jsonl",
        with_row(
            &with_row(&rows, "One of these!", "lonely"),
            "one of THESE",
            "lonely",
        ),
    );
    let parts = [
        "`twin.jsonl`, line 81",
        "`lonely` has 2 examples that are duplicates or in one group",
    ];
    place.refuses("split --input twin.jsonl --output-dir parts", 1, &parts);
}

#[test]
fn a_single_label_is_refused() {
    let place = Place::with_model();
    let rows: String = (0..20)
        .map(|index| labelled(&[(&format!("text {index}"), "bug")]))
        .collect();
    place.write("only.jsonl", &rows);
    place.write("test.jsonl", labelled(&[("another", "bug")]));
    let parts = ["`only.jsonl` has only one label, `bug`", "--label-field"];
    place.refuses(
        &format!("train --data only.jsonl --model tiny-bert {QUICK}"),
        1,
        &parts,
    );
    place.refuses(
        "compare --model tiny-bert --train only.jsonl --test test.jsonl",
        1,
        &parts,
    );
}

#[test]
fn too_few_rows_to_split_are_refused() {
    let place = Place::with_model();
    place.write(
        "few.jsonl",
        labelled(&[
            ("a b", "bug"),
            ("c d", "bug"),
            ("e f", "praise"),
            ("g h", "praise"),
        ]),
    );
    let parts = ["`few.jsonl`", "test_size", "of 4 rows"];
    place.refuses("split --input few.jsonl --output-dir parts", 1, &parts);
    place.refuses(
        &format!("train --data few.jsonl --model tiny-bert {QUICK}"),
        1,
        &["`few.jsonl`", "of 4 rows", "`--min-label-count`", "`--test`"],
    );
    place.refuses(
        "split --input few.jsonl --output-dir parts --test-size 500",
        1,
        &["`few.jsonl`", "test_size = 500"],
    );
}

/// Writes `leaky.jsonl`: `test.jsonl`, the second row of `train.jsonl`, and the third row of `train.jsonl` in capitals.
fn leaky() -> Place {
    let place = Place::with_model_and_data();
    let rows = feedback(10);
    let mut leaked = vec![rows[1].clone(), rows[2].clone()];
    leaked[1]["text"] = leaked[1]["text"].as_str().unwrap().to_uppercase().into();
    place.write("leaky.jsonl", place.read("test.jsonl") + &lines(&leaked));
    place
}

const LEAKS: [&str; 5] = [
    "2 of 18 texts in `leaky.jsonl` also occur in the training data `train.jsonl`",
    "line 17 = training line 2 (same text)",
    "line 18 = training line 3 (same after normalising)",
    "--drop-leaked",
    "--allow-leakage",
];

#[test]
fn leaked_rows_are_refused_and_listed() {
    let place = leaky();
    let train = format!("train --model tiny-bert {QUICK} --train train.jsonl");
    place.refuses(
        &format!("{train} --validation validation.jsonl --test leaky.jsonl"),
        1,
        &LEAKS,
    );
    place.refuses(
        &format!("{train} --validation leaky.jsonl --test test.jsonl"),
        1,
        &LEAKS,
    );
    // Without a validation file, train.jsonl is split, and line numbers still refer to the given file.
    place.refuses(&format!("{train} --test leaky.jsonl"), 1, &LEAKS);
    place.refuses(
        "compare --model tiny-bert --train train.jsonl --test leaky.jsonl",
        1,
        &LEAKS,
    );
}

#[test]
fn leaked_rows_are_dropped_on_request() {
    let place = leaky();
    let call = format!(
        "train --model tiny-bert {QUICK} --train train.jsonl --validation validation.jsonl --test leaky.jsonl"
    );
    let summary = place
        .run(&format!("{call} --drop-leaked --format json"))
        .says(&["78 train", "2 rows of training and validation dropped"])
        .json();
    assert_eq!(summary["test"]["n"], 18);
    assert_eq!(
        summary["test"]["leakage"],
        serde_json::json!({"known": true, "in_train": 0, "in_validation": 0})
    );
    let found = place
        .run("compare --model tiny-bert --train train.jsonl --test leaky.jsonl --drop-leaked --format json");
    assert_eq!(
        (&found.json()["dropped"], &found.json()["leaked"]),
        (&2.into(), &0.into())
    );
}

/// Scores on a test set that was also used to select the model are too high.
#[test]
fn test_rows_in_validation_are_refused_dropped_or_reported() {
    let place = Place::with_model_and_data();
    let tests = place.read("test.jsonl");
    let shared: String = tests.lines().take(3).map(|line| format!("{line}\n")).collect();
    place.write("shared.jsonl", place.read("validation.jsonl") + &shared);
    let call = |validation: &str, more: &str| {
        format!(
            "train --model tiny-bert {QUICK} --train train.jsonl --validation {validation} --test test.jsonl {more}"
        )
    };
    let refusal = [
        "3 of 16 texts in `test.jsonl` also occur in the validation data `shared.jsonl`",
        "which selects the model",
        "line 1 = validation line 17 (same text)",
        "--drop-leaked",
    ];
    place.refuses(&call("shared.jsonl", ""), 1, &refusal);
    let nothing_left = [
        "no validation rows are left to select the model",
        "another validation file",
    ];
    place.refuses(&call("test.jsonl", "--drop-leaked"), 1, &nothing_left);

    let dropped = place
        .run(&call("shared.jsonl", "--drop-leaked --format json"))
        .says(&["16 validation", "3 rows of training and validation dropped"])
        .json();
    assert_eq!(dropped["test"]["leakage"]["in_validation"], 0);
    assert!(
        place
            .read("model/README.md")
            .contains("neither for training nor for selecting")
    );

    fs_err::remove_dir_all(place.path("run")).unwrap();
    let kept = place
        .run(&call("test.jsonl", "--allow-leakage --format json"))
        .says(&["16 held-out texts are also in training or validation"])
        .json();
    assert_eq!(kept["test"]["leakage"]["in_validation"], 16);
    let card = place.read("model/README.md");
    assert!(
        card.contains("16 in the validation data: **the scores are too high**"),
        "{card}"
    );
    assert!(!card.contains("neither for training nor for selecting"), "{card}");
}

#[test]
fn leaked_rows_are_kept_on_request_and_reported() {
    let place = leaky();
    let call = format!(
        "train --model tiny-bert {QUICK} --train train.jsonl --validation validation.jsonl --test leaky.jsonl"
    );
    let summary = place
        .run(&format!("{call} --allow-leakage --format json"))
        .says(&["80 train", "2 held-out texts", "too good"])
        .json();
    assert_eq!(
        summary["test"]["leakage"],
        serde_json::json!({"known": true, "in_train": 2, "in_validation": 0})
    );
    let measured = place
        .run("evaluate --model model --data leaky.jsonl --format json")
        .json();
    assert_eq!(measured["leakage"]["in_train"], 2);
    let found = place.run("compare --model tiny-bert --train train.jsonl --test leaky.jsonl --allow-leakage");
    assert!(
        found
            .stdout
            .contains("2 test texts also occur in the training file; scores are too high"),
        "{found}"
    );
}

#[test]
fn dropping_every_row_is_refused() {
    let place = Place::with_model_and_data();
    let parts = [
        "no training rows are left",
        "all 80 texts of `train.jsonl`",
        "hint: ",
    ];
    let train = format!("train --model tiny-bert {QUICK} --train train.jsonl --validation validation.jsonl");
    place.refuses(&format!("{train} --test train.jsonl --drop-leaked"), 1, &parts);
    place.refuses(
        "compare --model tiny-bert --train train.jsonl --test train.jsonl --drop-leaked",
        1,
        &parts,
    );
}

#[test]
fn dropping_the_last_row_of_a_label_is_an_error_that_names_it() {
    let place = Place::with_model_and_data();
    let lonely = [("one of these", "lonely"), ("another of these", "lonely")];
    place.write(
        "train_lonely.jsonl",
        place.read("train.jsonl") + &labelled(&lonely),
    );
    place.write("test_lonely.jsonl", place.read("test.jsonl") + &labelled(&lonely));
    let parts = [
        "no training rows of the label `lonely` are left",
        "all 2 in `train_lonely.jsonl`",
        "hint: ",
    ];
    let train =
        format!("train --model tiny-bert {QUICK} --train train_lonely.jsonl --validation validation.jsonl");
    place.refuses(
        &format!("{train} --test test_lonely.jsonl --drop-leaked"),
        1,
        &parts,
    );
    place.refuses(
        "compare --model tiny-bert --train train_lonely.jsonl --test test_lonely.jsonl --drop-leaked",
        1,
        &parts,
    );
}
