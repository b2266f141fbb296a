//! `--report`, `--gate` and the report of a training run.

use feedback_testkit::assert_close;
use serde_json::{Value, json};

use crate::place::{Place, QUICK, feedback, lines};

const COMPARE: &str = "compare --model tiny-bert --train train.jsonl --test test.jsonl";

/// Checks that the page is self-contained (no requests, no scripts) and contains all `parts`.
fn check_page(page: &str, parts: &[&str]) {
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{page}");
    for forbidden in [
        "<script",
        "<img",
        "<iframe",
        " src=\"",
        "url(",
        "@import",
        "href=\"http",
    ] {
        assert!(!page.contains(forbidden), "`{forbidden}` in the page");
    }
    for part in parts {
        assert!(page.contains(part), "`{part}` is missing in the page");
    }
}

#[test]
fn evaluate_writes_its_report_in_every_format() {
    let place = Place::with_model_and_data();
    let found = place.run("evaluate --model tiny-bert --data test.jsonl --report out/report --format json");
    let figures = found.json();
    let found = found.says(&["report out/report/report.html"]);
    let names = place.names("out/report");
    for name in [
        "report.html",
        "report.json",
        "report.md",
        "report.txt",
        "scores.csv",
        "labels.csv",
        "confusion_matrix.csv",
        "errors.csv",
    ] {
        assert!(
            names.iter().any(|found| found == name),
            "{name} of {names:?}: {found}"
        );
    }
    assert!(names.iter().all(|name| !name.ends_with(".part")), "{names:?}");

    let report = place.json("out/report/report.json");
    for (of_report, of_figures) in [
        (&report["accuracy"]["value"], &figures["accuracy"]),
        (&report["accuracy"]["interval"], &figures["accuracy_interval"]),
        (&report["weighted_f1"]["value"], &figures["weighted"]["f1"]),
        (
            &report["weighted_f1"]["interval"],
            &figures["weighted_f1_interval"],
        ),
        (&report["macro_f1"]["interval"], &figures["macro_f1_interval"]),
        (&report["confusion_matrix"], &figures["confusion_matrix"]),
        (&report["matthews_corrcoef"], &figures["matthews_corrcoef"]),
        (&report["cohen_kappa"], &figures["cohen_kappa"]),
        (&report["roc_auc"]["weighted"], &figures["roc_auc"]["weighted"]),
        (&report["calibration"]["ece"], &figures["calibration"]["ece"]),
    ] {
        assert!(!of_report.is_null());
        assert_eq!(
            of_report, of_figures,
            "the report has the same values as `--format json`"
        );
    }
    let slices: Vec<&str> = report["slices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| table["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        slices,
        ["label", "length", "source", "language", "month"],
        "no slice `duplicate`, since no text occurs twice"
    );
    let accuracy = format!("{:.1} %", 100.0 * figures["accuracy"].as_f64().unwrap());
    let sections = [
        "Confusion matrix",
        "Reliability",
        "Wrong answers by share",
        "Worst errors",
        "Leakage and data",
    ];
    check_page(
        &place.read("out/report/report.html"),
        &[&sections[..], &[&accuracy, "<svg"]].concat(),
    );
    assert!(
        place.read("out/report/report.md").contains(&accuracy)
            && place.read("out/report/report.txt").contains(&accuracy)
    );
    let labels = place.read("out/report/labels.csv");
    assert_eq!(
        labels.lines().count(),
        11,
        "a header, eight labels, two averages: {labels}"
    );
}

