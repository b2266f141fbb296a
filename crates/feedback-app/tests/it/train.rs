//! `train` on good input: the model folder, the run folder, and the files that it must not touch.

use crate::evaluate::check_evaluation;
use crate::place::{Place, QUICK, feedback, lines};

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
    let found = place.run(&format!(
        "train --data feedback.jsonl --model scratch:tiny {QUICK} --format json"
    ));
    let found = found.says(&[
        "device ",
        "run folder run",
        "train, ",
        "training from scratch",
        "epoch  1.00",
        "validation loss",
    ]);
    let summary = found.json();
    assert_eq!(
        (&summary["model"], &summary["run"], &summary["epochs"]),
        (&"model".into(), &"run".into(), &1.0.into())
    );
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

    let predicted = place.run("predict --model model --format json hello").json();
    assert!(predicted[0]["predicted_label"].is_string());
    let mut measured = place
        .run("evaluate --model model --data run/data/test.jsonl --format json")
        .json();
    // The texts are longer than this model reads; the report of a training does not repeat that.
    assert_eq!(measured["rows"]["truncated"], 14);
    measured.as_object_mut().unwrap().remove("rows");
    assert_eq!(
        measured, summary["test"],
        "the saved model is the one that was evaluated"
    );
    let known = place
        .run("evaluate --model model --data run/data/train.jsonl --format json")
        .json();
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
    place
        .run(&format!("train --data german.jsonl --model tiny-bert {QUICK}"))
        .says(&["classifier.weight"]);
    let config = place.json("model/config.json");
    assert_eq!(config["id2label"], serde_json::json!({"0": "Lob", "1": "ärger"}));
    assert_eq!(config["label2id"], serde_json::json!({"Lob": 0, "ärger": 1}));
}

#[test]
fn mean_pooling_is_saved_with_the_model() {
    let place = Place::with_model_and_data();
    place.run(&format!(
        "train --train train.jsonl --model tiny-bert --pooling mean {QUICK}"
    ));
    assert_eq!(place.json("model/feedback.json")["pooling"], "mean");
    place.run("predict --model model hello");
    place.run("evaluate --model model --data test.jsonl");
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
    place.run(&format!(
        "train --data data.jsonl --model tiny-bert {names} {QUICK}"
    ));
    fs_err::remove_dir_all(place.path("run")).unwrap();
    let call = format!("train --train data.jsonl --test held_out.jsonl --model tiny-bert {names} {QUICK}");
    let summary = place.run(&format!("{call} --format json")).json();
    assert_eq!(summary["test"]["n"], 16);
}

#[test]
fn rows_set_aside_are_counted_and_give_exit_code_3() {
    let place = Place::with_model_and_data();
    place.write(
        "some.jsonl",
        place.read("train.jsonl") + "{\"text\": \"no label\"}\n",
    );
    for files in [
        "--data some.jsonl",
        "--train some.jsonl --validation validation.jsonl",
    ] {
        let call = format!("train {files} --model tiny-bert {QUICK} --on-bad-row set-aside --format json");
        let found = place
            .program(&call)
            .run()
            .code(3)
            .says(&["1 rows could not be used"]);
        assert_eq!(found.json()["set_aside"], 1);
        fs_err::remove_dir_all(place.path("run")).unwrap();
    }
}

#[test]
fn without_a_validation_file_a_tenth_of_the_training_rows_is_used() {
    let place = Place::with_model_and_data();
    place.write("data.jsonl", lines(&feedback(10)));
    place
        .run(&format!("train --train data.jsonl --model tiny-bert {QUICK}"))
        .says(&["72 train, 8 validation, 0 test"]);
}

#[test]
fn an_old_model_is_kept_as_previous() {
    let place = Place::with_model_and_data();
    let train = |seed: u64| {
        place.run(&format!(
            "train --data train.jsonl --model tiny-bert --epochs 1 --max-length 16 --output model --run-dir run{seed} --seed {seed}"
        ));
        fs_err::read(place.path("model/model.safetensors")).unwrap()
    };
    let first = train(1);
    assert!(!place.path("model.previous").exists());
    let second = train(2);
    assert_ne!(first, second);
    assert_eq!(
        fs_err::read(place.path("model.previous/model.safetensors")).unwrap(),
        first
    );
    let third = train(3);
    assert_ne!(second, third);
    assert_eq!(
        fs_err::read(place.path("model.previous/model.safetensors")).unwrap(),
        second
    );
    // 24 held-out rows are too few for a profile.
    let files = MODEL_FILES.into_iter().filter(|name| *name != "drift.json");
    let files: Vec<String> = files.map(str::to_owned).collect();
    assert_eq!(
        (place.names("model"), place.names("model.previous")),
        (files.clone(), files)
    );
    place.run("predict --model model.previous hello");
    place.refuses(
        "train --data missing.jsonl --output model --run-dir run4",
        1,
        &["missing.jsonl"],
    );
}

