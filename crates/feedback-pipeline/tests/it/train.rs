//! `train` on good input: the model folder, the run folder, and the files that it must not touch.

use feedback_pipeline::corrections::CorrectionsOptions;
use feedback_testkit::contents;
use feedback_testkit::recipes::{Place, QUICK, check_evaluation, feedback, lines};

const MODEL_FILES: [&str; 8] = [
    "README.md",
    "config.json",
    "drift.json",
    "feedback.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
];

#[test]
fn a_model_from_scratch_loads_everywhere() {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(12)));
    let trained = place
        .train(&format!("--data feedback.jsonl --model scratch:tiny {QUICK}"))
        .unwrap();
    let summary = trained.json();
    assert_eq!(
        (&trained.summary.model, &trained.summary.run),
        (&place.path("model"), &place.path("run"))
    );
    assert_eq!(summary["epochs"], 1.0);
    assert!(summary["seconds"].as_f64().unwrap() > 0.0);
    check_evaluation(&summary["test"]);
    assert_eq!(
        place.names("."),
        ["feedback.jsonl", "model", "run"],
        "no temporary file is left"
    );
    assert_eq!(place.names("model"), MODEL_FILES);
    assert_eq!(
        place.names("run"),
        [
            ".lock",
            "arguments.json",
            "checkpoint-5",
            "data",
            "environment.json",
            "events.jsonl",
            "inputs.json",
            "report",
            "report.json",
            "trainer_state.json"
        ]
    );
    assert_eq!(
        place.names("run/data"),
        ["manifest.json", "test.jsonl", "train.jsonl", "validation.jsonl"]
    );
    assert_eq!(place.json("run/report.json"), summary);
    let events = place.json_lines("run/events.jsonl");
    let names: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(names[0], "train_begin");
    assert_eq!(names[names.len() - 2..], ["train_end", "predict"]);
    assert_eq!(events.last().unwrap()["accuracy"], summary["test"]["accuracy"]);

    let predicted = place.classifier("model").unwrap().predict("hello").unwrap();
    assert!(!predicted.predicted_label.is_empty());
    assert_eq!(
        place.evaluate("model", "run/data/test.jsonl").unwrap(),
        summary["test"],
        "the saved model is the one that was evaluated"
    );
    let known = place.evaluate("model", "run/data/train.jsonl").unwrap();
    assert_eq!(
        known["leakage"]["in_train"], known["n"],
        "every training text is recognised"
    );
}

#[test]
fn the_labels_of_other_data_are_sorted_and_saved() {
    let place = Place::with_model();
    let rows: Vec<_> = feedback(12)
        .into_iter()
        .filter(|row| row["label"] == "bug" || row["label"] == "praise")
        .map(|mut row| {
            row["label"] = if row["label"] == "bug" {
                "ärger".into()
            } else {
                "Lob".into()
            };
            row
        })
        .collect();
    place.write("german.jsonl", lines(&rows));
    let trained = place.train(&format!("--data german.jsonl --model tiny-bert {QUICK}"));
    let initialised = trained.unwrap().notices.initialised;
    assert!(
        initialised.contains(&"classifier.weight".to_owned()),
        "{initialised:?}"
    );
    let config = place.json("model/config.json");
    assert_eq!(config["id2label"], serde_json::json!({"0": "Lob", "1": "ärger"}));
    assert_eq!(config["label2id"], serde_json::json!({"Lob": 0, "ärger": 1}));
}

#[test]
fn mean_pooling_is_saved_with_the_model() {
    let place = Place::with_model_and_data();
    place
        .train(&format!(
            "--train train.jsonl --model tiny-bert --pooling mean {QUICK}"
        ))
        .unwrap();
    assert_eq!(place.json("model/feedback.json")["pooling"], "mean");
    place.classifier("model").unwrap().predict("hello").unwrap();
    place.evaluate("model", "test.jsonl").unwrap();
}

#[test]
fn other_field_names_are_used() {
    let place = Place::with_model_and_data();
    let renamed = |name: &str| {
        place
            .read(name)
            .replace("\"text\":", "\"body\":")
            .replace("\"label\":", "\"team\":")
    };
    place.write("data.jsonl", renamed("train.jsonl") + &renamed("test.jsonl"));
    place.write("held_out.jsonl", renamed("validation.jsonl"));
    let names = "--text-field body --label-field team";
    place
        .train(&format!("--data data.jsonl --model tiny-bert {names} {QUICK}"))
        .unwrap();
    place.remove("run");
    let call = format!("--train data.jsonl --test held_out.jsonl --model tiny-bert {names} {QUICK}");
    assert_eq!(place.train(&call).unwrap().json()["test"]["n"], 16);
}

