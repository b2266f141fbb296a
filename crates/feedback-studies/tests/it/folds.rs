//! Cross-validation.

use feedback_inspect::confident_learning::{LabelScore, label_issues};
use feedback_studies::{FoldsReport, cross_validate};
use feedback_testkit::recipes::{Place, Refusal, as_read};
use serde_json::{Value, json};

use crate::place::{CALL, Progress, place, refusal};

fn folds(
    place: &Place,
    flags: &str,
    n: usize,
    folder: &str,
    progress: &mut Progress,
) -> Result<FoldsReport, Refusal> {
    let options = place.options(&format!("{CALL} {flags}"))?;
    cross_validate(&options, n, &place.path(folder), progress).map_err(refusal)
}

/// Checks the probabilities of the held-out rows, and returns the row of each line.
fn check_probabilities(place: &Place) -> Vec<Value> {
    let rows = place.json_lines("cv/probabilities.jsonl");
    assert_eq!(rows.len(), 30);
    assert_eq!((&rows[28]["id"], rows[29].get("id")), (&json!(28), None));
    let input = place.json_lines("data.jsonl");
    let (mut labels, mut probabilities) = (Vec::new(), Vec::new());
    for (index, (row, given)) in rows.iter().zip(&input).enumerate() {
        assert_eq!(
            (&row["index"], &row["line"]),
            (&index.into(), &(index + 1).into())
        );
        assert_eq!(row["label"], given["label"]);
        let scores = [&row["scores"]["bug"], &row["scores"]["praise"]].map(|score| score.as_f64().unwrap());
        assert!((scores[0] + scores[1] - 1.0).abs() < 1e-9);
        assert_eq!(
            row["predicted_label"],
            if scores[0] >= scores[1] { "bug" } else { "praise" }
        );
        labels.push(usize::from(row["label"] == "praise"));
        probabilities.push(scores);
        // The text is among the held-out rows of its fold.
        let fold = row["fold"].as_u64().unwrap();
        assert!(
            place
                .read(&format!("cv/fold-{fold}/held_out.jsonl"))
                .contains(given["text"].as_str().unwrap())
        );
    }
    label_issues(&labels, &probabilities, LabelScore::SelfConfidence).unwrap();
    rows
}

#[test]
fn every_row_is_predicted_by_a_model_that_was_not_trained_on_it() {
    let place = place();
    let mut progress = Progress::default();
    let report = as_read(&folds(&place, "", 3, "cv", &mut progress).unwrap());
    assert_eq!(progress.begun, ["fold-1", "fold-2", "fold-3"]);
    assert_eq!(report, place.json("cv/report.json"));
    let rows = check_probabilities(&place);
    assert_eq!(
        rows[0]["fold"], rows[28]["fold"],
        "equal texts are in the same fold"
    );
    assert_eq!(rows[1]["fold"], rows[29]["fold"]);

    let sizes: Vec<u64> = (0..3)
        .map(|fold| report["folds"][fold]["n"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes.iter().sum::<u64>(), 30);
    assert_eq!(report["out_of_fold"]["n"], 30);
    let accuracies: Vec<f64> = (0..3)
        .map(|fold| report["folds"][fold]["test"]["accuracy"].as_f64().unwrap())
        .collect();
    let mean = report["mean"]["accuracy"]["mean"].as_f64().unwrap();
    assert!((mean - accuracies.iter().sum::<f64>() / 3.0).abs() < 1e-12);
    assert!(report["mean"]["accuracy"]["interval"]["low"].as_f64().unwrap() <= mean);
    for fold in 1..=3 {
        let (model, held_out) = (
            format!("cv/fold-{fold}/model"),
            format!("cv/fold-{fold}/held_out.jsonl"),
        );
        let leakage = place.evaluate(&model, &held_out).unwrap()["leakage"].clone();
        assert_eq!(leakage, json!({"known": true, "in_train": 0, "in_validation": 0}));
    }
}

#[test]
fn finished_folds_are_kept_and_missing_ones_give_the_same_results() {
    let place = place();
    let first = as_read(&folds(&place, "", 3, "cv", &mut Progress::default()).unwrap());
    let mut progress = Progress::default();
    let again = folds(&place, "", 3, "cv", &mut progress).unwrap();
    assert_eq!(progress.kept, ["fold-1", "fold-2", "fold-3"]);
    assert_eq!(as_read(&again), first);
    let before = place.read("cv/probabilities.jsonl");
    place.remove("cv/fold-2");
    fs_err::remove_file(place.path("cv/fold-3/result.json")).unwrap();
    let mut progress = Progress::default();
    folds(&place, "", 3, "cv", &mut progress).unwrap();
    assert_eq!((progress.kept.len(), progress.kept[0].as_str()), (1, "fold-1"));
    assert_eq!(progress.begun, ["fold-2", "fold-3"]);
    assert_eq!(place.read("cv/probabilities.jsonl"), before);
    let refused = |flags: &str, n: usize, folder: &str, parts: &[&str]| {
        place.refused(
            || folds(&place, flags, n, folder, &mut Progress::default()),
            parts,
        );
    };
    refused("--seed 7", 3, "cv", &["a different plan", "seed"]);
    refused("", 20, "more", &["20"]);
}

#[test]
fn rows_that_cross_validation_leaves_out_are_counted_once() {
    let place = place();
    place.write("data.jsonl", place.read("data.jsonl") + "{\"text\": \"half\n");
    let mut progress = Progress::default();
    folds(&place, "--on-bad-row set-aside", 2, "cv", &mut progress).unwrap();
    assert_eq!(progress.set_aside.iter().filter(|&&rows| rows > 0).count(), 1);
    assert_eq!(progress.set_aside[0], 1);
}