#[test]
fn texts_in_a_report_are_escaped() {
    let place = Place::with_model();
    let mut rows = feedback(3);
    for row in &mut rows {
        let text = format!(
            "<script>alert('{}')</script> =1+1 \u{202e}\u{1b}[31m\"",
            row["id"].as_str().unwrap()
        );
        row["text"] = json!(text);
        row["source"] = json!("<img src=x onerror=alert(1)>");
    }
    rows[0]["source"] = json!("web");
    place.write("hostile.jsonl", lines(&rows));
    place.run("evaluate --model tiny-bert --data hostile.jsonl --report report");
    let page = place.read("report/report.html");
    check_page(&page, &["&lt;script&gt;alert(", "&lt;img src=x"].map(|part| part));
    assert!(!page.contains("<img") && !page.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn a_label_without_rows_is_mentioned() {
    let place = Place::with_model();
    let rows: Vec<Value> = feedback(4)
        .into_iter()
        .filter(|row| row["label"] != "praise")
        .collect();
    place.write("some.jsonl", lines(&rows));
    let found = place.run("evaluate --model tiny-bert --data some.jsonl --report report");
    let note = "1 of 8 labels have no row here (praise); macro F1 counts each as 0";
    assert!(found.stdout.contains(note), "{found}");
    assert!(place.read("report/report.txt").contains(note));
}

#[test]
fn compare_writes_a_page() {
    let place = Place::with_model_and_data();
    place.copy_model("other-bert");
    let found = place
        .run(&format!(
            "{COMPARE} --model other-bert --report out --format json"
        ))
        .json();
    let page = place.read("out/report.html");
    let names = found["contenders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contender| contender["name"].as_str().unwrap());
    let names: Vec<&str> = names.collect();
    assert_eq!(names.len(), 6);
    check_page(&page, &names);
    let report = place.json("out/report.json");
    assert_eq!(
        report["contenders"][0]["evaluation"],
        found["contenders"][0]["evaluation"]
    );
    for verdict in found["verdicts"].as_array().unwrap() {
        let sentence = verdict["sentence"].as_str().unwrap();
        assert!(place.read("out/report.txt").contains(sentence), "{sentence}");
    }
    assert_eq!(place.read("out/models.csv").lines().count(), 7);
}

#[test]
fn another_frozen_encoder_can_be_given() {
    let place = Place::with_model_and_data();
    place.copy_model("encoder");
    let own = place.run(&format!("{COMPARE} --format json")).json();
    let named = place
        .run(&format!("{COMPARE} --encoder encoder --format json"))
        .json();
    let score = |report: &Value, whose: &str| {
        let contenders = report["contenders"].as_array().unwrap();
        let name = format!("{whose} encoder + logistic regression");
        let frozen = contenders
            .iter()
            .find(|contender| contender["name"] == name)
            .unwrap();
        frozen["evaluation"]["weighted"]["f1"].as_f64().unwrap()
    };
    assert_eq!(
        (&own["encoder"], &named["encoder"]),
        (&json!("tiny-bert"), &json!("encoder"))
    );
    assert_close(
        score(&own, "first model's"),
        score(&named, "frozen"),
        0.0,
        "a copy of the same weights",
    );
    assert!(score(&own, "first model's") > 0.0);
    place.refuses(&format!("{COMPARE} --encoder nowhere"), 1, &["nowhere"]);
}

#[test]
fn a_gate_passes_if_the_lower_bound_reaches_it() {
    let place = Place::with_model_and_data();
    let found = place.run(&format!(
        "{COMPARE} --gate accuracy>=0 --gate weighted_f1>=0.0 --format json"
    ));
    let found = found.says(&[
        "gate accuracy>=0 passed: accuracy of `tiny-bert` is",
        "gate weighted_f1>=0 passed",
    ]);
    let gates = found.json()["gates"].clone();
    assert_eq!(
        (&gates[0]["passed"], &gates[1]["passed"]),
        (&json!(true), &json!(true))
    );
}

#[test]
fn a_failed_gate_gives_exit_code_1() {
    let place = Place::with_model_and_data();
    let found = place.run(&format!("{COMPARE} --format json")).json();
    let model = found["contenders"]
        .as_array()
        .unwrap()
        .iter()
        .find(|contender| contender["kind"] == "model")
        .unwrap();
    let (accuracy, low) = (
        &model["evaluation"]["accuracy"],
        &model["evaluation"]["accuracy_interval"]["low"],
    );
    assert!(low.as_f64() < accuracy.as_f64());
    // The score itself reaches this value; the lower bound of its interval does not.
    let call = format!("{COMPARE} --gate accuracy>={accuracy} --gate macro_f1>=0 --report out");
    let found = place.program(&call).run().code(1);
    let found = found.says(&[
        "failed: accuracy of `tiny-bert` is",
        "the lower end of its 95 % interval",
        "gate macro_f1>=0 passed",
    ]);
    assert!(
        found.stdout.contains("weighted F1"),
        "the comparison is printed although a gate failed: {found}"
    );
    assert!(place.read("out/report.html").contains("failed: accuracy of"));
    // A gate that equals the lower bound passes.
    place.run(&format!("{COMPARE} --gate accuracy>={low}"));
}

#[test]
fn a_malformed_gate_is_wrong_usage() {
    let place = Place::with_model_and_data();
    for (gate, part) in [
        ("weighted_f1>0.9", "there is no >="),
        ("f1>=0.9", "the score is unknown"),
        ("accuracy>=90", "0 to 1"),
        ("accuracy>=x", "expected a number"),
    ] {
        place.refuses(
            &format!("{COMPARE} --gate {gate}"),
            2,
            &[part, "such as weighted_f1>=0.9"],
        );
    }
}

#[test]
fn a_training_run_keeps_its_report_with_learning_curves() {
    let place = Place::with_model_and_data();
    let data = "--train train.jsonl --validation validation.jsonl --test test.jsonl";
    place.run(&format!("train --model tiny-bert {data} {QUICK}"));
    let page = place.read("run/report/report.html");
    check_page(
        &page,
        &[
            "Learning curves",
            "Loss over epochs",
            "Scores on validation over epochs",
        ],
    );
    let (report, summary) = (
        place.json("run/report/report.json"),
        place.json("run/report.json"),
    );
    assert_eq!(report["accuracy"]["value"], summary["test"]["accuracy"]);
    assert_eq!(
        report["learning_curves"]["validation"]["loss"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(report["leakage"][0]["value"], "0 of 16");
}
