//! `train --head-only`, and the linear classifier that a training fits first.

use serde_json::Value;

use crate::place::{Place, QUICK, feedback, lines};

const ROWS: &str = "--train train.jsonl --validation validation.jsonl --test test.jsonl";

/// Returns a folder with so many rows that token n-grams are better than the vectors of an untrained encoder.
fn with_many_rows() -> Place {
    let place = Place::with_model();
    let rows = feedback(66);
    place.write("train.jsonl", lines(&rows[..480]));
    place.write("validation.jsonl", lines(&rows[480..504]));
    place.write("test.jsonl", lines(&rows[504..]));
    place
}

#[test]
fn a_linear_classifier_is_a_model_like_any_other() {
    let place = with_many_rows();
    let trained = place.run(&format!("train --model tiny-bert --head-only {ROWS} {QUICK}"));
    assert!(
        trained.stderr.contains("linear classifier on the frozen encoder"),
        "{trained}"
    );
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

    let cut = place.run(&format!(
        "train --model tiny-bert --head-only {ROWS} --max-length 4 --output cut --run-dir cut-run"
    ));
    assert!(
        cut.stderr.contains("training texts are too long and are cut"),
        "{cut}"
    );
    let of_cut = place.run("evaluate --model cut --data test.jsonl");
    assert!(
        of_cut
            .stderr
            .contains("rows are longer than the model reads, and were cut"),
        "{of_cut}"
    );
    let evaluated = place.run("evaluate --model model --data test.jsonl --format json");
    let evaluated: Value = serde_json::from_str(&evaluated.stdout).unwrap();
    assert_eq!(evaluated["accuracy"], report["test"]["accuracy"]);
    assert_eq!(evaluated["leakage"]["known"], true);
    place.run("predict --model model hello --explain");
    place.refuses(
        "predict --model model hello --explain gradient",
        1,
        &["`gradient`", "token n-grams", "occlusion"],
    );
    place.run("compare --train train.jsonl --test test.jsonl --model model");
    place.refuses("train --resume run", 1, &["is finished"]);
    let reproduced = place.run("train --reproduce run --run-dir reproduced");
    assert!(
        reproduced.stdout.contains("the run was reproduced"),
        "{reproduced}"
    );
    // Its encoder can be trained further, with its own pooling.
    place.run(&format!(
        "train --model model {ROWS} --epochs 1 --max-length 32 --output again --run-dir run-again"
    ));
    let again = place.json("again/feedback.json");
    assert_eq!(
        (again["kind"].as_str(), &again["pooling"]),
        (None, &"mean".into())
    );
}

#[test]
fn the_same_files_with_one_thread_and_two() {
    let place = with_many_rows();
    for threads in ["1", "2"] {
        let line = format!(
            "train --model tiny-bert --head-only {ROWS} --max-length 32 --output model-{threads} --run-dir run-{threads}"
        );
        let trained = place
            .program(&line)
            .env("RAYON_NUM_THREADS", threads)
            .run()
            .code(0);
        assert!(trained.stderr.contains("linear classifier"), "{trained}");
    }
    for file in ["model.safetensors", "ngrams.safetensors"] {
        let bytes = |threads: &str| fs_err::read(place.path(&format!("model-{threads}/{file}"))).unwrap();
        assert!(bytes("1") == bytes("2"), "{file}");
    }
}

#[test]
fn a_head_needs_an_encoder_and_nothing_else_to_train() {
    let place = Place::with_model_and_data();
    let refuses = |more: &str, parts: &[&str]| {
        place.refuses(&format!("train {ROWS} --head-only {QUICK} {more}"), 2, parts);
    };
    refuses("--model scratch:tiny", &["pretrained encoder", "`--model`"]);
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
    let cache = place.path("cache").display().to_string();
    place.run(&format!(
        "train --model tiny-bert {ROWS} --epochs 1 --max-length 32 --output model --run-dir old"
    ));
    let weights = |folder: &str| fs_err::read(place.path(folder).join("model.safetensors")).unwrap();
    let older = weights("model");
    let train = |more: &str| {
        place
            .program(&format!("train {ROWS} {QUICK} {more}"))
            .env("XDG_CACHE_HOME", &cache)
    };
    let refused = train("--freeze nonsense").run().fails(2, &["nonsense"]);
    assert!(weights("model") == older, "nothing was published: {refused}");
    let trained = train("")
        .run()
        .code(0)
        .says(&["a first model is in model", "stays in the model folder"]);
    assert!(weights("model.previous") == older, "{trained}");
    assert_eq!(place.json("model/feedback.json")["provisional"], Value::Null);
    let report = place.json("run/report.json");
    assert!(report["head"]["weighted_f1"].is_number());
    let kept = &place.json("model/feedback.json")["base_model"];
    assert_eq!(kept, "builtin");
    let kinds = [
        report["kind"].as_str().unwrap(),
        place.json("model/feedback.json")["kind"]
            .as_str()
            .unwrap_or("fine_tuned"),
    ]
    .map(str::to_owned);
    assert_eq!(kinds[0], kinds[1], "report and folder agree");

    // The first model of an interrupted training does not push the older model out either.
    let mut manifest = place.json("model/feedback.json");
    manifest["provisional"] = true.into();
    place.write("model/feedback.json", manifest.to_string());
    fs_err::remove_dir_all(place.path("run")).unwrap();
    let again = train("").run().code(0);
    assert!(weights("model.previous") == older, "{again}");
    // A run that asks for more than a model ends fine-tuned.
    fs_err::remove_dir_all(place.path("run")).unwrap();
    let adapted = train("--lora-rank 2 --top-losses 3").run().code(0);
    assert!(
        place.path("run/adapter").is_dir() && place.path("run/top_losses.jsonl").is_file(),
        "{adapted}"
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
    let trained = place.run(&format!("train --head-only {ROWS} {QUICK}"));
    let found = &place.json("run/report.json")["alike"];
    assert_eq!(found["compared"], 24 + line);
    let closest = &found["closest"][0];
    assert_eq!(
        (&closest["part"], &closest["line"], &closest["training_line"]),
        (&"test".into(), &line.into(), &4.into())
    );
    let similarity = closest["similarity"].as_f64().unwrap();
    assert!((0.8..=1.0).contains(&similarity), "{similarity}");
    trained.says(&[&format!(
        "{} of {} held-out texts say what a training text says in other words, such as line {line} of test and line 4 of training",
        found["found"], found["compared"]
    )]);
}
