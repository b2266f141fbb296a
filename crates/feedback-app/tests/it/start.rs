//! `start` as a program: questions at a terminal, and flags. `feedback-start` tests the models.

use serde_json::{Value, json};

use crate::place::{Place, feedback};

const LABELS: &str = "bug,feature_request,praise,complaint,question,usage_tip,documentation,other";

/// Writes texts without labels, with a repeated one and an empty one.
fn unlabelled(place: &Place, per_label: usize) {
    let rows = feedback(per_label);
    let text = |row: &Value| row["text"].as_str().unwrap().to_owned();
    let mut lines: Vec<Value> = rows.iter().map(|row| json!({ "text": text(row) })).collect();
    lines.push(json!({ "text": text(&rows[0]).to_uppercase() }));
    lines.push(json!({ "text": " " }));
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    place.write("reviews.jsonl", lines);
}

#[test]
fn answers_are_read_from_standard_input_and_continued() {
    let place = Place::new();
    unlabelled(&place, 5);
    let command = format!("start --unlabelled reviews.jsonl --label-names {LABELS} --output model");
    let nothing = place.program(&format!("{command} --ask 0")).run().code(3);
    assert!(
        nothing.stdout.contains("so nothing is known about its errors"),
        "{nothing}"
    );
    assert!(!place.path("labelled.jsonl").exists());
    let done = place
        .program(&format!("{command} --ask 2 --format json"))
        .input("bug\npraise\n")
        .run()
        .code(3)
        .says(&["40 different texts; 1 repeat another text; 1 could not be used"]);
    let summary = done.json();
    assert_eq!(
        (&summary["answers"], &summary["repeated"], &summary["set_aside"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let more = place
        .program(&format!("{command} --ask 2"))
        .input("+price\nu\n+refunds\nq\n")
        .run()
        .code(3)
        .says(&["2 answers from `labelled.jsonl`"]);
    let labels: Vec<Value> = place
        .json_lines("labelled.jsonl")
        .iter()
        .map(|answer| answer["label"].clone())
        .collect();
    assert_eq!(labels, ["bug", "praise", "refunds"], "{more}");
    let predicted = place
        .run("predict --model model --format json \"It crashes when I save\"")
        .stdout;
    assert!(predicted.contains("predicted_label"), "{predicted}");
}

#[test]
fn labels_that_cannot_be_used_are_named() {
    let place = Place::new();
    unlabelled(&place, 2);
    place.refuses(
        "start --unlabelled reviews.jsonl --label-names bug,Bug",
        1,
        &["the label `Bug` is given twice"],
    );
    place.refuses(
        "start --unlabelled reviews.jsonl",
        1,
        &["no labels can be proposed", "--label-names", "--label-file"],
    );
    place.write("labels.toml", "[[labels]]\nname = \"a\"\nweight = 2\n");
    place.refuses(
        "start --unlabelled reviews.jsonl --label-file labels.toml",
        1,
        &["labels.toml", "line 3", "weight"],
    );
    place.write("two.csv", "text\ngood\nbad\n");
    place.refuses(
        "start --unlabelled two.csv --label-names a,b",
        1,
        &["2 different texts"],
    );

    let command = "start --unlabelled reviews.jsonl --label-names a,b --ask 0";
    place.refuses(
        &format!("{command} --output reviews.jsonl"),
        1,
        &["is a file", "--output"],
    );
    fs_err::create_dir(place.path("notes")).unwrap();
    place.write("notes/my.txt", "keep me");
    place.refuses(
        &format!("{command} --output notes"),
        1,
        &["contains other files than a model"],
    );
    place.refuses(
        &format!("{command} --output out --labelled out/labelled.jsonl"),
        1,
        &["reads or writes"],
    );
    place.refuses(
        &format!("{command} --output out --labelled labelled.csv"),
        1,
        &["labelled.csv", "`.jsonl`"],
    );
}

#[test]
fn labels_are_proposed_from_the_themes_of_the_texts() {
    let place = Place::new();
    let rows = fs_err::read_to_string(feedback_testkit::fixture("reviews.csv")).unwrap();
    place.write("reviews.csv", rows);
    let found = place.run("start --unlabelled reviews.csv --ask 0 --output model --format json");
    let found = found.says(&["the themes of the texts suggest", "+NAME"]);
    let labels: Value = serde_json::from_str(&found.stdout).unwrap();
    let labels = labels["labels"].as_array().unwrap();
    assert!(labels.len() >= 4, "{labels:?}");
    assert!(labels.contains(&json!("app crashes")), "{labels:?}");
}