#[test]
fn rows_set_aside_are_counted() {
    let place = Place::with_model_and_data();
    place.write(
        "some.jsonl",
        place.read("train.jsonl") + "{\"text\": \"no label\"}\n",
    );
    for files in [
        "--data some.jsonl",
        "--train some.jsonl --validation validation.jsonl",
    ] {
        let call = format!("{files} --model tiny-bert {QUICK} --on-bad-row set-aside");
        let trained = place.train(&call).unwrap();
        assert_eq!(trained.json()["set_aside"], 1);
        assert_eq!(trained.notices.data.unwrap().unused_rows.len(), 1);
        place.remove("run");
    }
}

#[test]
fn without_a_validation_file_a_tenth_of_the_training_rows_is_used() {
    let place = Place::with_model_and_data();
    place.write("data.jsonl", lines(&feedback(10)));
    let trained = place.train(&format!("--train data.jsonl --model tiny-bert {QUICK}"));
    assert_eq!(trained.unwrap().notices.rows, [72, 8, 0]);
}

#[test]
fn an_old_model_is_kept_as_previous() {
    let place = Place::with_model_and_data();
    let train = |seed: u64| {
        place
            .train(&format!(
                "--data train.jsonl --model tiny-bert --epochs 1 --max-length 16 --output model --run-dir run{seed} --seed {seed}"
            ))
            .unwrap();
        place.bytes("model/model.safetensors")
    };
    let first = train(1);
    assert!(!place.path("model.previous").exists());
    let second = train(2);
    assert_ne!(first, second);
    assert_eq!(place.bytes("model.previous/model.safetensors"), first);
    let third = train(3);
    assert_ne!(second, third);
    assert_eq!(place.bytes("model.previous/model.safetensors"), second);
    // 24 held-out rows are too few for a profile.
    let files = MODEL_FILES.into_iter().filter(|name| *name != "drift.json");
    let files: Vec<String> = files.map(str::to_owned).collect();
    assert_eq!(
        (place.names("model"), place.names("model.previous")),
        (files.clone(), files)
    );
    place
        .classifier("model.previous")
        .unwrap()
        .predict("hello")
        .unwrap();
    place.refused(
        || place.train("--data missing.jsonl --output model --run-dir run4"),
        &["missing.jsonl"],
    );
}

#[test]
fn only_a_model_folder_is_replaced() {
    let place = Place::with_model_and_data();
    fs_err::create_dir(place.path("notes")).unwrap();
    place.write("notes/diary.txt", "precious");
    place.write("file", "precious");
    let refuses = |output: &str, run: &str, parts: &[&str]| {
        let call = "--data train.jsonl --model tiny-bert --epochs 1 --max-length 16";
        place.refused(
            || place.train(&format!("{call} --output {output} --run-dir {run}")),
            parts,
        );
    };
    refuses("notes", "run", &["`notes`", "not a model folder", "`output`"]);
    refuses("file", "run", &["`file`", "not a model folder", "`output`"]);
    refuses("file/model", "run", &["`file/model`", "`file` is a file"]);
    refuses(
        "model",
        "model/run",
        &["`model/run`", "is inside the model folder", "`run_dir`"],
    );
    refuses("model", "file", &["`file` is a file", "`run_dir`"]);
}

#[test]
fn a_finished_run_is_never_overwritten() {
    let place = Place::with_model_and_data();
    let call = format!("--data train.jsonl --model tiny-bert {QUICK}");
    place.train(&call).unwrap();
    place.refused(
        || place.train(&call),
        &["`run` contains a finished run", "`run_dir`"],
    );
}

#[test]
fn a_run_that_never_started_leaves_no_folder() {
    let place = Place::new();
    let call = "--data missing.jsonl --output model --run-dir some/where/new";
    place.refused(|| place.train(call), &["there is no file `missing.jsonl`"]);
}

