//! `head_only`, and the linear classifier that a training fits first.

use feedback_testkit::recipes::{Place, QUICK, feedback, lines};
use serde_json::Value;

const ROWS: &str = "--train train.jsonl --validation validation.jsonl --test test.jsonl";

/// Returns a folder with so many rows that token n-grams are better than the vectors of an untrained encoder.
fn with_many_rows() -> Place {
    let place = Place::with_model();
    place.write_many_rows();
    place
}

#[test]
fn a_linear_classifier_is_a_model_like_any_other() {
    let place = with_many_rows();
    let trained = place
        .train(&format!("--model tiny-bert --head-only {ROWS} {QUICK}"))
        .unwrap();
    assert!(trained.notices.head);
    let manifest = place.json("model/feedback.json");
    assert_eq!(
        (&manifest["kind"], &manifest["pooling"]),
        (&"head".into(), &"mean".into())
    );
    assert!(manifest["files"]["ngrams.safetensors"].is_string());
    assert!(manifest["baselines"]["tfidf"]["weighted_f1"].is_number());
    assert!(
        place
            .read("model/README.md")
            .contains("linear classifier on the vectors of `tiny-bert`")
    );
    let report = place.json("run/report.json");
    assert_eq!(
        (&report["kind"], &report["epochs"]),
        (&"head".into(), &0.0.into())
    );
    assert_eq!(report["head"], report["validation"]);

    let evaluated = place.evaluate("model", "test.jsonl").unwrap();
    assert_eq!(evaluated["accuracy"], report["test"]["accuracy"]);
    assert_eq!(evaluated["leakage"]["known"], true);
    place.refused(|| place.resume("run"), &["is finished"]);
    let reproduced = place.reproduce("run", "reproduced").unwrap();
    assert!(reproduced.differences.is_empty(), "{:?}", reproduced.differences);
    // Its encoder can be trained further, with its own pooling.
    place
        .train(&format!(
            "--model model {ROWS} --epochs 1 --max-length 32 --output again --run-dir run-again"
        ))
        .unwrap();
    let again = place.json("again/feedback.json");
    assert_eq!(
        (again["kind"].as_str(), &again["pooling"]),
        (None, &"mean".into())
    );
}

#[test]
fn a_head_needs_an_encoder_and_nothing_else_to_train() {
    let place = Place::with_model_and_data();
    let refuses = |more: &str, parts: &[&str]| {
        let line = format!("{ROWS} --head-only {QUICK} {more}");
        place.refused_setting(|| place.train(&line), parts);
    };
    refuses("--model scratch:tiny", &["pretrained encoder", "`model`"]);
    refuses("--model tiny-bert --freeze embeddings", &["--freeze"]);
    refuses("--model tiny-bert --lora-rank 2", &["--lora-rank"]);
    refuses("--model tiny-bert --pooling cls", &["--pooling"]);
    refuses("--model tiny-bert --class-weights balanced", &["head_only"]);
    refuses("--model tiny-bert --top-losses 3", &["head_only"]);
}

/// The first model of a training must not push the user's older model out of `.previous`.
#[test]
fn the_older_model_is_kept_and_the_first_one_is_not() {
    let place = Place::with_model_and_data();
    place
        .train(&format!(
            "--model tiny-bert {ROWS} --epochs 1 --max-length 32 --output model --run-dir old"
        ))
        .unwrap();
    let weights = |folder: &str| place.bytes(&format!("{folder}/model.safetensors"));
    let older = weights("model");
    let train = |more: &str| place.train(&format!("{ROWS} {QUICK} {more}"));
    place.refused_setting(|| train("--freeze nonsense"), &["nonsense"]);
    assert!(weights("model") == older, "nothing was published");
    let trained = train("").unwrap();
    assert!(trained.notices.first_model && trained.notices.fine_tuned_is_better.is_some());
    assert!(weights("model.previous") == older, "{:?}", trained.summary);
    let manifest = place.json("model/feedback.json");
    assert_eq!(manifest["provisional"], Value::Null);
    let report = place.json("run/report.json");
    assert!(report["head"]["weighted_f1"].is_number());
    assert_eq!(manifest["base_model"], "builtin");
    assert_eq!(
        report["kind"].as_str().unwrap(),
        manifest["kind"].as_str().unwrap_or("fine_tuned"),
        "report and folder agree"
    );

    // The first model of an interrupted training does not push the older model out either.
    let mut manifest = place.json("model/feedback.json");
    manifest["provisional"] = true.into();
    place.write("model/feedback.json", manifest.to_string());
    place.remove("run");
    let again = train("").unwrap();
    assert!(weights("model.previous") == older, "{:?}", again.summary);
    // A run that asks for more than a model ends fine-tuned.
    place.remove("run");
    let adapted = train("--lora-rank 2 --top-losses 3").unwrap();
    assert!(
        place.path("run/adapter").is_dir() && place.path("run/top_losses.jsonl").is_file(),
        "{:?}",
        adapted.summary
    );
}

/// Held-out texts that only say in other words what a training text says are reported, not refused.
#[test]
fn held_out_texts_like_a_training_text_are_counted() {
    let place = with_many_rows();
    let mut test = feedback(66).split_off(504);
    let line = test.len() + 1;
    let training = &feedback(66)[3];
    let words = training["text"].as_str().unwrap();
    test.push(serde_json::json!({ "text": format!("{words} {words} truly"), "label": training["label"] }));
    place.write("test.jsonl", lines(&test));
    place.train(&format!("--head-only {ROWS} {QUICK}")).unwrap();
    let found = &place.json("run/report.json")["alike"];
    assert_eq!(found["compared"], 24 + line);
    let closest = &found["closest"][0];
    assert_eq!(
        (&closest["part"], &closest["line"], &closest["training_line"]),
        (&"test".into(), &line.into(), &4.into())
    );
    let similarity = closest["similarity"].as_f64().unwrap();
    assert!((0.8..=1.0).contains(&similarity), "{similarity}");
}
