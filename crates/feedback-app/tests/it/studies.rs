//! `train --folds`, `--seeds` and `--sweep`: several trainings, which can be interrupted and continued.

use feedback_inspect::confident_learning::{LabelScore, label_issues};
use serde_json::{Value, json};

use crate::place::{Place, lines};

/// 30 rows of two labels; the last two repeat the first two texts with other case and punctuation.
fn place() -> Place {
    let place = Place::with_model();
    let mut rows: Vec<Value> = (0..28)
        .map(|index| match index % 2 {
            0 => json!({"id": format!("a{index}"), "text": format!("it crashes on page {index}"), "label": "bug"}),
            _ => json!({"id": format!("a{index}"), "text": format!("i love page {index}"), "label": "praise"}),
        })
        .collect();
    rows.push(json!({"id": 28, "text": "It CRASHES on page 0!", "label": "bug"}));
    rows.push(json!({"text": "I love page 1.", "label": "praise"}));
    place.write("data.jsonl", lines(&rows));
    place
}

const CALL: &str = "train --data data.jsonl --model tiny-bert --max-length 16 --epochs 1 --output model";

#[test]
fn every_row_is_predicted_by_a_model_that_was_not_trained_on_it() {
    let place = place();
    let call = format!("{CALL} --folds 3 --run-dir cv --format json");
    let first = place
        .run(&call)
        .says(&["3 trainings in cv", "fold-1: ", "fold-3: "]);
    let report = first.json();
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
    assert_eq!(
        rows[0]["fold"], rows[28]["fold"],
        "equal texts are in the same fold"
    );
    assert_eq!(rows[1]["fold"], rows[29]["fold"]);
    label_issues(&labels, &probabilities, LabelScore::SelfConfidence).unwrap();

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
        let held_out = format!(
            "evaluate --model cv/fold-{fold}/model --data cv/fold-{fold}/held_out.jsonl --format json"
        );
        let leakage = place.run(&held_out).json()["leakage"].clone();
        assert_eq!(leakage, json!({"known": true, "in_train": 0, "in_validation": 0}));
    }

    // Run again: finished folds are kept, and missing folds give the same results.
    let again = place
        .run(&call)
        .says(&["fold-1: already finished", "fold-3: already finished"]);
    assert_eq!(again.json(), report);
    let before = place.read("cv/probabilities.jsonl");
    fs_err::remove_dir_all(place.path("cv/fold-2")).unwrap();
    fs_err::remove_file(place.path("cv/fold-3/result.json")).unwrap();
    place
        .run(&call)
        .says(&["fold-1: already finished", "fold-2: ", "fold-3: "]);
    assert_eq!(place.read("cv/probabilities.jsonl"), before);
    place.refuses(&format!("{call} --seed 7"), 1, &["a different plan", "seed"]);
    place.refuses(&format!("{CALL} --folds 3 --test data.jsonl"), 2, &["--test"]);
    place.refuses(&format!("{CALL} --folds 1"), 2, &["--folds"]);
    place.refuses(&format!("{CALL} --folds 20 --run-dir more"), 1, &["20"]);
}

#[test]
fn seeds_are_replicas_on_the_same_rows() {
    let place = place();
    let call = format!("{CALL} --seeds 1,2 --run-dir seeds");
    let text = place.run(&call).stdout;
    assert!(
        text.contains("seed 1") && text.contains("standard deviation"),
        "{text}"
    );
    let report = place.json("seeds/report.json");
    let value = |index: usize| report["replicas"][index]["validation"]["loss"].as_f64().unwrap();
    assert_ne!(value(0), value(1));
    let spread = &report["validation"]["loss"];
    assert!((spread["mean"].as_f64().unwrap() - (value(0) + value(1)) / 2.0).abs() < 1e-12);
    let deviation = ((value(0) - value(1)).powi(2) / 2.0).sqrt();
    assert!((spread["standard_deviation"].as_f64().unwrap() - deviation).abs() < 1e-12);
    assert!(report["test"]["accuracy"]["mean"].is_number());
    let data = |seed: u64| place.read(&format!("seeds/seed-{seed}/run/data/train.jsonl"));
    assert_eq!(data(1), data(2));
    // A replica equals a single training with its seed on the same rows.
    place.run("train --train seeds/seed-1/run/data/train.jsonl --validation seeds/seed-1/run/data/validation.jsonl --model tiny-bert --max-length 16 --epochs 1 --seed 1 --output one --run-dir one-run");
    assert!(
        fs_err::read(place.path("one/model.safetensors")).unwrap()
            == fs_err::read(place.path("seeds/seed-1/model/model.safetensors")).unwrap()
    );
    place.refuses(
        "train --resume seeds",
        1,
        &[
            "is the folder of a study, not of a run",
            "the command that started the study",
        ],
    );
    place.refuses(
        &format!("{CALL} --seeds 1,1 --run-dir twice"),
        1,
        &["seed 1 is given twice"],
    );
}