#[test]
fn a_loss_that_is_not_finite_ends_the_run_and_keeps_the_old_model() {
    let place = Place::with_model_and_data();
    let call = "--data train.jsonl --model tiny-bert --max-length 16 --output tiny-bert --run-dir run";
    let before = contents(&place.path("tiny-bert"));
    let failed = place
        .train(&format!(
            "{call} --epochs 8 --batch-size 4 --learning-rate 1e30 --max-grad-norm 0"
        ))
        .unwrap_err();
    assert!(!failed.is_usage);
    place.check_message(&failed, &["the loss is", "lower `learning_rate`"]);
    assert_eq!(contents(&place.path("tiny-bert")), before);
    assert!(!place.path("tiny-bert.previous").exists());
}

#[test]
fn the_best_model_is_kept_if_later_weights_are_not_finite() {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(12)));
    let call = "--data feedback.jsonl --model scratch:tiny --epochs 3 --max-length 16 --seed 7 --optim sgd \
        --learning-rate 1e30 --max-grad-norm 0 --warmup-ratio 0.9 --eval-strategy steps --eval-steps 1 --logging-steps 1 \
        --output model --run-dir run";
    let summary = place.train(call).unwrap().json();
    assert_eq!(summary["stopped_by"], "loss_not_finite");
    assert!(
        summary["validation"]["loss"].as_f64().unwrap().is_finite(),
        "{summary}"
    );
    let events = place.json_lines("run/events.jsonl");
    let last = events.iter().rfind(|event| event["kind"] == "eval").unwrap();
    assert!(last["loss"].is_null(), "JSON has no NaN: {last}");
    place.classifier("model").unwrap().predict("hello").unwrap();
}

#[test]
fn settings_that_need_evaluations_are_refused_without_them() {
    let place = Place::with_model_and_data();
    let call = format!("--train train.jsonl --model tiny-bert {QUICK} --eval-strategy no");
    let parts = ["eval_strategy", "`no`"];
    for flags in [
        "--lr-scheduler-type reduce_lr_on_plateau",
        "--early-stopping-patience 1",
    ] {
        place.refused_setting(|| place.train(&format!("{call} {flags}")), &parts);
    }
    let mut asking = place.options(&call).unwrap();
    asking.corrections = Some(CorrectionsOptions::new("anna"));
    place.refused_setting(|| place.train_with(&asking), &parts);
}

#[test]
fn the_model_card_names_the_update_of_the_saved_model() {
    let place = Place::with_model_and_data();
    let trained = place
        .train(
            "--train train.jsonl --validation validation.jsonl --test test.jsonl --model tiny-bert --epochs 3 \
             --learning-rate 1e-2 --max-length 16 --load-best-model-at-end false --output model --run-dir run",
        )
        .unwrap();
    assert_eq!(trained.summary.model_step, 15);
    assert!(
        place
            .read("model/README.md")
            .contains("the model is from update 15")
    );
}

#[test]
fn rare_labels_can_get_more_weight() {
    let place = Place::with_model_and_data();
    let data = "--train train.jsonl --validation validation.jsonl --model tiny-bert";
    let flags =
        "--class-weights balanced --loss focal --focal-gamma 1.5 --label-smoothing 0.1 --sampler balanced";
    place.train(&format!("{data} {QUICK} {flags}")).unwrap();
    let arguments = place.json("run/arguments.json");
    assert_eq!(
        arguments["imbalance"],
        serde_json::json!({"class_weights": "balanced", "loss": "focal", "focal_gamma": 1.5, "sampler": "balanced"})
    );
    assert_eq!(arguments["arguments"]["label_smoothing_factor"], 0.1);

    let other = Place::with_model_and_data();
    let refuses = |flags: &str, parts: &[&str]| {
        other.refused_setting(|| other.train(&format!("{data} {QUICK} {flags}")), parts);
    };
    refuses("--sampler even", &["--sampler", "weighted"]);
    refuses("--loss focal --focal-gamma=-1", &["focal_gamma"]);
}

#[test]
fn a_profile_of_the_held_out_texts_is_saved_without_the_texts() {
    let place = Place::new();
    let rows = feedback(20);
    place.write("data.jsonl", lines(&rows));
    place
        .train(
            "--data data.jsonl --model scratch:tiny --epochs 1 --max-length 32 --output model --run-dir run",
        )
        .unwrap();
    let profile = place.json("model/drift.json");
    // 48 test and validation rows of 160.
    assert_eq!(profile["label"].as_array().unwrap().len(), 48);
    assert_eq!(profile["labels"].as_array().unwrap().len(), 8);
    let saved = place.read("model/drift.json");
    for row in &rows {
        let text = row["text"].as_str().unwrap();
        assert!(!saved.contains(text), "{text}");
    }
}
