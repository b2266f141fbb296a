//! The report of an evaluation, and that of a training.

use feedback_metrics::reports::LearningCurves;
use feedback_pipeline::evaluate::{evaluation_report, write_report};
use feedback_testkit::recipes::{Place, QUICK, Refusal, as_read, feedback, lines};
use serde_json::{Value, json};

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

/// Measures `tiny-bert` on a file and writes the report into a folder. Returns the figures.
fn report(place: &Place, data: &str, folder: &str) -> Result<Value, Refusal> {
    let classifier = place.classifier("tiny-bert")?;
    let measured = place.measure(&classifier, "tiny-bert", data)?;
    let report = evaluation_report(
        "tiny-bert".as_ref(),
        &classifier,
        &measured.dataset,
        &measured.examples,
        &measured.scored,
        &measured.found,
        LearningCurves::default(),
    )?;
    let input = place.path(data);
    let page = write_report(&place.path(folder), &report, &report.document(), &[&input])?;
    assert_eq!(page, place.path(folder).join("report.html"));
    Ok(as_read(&measured.found))
}

#[test]
fn evaluate_writes_its_report_in_every_format() {
    let place = Place::with_model_and_data();
    let figures = report(&place, "test.jsonl", "out/report").unwrap();
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
        assert!(names.iter().any(|found| found == name), "{name} of {names:?}");
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
            "the report has the same values as the figures"
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
    report(&place, "hostile.jsonl", "report").unwrap();
    let page = place.read("report/report.html");
    check_page(&page, &["&lt;script&gt;alert(", "&lt;img src=x"]);
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
    report(&place, "some.jsonl", "report").unwrap();
    let note = "1 of 8 labels have no row here (praise); macro F1 counts each as 0";
    assert!(place.read("report/report.txt").contains(note));
}

#[test]
fn a_report_never_overwrites_its_input() {
    let place = Place::with_model();
    let rows = "text,label\nit crashes,bug\nthank you,praise\n";
    fs_err::create_dir_all(place.path("rep")).unwrap();
    place.write("rep/errors.csv", rows);
    place.refused(
        || report(&place, "rep/errors.csv", "rep"),
        &["errors.csv` is an input", "another folder", "`report`"],
    );
}

#[test]
fn a_training_run_keeps_its_report_with_learning_curves() {
    let place = Place::with_model_and_data();
    let data = "--train train.jsonl --validation validation.jsonl --test test.jsonl";
    place.train(&format!("--model tiny-bert {data} {QUICK}")).unwrap();
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