#[test]
fn a_sweep_selects_the_best_trial_by_validation_and_tolerates_a_failed_one() {
    let place = place();
    place.write(
        "sweep.toml",
        "[parameters]\nlearning_rate = [1e-4, 1e30]\nper_device_train_batch_size = [2]\nmax_grad_norm = [0]\nnum_train_epochs = [2]\n",
    );
    let call = format!("{CALL} --sweep sweep.toml --run-dir sweep");
    let text = place.run(&call).stdout;
    assert!(
        text.contains("failed") && text.contains("learning_rate = 0.0001"),
        "{text}"
    );
    let report = place.json("sweep/report.json");
    let (best, worst) = (&report["trials"][0], &report["trials"][1]);
    assert_eq!(
        (&best["trial"], &best["parameters"]["learning_rate"]),
        (&json!(1), &json!(1e-4))
    );
    assert!(best["score"]["interval"]["low"].is_number(), "{best}");
    assert!(
        worst["failed"].as_str().unwrap().contains("the loss is"),
        "{worst}"
    );
    // No trial has the test rows; only the chosen model is evaluated on them, at the end.
    assert_eq!(
        place.names("sweep/trial-001/seed-42/run/data"),
        ["train.jsonl", "validation.jsonl"]
    );
    assert!(report["test"]["n"].as_u64().unwrap() > 0);
    let test = place
        .run("evaluate --model model --data sweep/data/test.jsonl --format json")
        .json();
    assert_eq!(test, report["test"]);
    assert!(place.read("model/README.md").contains("| num_train_epochs | 2 |"));
    assert!(
        place
            .read("model/README.md")
            .contains("test rows, which were used neither")
    );

    place.run(&call).says(&[
        "trial-001/seed-42: already finished",
        "trial-002/seed-42: already finished",
    ]);
    assert_eq!(place.json("sweep/report.json"), report);
    place.write("other.toml", "[parameters]\nlearning_rat = [1e-4]\n");
    place.refuses(
        &format!("{CALL} --sweep other.toml --run-dir other"),
        1,
        &["`learning_rat`", "learning_rate"],
    );
    place.write(
        "other.toml",
        "method = 'random'\n[parameters]\nlearning_rate = [1e-4]\n",
    );
    place.refuses(
        &format!("{CALL} --sweep other.toml --run-dir other"),
        1,
        &["`trials`"],
    );
    place.refuses(
        &format!("{CALL} --sweep none.toml --run-dir other"),
        1,
        &["none.toml"],
    );
}

/// The trial fails although an earlier evaluation was good.
#[test]
fn a_trial_that_diverges_after_an_evaluation_fails() {
    let place = place();
    place.write(
        "sweep.toml",
        "[parameters]\nlearning_rate = [1e30, 1e-4]\nper_device_train_batch_size = [2]\nmax_grad_norm = [0]\nwarmup_ratio = [0.9]\nnum_train_epochs = [2]\n",
    );
    let call = format!(
        "{CALL} --sweep sweep.toml --run-dir sweep --eval-strategy steps --eval-steps 1 --format json"
    );
    let report = place.run(&call).json();
    let (best, failed) = (&report["trials"][0], &report["trials"][1]);
    assert_eq!((&best["trial"], &failed["trial"]), (&json!(2), &json!(1)));
    assert!(
        failed["failed"].as_str().unwrap().contains("not finite after"),
        "{failed}"
    );
    assert!(failed["score"].is_null());
    assert!(!place.path("sweep/trial-001/seed-42/model").exists());
}

#[test]
fn rows_that_a_study_leaves_out_are_reported() {
    let place = place();
    place.write("bad.jsonl", place.read("data.jsonl") + "{\"text\": \"half\n");
    let said = "1 rows could not be used and were left out\n";
    for study in ["--folds 2", "--seeds 1,2", "--sweep sweep.toml"] {
        place.write("sweep.toml", "[parameters]\nlearning_rate = [1e-4]\n");
        let call = CALL.replace("data.jsonl", "bad.jsonl");
        let name = study.split_whitespace().next().unwrap_or_default();
        let ran = place
            .program(&format!(
                "{call} {study} --on-bad-row set-aside --run-dir study{name}"
            ))
            .run()
            .code(3)
            .says(&[said]);
        assert_eq!(ran.stderr.matches(said).count(), 1, "{ran}");
    }
}

#[test]
fn trials_with_several_seeds_have_intervals_over_the_seeds() {
    let place = place();
    place.write(
        "sweep.toml",
        "method = 'random'\ntrials = 2\nseed = 5\n[parameters]\nlearning_rate = { low = 1e-4, high = 1e-2, scale = 'log' }\n",
    );
    let report = place
        .run(&format!(
            "{CALL} --sweep sweep.toml --seeds 1,2 --run-dir sweep --format json"
        ))
        .json();
    let trials = report["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 2);
    for trial in trials {
        assert_eq!(trial["score"]["n"], 2);
        assert_eq!(trial["by_seed"].as_object().unwrap().len(), 2);
    }
    // Only the best trial's models are kept.
    let models: Vec<bool> = [
        "trial-001/seed-1",
        "trial-001/seed-2",
        "trial-002/seed-1",
        "trial-002/seed-2",
    ]
    .iter()
    .map(|name| place.path(&format!("sweep/{name}/model")).exists())
    .collect();
    let best = report["trials"][0]["trial"].as_u64().unwrap();
    assert_eq!(models, [best == 1, best == 1, best == 2, best == 2]);
}
