//! `train` as a program: what it prints, its exit codes and its default folders. `feedback-pipeline` tests what a training writes.

use crate::place::{Place, QUICK, feedback, lines};

#[test]
fn a_model_from_scratch_is_used_by_other_commands() {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(12)));
    let found = place.run(&format!(
        "train --data feedback.jsonl --model scratch:tiny {QUICK} --format json"
    ));
    let found = found.says(&[
        "device ",
        "run folder run",
        "66 train, 10 validation, 20 test rows",
        "training from scratch",
        "epoch  1.00",
        "validation loss",
    ]);
    let summary = found.json();
    assert_eq!(
        (&summary["model"], &summary["run"], &summary["epochs"]),
        (&"model".into(), &"run".into(), &1.0.into())
    );
    assert_eq!(place.json("run/report.json"), summary);
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
        "`evaluate` gives what the training gave"
    );
    place.refuses(
        "train --data feedback.jsonl --output . --run-dir other",
        1,
        &["`.`", "give `--output` a name"],
    );
}

#[test]
fn rows_set_aside_are_counted_and_give_exit_code_3() {
    let place = Place::with_model_and_data();
    place.write(
        "some.jsonl",
        place.read("train.jsonl") + "{\"text\": \"no label\"}\n",
    );
    let call =
        format!("train --data some.jsonl --model tiny-bert {QUICK} --on-bad-row set-aside --format json");
    let found = place
        .program(&call)
        .run()
        .code(3)
        .says(&["1 rows could not be used"]);
    assert_eq!(found.json()["set_aside"], 1);
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