#[test]
fn only_a_model_folder_is_replaced() {
    let place = Place::with_model_and_data();
    fs_err::create_dir(place.path("notes")).unwrap();
    place.write("notes/diary.txt", "precious");
    place.write("file", "precious");
    let call = "train --data train.jsonl --model tiny-bert --epochs 1 --max-length 16";
    place.refuses(
        &format!("{call} --output notes --run-dir run"),
        1,
        &["`notes`", "not a model folder", "--output"],
    );
    place.refuses(
        &format!("{call} --output file --run-dir run"),
        1,
        &["`file`", "not a model folder", "--output"],
    );
    place.refuses(
        &format!("{call} --output file/model --run-dir run"),
        1,
        &["`file/model`", "`file` is a file"],
    );
    place.refuses(
        &format!("{call} --output . --run-dir run"),
        1,
        &["`.`", "give `--output` a name"],
    );
    place.refuses(
        &format!("{call} --output model --run-dir model/run"),
        1,
        &["`model/run`", "is inside the model folder", "--run-dir"],
    );
    place.refuses(
        &format!("{call} --output model --run-dir file"),
        1,
        &["`file` is a file", "--run-dir"],
    );
}

#[test]
fn a_finished_run_is_never_overwritten() {
    let place = Place::with_model_and_data();
    let call = format!("train --data train.jsonl --model tiny-bert {QUICK}");
    place.run(&call);
    place.refuses(&call, 1, &["`run` contains a finished run", "--run-dir"]);
}

#[test]
fn the_default_run_folder_is_named_after_time_and_model() {
    let place = Place::with_model_and_data();
    place.run("train --data train.jsonl --model tiny-bert --epochs 1 --max-length 16 --output models/mine");
    let runs = place.names("runs");
    assert_eq!(runs.len(), 1);
    let (time, name) = runs[0].split_once('-').unwrap();
    assert_eq!((time.len(), name), ("20260131T235959Z".len(), "mine"));
    // A run that never started leaves no folder, not even `runs`.
    let fresh = Place::new();
    fresh.refuses(
        "train --data missing.jsonl",
        1,
        &["there is no file `missing.jsonl`"],
    );
    fresh.refuses(
        "train --data missing.jsonl --run-dir some/where/new",
        1,
        &["there is no file `missing.jsonl`"],
    );
}

#[test]
fn without_arguments_the_fixtures_are_used() {
    Place::new().refuses("train", 1, &["there is no file `fixtures/feedback.jsonl`"]);
}

#[test]
fn a_loss_that_is_not_finite_ends_the_run_and_keeps_the_old_model() {
    let place = Place::with_model_and_data();
    let call = "train --data train.jsonl --model tiny-bert --max-length 16 --output tiny-bert --run-dir run";
    let before = feedback_testkit::contents(&place.path("tiny-bert"));
    let failed = place
        .program(&format!(
            "{call} --epochs 8 --batch-size 4 --learning-rate 1e30 --max-grad-norm 0"
        ))
        .run();
    failed.fails(1, &["the loss is", "lower `--learning-rate`"]);
    assert_eq!(feedback_testkit::contents(&place.path("tiny-bert")), before);
    assert!(!place.path("tiny-bert.previous").exists());
}

#[test]
fn the_best_model_is_kept_if_later_weights_are_not_finite() {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(12)));
    let call = "train --data feedback.jsonl --model scratch:tiny --epochs 3 --max-length 16 --seed 7 --optim sgd \
        --learning-rate 1e30 --max-grad-norm 0 --warmup-ratio 0.9 --eval-strategy steps --eval-steps 1 --logging-steps 1 \
        --output model --run-dir run --format json";
    let summary = place.run(call).json();
    assert_eq!(summary["stopped_by"], "loss_not_finite");
    assert!(
        summary["validation"]["loss"].as_f64().unwrap().is_finite(),
        "{summary}"
    );
    let events = place.json_lines("run/events.jsonl");
    let last = events.iter().rfind(|event| event["kind"] == "eval").unwrap();
    assert!(last["loss"].is_null(), "JSON has no NaN: {last}");
    place.run("predict --model model hello");
}

#[test]
fn a_log_never_overwrites_another_kind_of_file() {
    let place = Place::with_model_and_data();
    let call = format!("train --train train.jsonl --validation validation.jsonl --model tiny-bert {QUICK}");
    place.refuses(
        &format!("{call} --csv-log train.jsonl"),
        1,
        &["`train.jsonl` is not a log table", "name another file"],
    );
    // A table of an earlier run is overwritten.
    place.run(&format!("{call} --csv-log log.csv"));
    let first = place.read("log.csv");
    fs_err::remove_dir_all(place.path("run")).unwrap();
    place.run(&format!("{call} --csv-log log.csv"));
    assert_eq!(place.read("log.csv"), first);
}

#[test]
fn settings_that_need_evaluations_are_refused_without_them() {
    let place = Place::with_model_and_data();
    let call = format!("train --train train.jsonl --model tiny-bert {QUICK} --eval-strategy no");
    for flags in [
        "--lr-scheduler-type reduce_lr_on_plateau",
        "--corrections file --corrected-by anna",
        "--early-stopping-patience 1",
    ] {
        place.refuses(&format!("{call} {flags}"), 2, &["eval_strategy", "`no`"]);
    }
}

#[test]
fn the_model_card_names_the_update_of_the_saved_model() {
    let place = Place::with_model_and_data();
    let summary = place
        .run(
            "train --train train.jsonl --validation validation.jsonl --test test.jsonl --model tiny-bert --epochs 3 \
             --learning-rate 1e-2 --max-length 16 --load-best-model-at-end false --output model --run-dir run --format json",
        )
        .json();
    assert_eq!(summary["model_step"], 15);
    assert!(
        place
            .read("model/README.md")
            .contains("the model is from update 15")
    );
}
