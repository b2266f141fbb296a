//! Labels that do not match, and texts that occur in two files.

use feedback_dataset::split::{SplitOptions, SplitSize};
use feedback_pipeline::data::{SplitFileOptions, split_file};
use feedback_testkit::recipes::{Place, QUICK, Refusal, Trained, feedback, labelled, lines};
use serde_json::json;

fn with_row(rows: &str, text: &str, label: &str) -> String {
    format!("{rows}{}", labelled(&[(text, label)]))
}

fn split_with(place: &Place, input: &str, set: impl FnOnce(&mut SplitFileOptions)) -> Result<(), Refusal> {
    let mut options = SplitFileOptions::default();
    set(&mut options);
    split_file(&place.path(input), &place.path("parts"), &options)?;
    Ok(())
}

fn split_refuses(place: &Place, input: &str, parts: &[&str]) {
    place.refused(|| split_with(place, input, |_| ()), parts);
}

/// Trains `tiny-bert` with these flags, which must be refused.
fn train_refuses(place: &Place, flags: &str, parts: &[&str]) {
    place.refused(
        || place.train(&format!("--model tiny-bert {QUICK} {flags}")),
        parts,
    );
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
    place.refused(
        || {
            split_with(&place, "data.jsonl", |options| {
                options.labels = Some(labels.split(',').map(str::to_owned).collect());
            })
        },
        &parts,
    );
    train_refuses(&place, &format!("--data data.jsonl --labels {labels}"), &parts);
    let few = [
        "`train.jsonl`, line 1",
        "is unknown, expected one of `praise`, `other`",
        "`labels`",
    ];
    train_refuses(&place, "--train train.jsonl --labels praise,other", &few);
}

#[test]
fn a_label_that_training_does_not_have_is_refused() {
    let place = Place::with_model_and_data();
    place.write(
        "odd.jsonl",
        with_row(&place.read("test.jsonl"), "one of these", "odd"),
    );
    let parts = ["`odd.jsonl`, line 17", "`odd`", "`usage_tip`", "correct the row"];
    for files in [
        "--validation odd.jsonl",
        "--validation validation.jsonl --test odd.jsonl",
        "--test odd.jsonl",
    ] {
        train_refuses(&place, &format!("--train train.jsonl {files}"), &parts);
    }
}

#[test]
fn a_label_that_the_model_does_not_know_is_refused() {
    let place = Place::with_model_and_data();
    place.write(
        "odd.jsonl",
        with_row(&place.read("test.jsonl"), "one of these", "odd"),
    );
    place.refused(
        || place.evaluate("tiny-bert", "odd.jsonl"),
        &[
            "`odd.jsonl`, line 17",
            "`tiny-bert` does not know the label `odd`",
            "bug, feature_request",
            "a model trained with this label knows it",
        ],
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
        "leave them out with `min_label_count`",
    ];
    split_refuses(&place, "single.jsonl", &parts);
    train_refuses(&place, "--data single.jsonl", &parts);
    train_refuses(&place, "--train single.jsonl", &parts);
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
    split_refuses(&place, "twin.jsonl", &parts);
}

