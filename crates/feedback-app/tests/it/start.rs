//! `start`: a first model from texts without labels.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::place::{Place, feedback};

const LABELS: &str = "bug,feature_request,praise,complaint,question,usage_tip,documentation,other";

/// Writes texts without labels, with a repeated one and an empty one, and returns the label of each text.
fn unlabelled(place: &Place, per_label: usize) -> BTreeMap<String, String> {
    let rows = feedback(per_label);
    let text = |row: &Value| row["text"].as_str().unwrap().to_owned();
    let mut lines: Vec<Value> = rows.iter().map(|row| json!({ "text": text(row) })).collect();
    lines.push(json!({ "text": text(&rows[0]).to_uppercase() }));
    lines.push(json!({ "text": " " }));
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    place.write("reviews.jsonl", lines);
    let label = |row: &Value| row["label"].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row), label(row))).collect()
}

/// Returns what a person enters who is asked one question at a time: the label of each text that the program shows.
fn labelled(place: &Place, command: &str, truth: &BTreeMap<String, String>, answers: usize) -> String {
    let mut input = String::new();
    for _ in 0..answers {
        // The same command with the same answers shows the same texts, so the last question is the next one.
        fs_err::remove_file(place.path("labelled.jsonl")).ok();
        let shown = place.program(command).input(input.clone()).run().stderr;
        let question = shown.lines().rev().find_map(|line| truth.get(line.trim()));
        input += &format!(
            "{}\n",
            question.unwrap_or_else(|| panic!("no known text in {shown}"))
        );
    }
    fs_err::remove_file(place.path("labelled.jsonl")).ok();
    input
}

#[test]
fn answers_become_a_file_and_a_model_and_are_continued() {
    let place = Place::new();
    let truth = unlabelled(&place, 5);
    let command = format!(
        "start --unlabelled reviews.jsonl --label-names {LABELS} --ask 4 --output model --format json"
    );
    let input = labelled(&place, &command, &truth, 4);
    let done = place.program(&command).input(input.clone()).run().code(3);
    assert!(
        done.stderr
            .contains("40 different texts; 1 repeat another text; 1 could not be used"),
        "{done}"
    );
    let summary: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(
        (&summary["answers"], &summary["repeated"], &summary["set_aside"]),
        (&json!(4), &json!(1), &json!(1))
    );
    let answers = place.json_lines("labelled.jsonl");
    assert_eq!(answers.len(), 4);
    for answer in &answers {
        assert_eq!(
            answer["label"].as_str(),
            truth.get(answer["text"].as_str().unwrap()).map(String::as_str)
        );
    }
    assert_eq!(place.json("model/feedback.json")["kind"], "few_shot");

    // The next questions are about other texts, a label can be added, and the last answer taken back.
    let more = place
        .program(&command)
        .input("+price\nu\n+refunds\ns\nnonsense\n1\nq\n")
        .run()
        .code(3);
    assert!(more.stderr.contains("4 answers from `labelled.jsonl`"), "{more}");
    assert!(more.stderr.contains("enter a number from 1 to"), "{more}");
    let answers = place.json_lines("labelled.jsonl");
    let labels: Vec<&str> = answers
        .iter()
        .filter_map(|answer| answer["label"].as_str())
        .collect();
    assert_eq!(labels[4..], ["refunds", "bug"], "{labels:?}");
    let config = place.json("model/config.json");
    assert!(
        config["id2label"]
            .as_object()
            .unwrap()
            .values()
            .any(|label| label == "refunds"),
        "{config}"
    );
    let predicted = place
        .run("predict --model model --format json \"It crashes when I save\"")
        .stdout;
    assert!(predicted.contains("predicted_label"), "{predicted}");
}

#[test]
fn descriptions_alone_give_a_model() {
    let place = Place::new();
    let truth = unlabelled(&place, 12);
    let labels = [
        (
            "bug",
            "reports that something is broken: a crash, an error, a wrong result, lost data",
        ),
        (
            "feature_request",
            "asks for something new, or for a thing to work differently",
        ),
        ("praise", "is pleased, and wants nothing done"),
        (
            "complaint",
            "is displeased with price, policy, service, people, speed, look or quality",
        ),
        (
            "question",
            "wants to know something: how, when, whether, who, how much",
        ),
        (
            "usage_tip",
            "tells other users how to get more out of the product: a shortcut, a workaround",
        ),
        (
            "documentation",
            "speaks about manuals, help pages, API references, tutorials, changelogs or READMEs",
        ),
        (
            "other",
            "greetings, administration, out-of-office, spam, wrong address, empty phrases",
        ),
    ];
    let blocks =
        labels.map(|(name, text)| format!("[[labels]]\nname = \"{name}\"\ndescription = \"{text}\"\n"));
    place.write("labels.toml", blocks.concat());
    let done = place
        .program("start --unlabelled reviews.jsonl --label-file labels.toml --ask 0 --output model")
        .run()
        .code(3);
    assert!(
        done.stdout.contains("so nothing is known about its errors"),
        "{done}"
    );
    assert_eq!(place.json("model/feedback.json")["kind"], "zero_shot");
    assert!(!place.path("labelled.jsonl").exists());
    let _ = place
        .program("predict --model model --input reviews.jsonl --output out.jsonl")
        .run()
        .code(3);
    let rows = place.json_lines("out.jsonl");
    let known = rows
        .iter()
        .filter_map(|row| Some((row, truth.get(row["text"].as_str()?)?)));
    let right = known
        .filter(|(row, label)| row["predicted_label"] == ***label)
        .count();
    assert!(
        right >= 48,
        "{right} of 96 texts are right; by chance it would be 12"
    );
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