#[test]
fn a_single_label_is_refused() {
    let place = Place::with_model();
    let rows: String = (0..20)
        .map(|index| labelled(&[(&format!("text {index}"), "bug")]))
        .collect();
    place.write("only.jsonl", &rows);
    let parts = ["`only.jsonl` has only one label, `bug`", "`label_field`"];
    train_refuses(&place, "--data only.jsonl", &parts);
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
    split_refuses(&place, "few.jsonl", &["`few.jsonl`", "test_size", "of 4 rows"]);
    train_refuses(
        &place,
        "--data few.jsonl",
        &["`few.jsonl`", "of 4 rows", "`min_label_count`", "`test`"],
    );
    place.refused(
        || {
            split_with(&place, "few.jsonl", |options| {
                let default = SplitOptions::default();
                options.split = SplitOptions::new(SplitSize::Count(500), default.validation_size);
            })
        },
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
    "`drop_leaked`",
    "`allow_leakage`",
];

#[test]
fn leaked_rows_are_refused_and_listed() {
    let place = leaky();
    for files in [
        "--validation validation.jsonl --test leaky.jsonl",
        "--validation leaky.jsonl --test test.jsonl",
        // Without a validation file, train.jsonl is split, and line numbers still refer to the given file.
        "--test leaky.jsonl",
    ] {
        train_refuses(&place, &format!("--train train.jsonl {files}"), &LEAKS);
    }
}

fn train_leaky(place: &Place, policy: &str) -> Trained {
    let files = "--train train.jsonl --validation validation.jsonl --test leaky.jsonl";
    place
        .train(&format!("--model tiny-bert {QUICK} {files} {policy}"))
        .unwrap()
}

#[test]
fn leaked_rows_are_dropped_on_request() {
    let place = leaky();
    let trained = train_leaky(&place, "--drop-leaked");
    assert_eq!(trained.notices.rows[0], 78);
    let summary = trained.json();
    assert_eq!(trained.notices.data.unwrap().dropped, 2);
    assert_eq!(summary["test"]["n"], 18);
    assert_eq!(
        summary["test"]["leakage"],
        json!({"known": true, "in_train": 0, "in_validation": 0})
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
        format!("--train train.jsonl --validation {validation} --test test.jsonl {more}")
    };
    let train = |files: String| {
        place
            .train(&format!("--model tiny-bert {QUICK} {files}"))
            .unwrap()
    };
    let refusal = [
        "3 of 16 texts in `test.jsonl` also occur in the validation data `shared.jsonl`",
        "which selects the model",
        "line 1 = validation line 17 (same text)",
        "`drop_leaked`",
    ];
    train_refuses(&place, &call("shared.jsonl", ""), &refusal);
    let nothing_left = [
        "no validation rows are left to select the model",
        "another validation file",
    ];
    train_refuses(&place, &call("test.jsonl", "--drop-leaked"), &nothing_left);

    let dropped = train(call("shared.jsonl", "--drop-leaked"));
    assert_eq!(dropped.notices.rows[1], 16);
    assert_eq!(dropped.json()["test"]["leakage"]["in_validation"], 0);
    assert_eq!(dropped.notices.data.unwrap().dropped, 3);
    assert!(
        place
            .read("model/README.md")
            .contains("neither for training nor for selecting")
    );

    place.remove("run");
    let kept = train(call("test.jsonl", "--allow-leakage"));
    assert_eq!(kept.json()["test"]["leakage"]["in_validation"], 16);
    assert_eq!(kept.notices.data.unwrap().leaked, 16);
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
    let trained = train_leaky(&place, "--allow-leakage");
    assert_eq!(trained.notices.rows[0], 80);
    assert_eq!(
        trained.json()["test"]["leakage"],
        json!({"known": true, "in_train": 2, "in_validation": 0})
    );
    assert_eq!(trained.notices.data.unwrap().leaked, 2);
    let measured = place.evaluate("model", "leaky.jsonl").unwrap();
    assert_eq!(measured["leakage"]["in_train"], 2);
}

#[test]
fn dropping_every_row_is_refused() {
    let place = Place::with_model_and_data();
    let call = "--train train.jsonl --validation validation.jsonl --test train.jsonl --drop-leaked";
    let parts = ["no training rows are left", "all 80 texts of `train.jsonl`"];
    train_refuses(&place, call, &parts);
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
    let call =
        "--train train_lonely.jsonl --validation validation.jsonl --test test_lonely.jsonl --drop-leaked";
    let parts = [
        "no training rows of the label `lonely` are left",
        "all 2 in `train_lonely.jsonl`",
    ];
    train_refuses(&place, call, &parts);
}
