//! `train --head-only` as a program, and what is printed about the linear classifier that a training fits first.

use serde_json::json;

use crate::place::{Place, QUICK, lines};

const ROWS: &str = "--train train.jsonl --validation validation.jsonl --test test.jsonl";

/// Returns a folder with so many rows that token n-grams are better than the vectors of an untrained encoder.
fn with_many_rows() -> Place {
    let place = Place::with_model();
    place.write_many_rows();
    place
}

#[test]
fn a_linear_classifier_is_used_by_all_commands() {
    let place = with_many_rows();
    let trained = place.run(&format!("train --model tiny-bert --head-only {ROWS} {QUICK}"));
    assert!(
        trained.stderr.contains("linear classifier on the frozen encoder"),
        "{trained}"
    );
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
    place.run("predict --model model hello --explain");
    place.refuses(
        "predict --model model hello --explain gradient",
        1,
        &["`gradient`", "token n-grams", "occlusion"],
    );
    place.run("compare --train train.jsonl --test test.jsonl --model model");
    let reproduced = place.run("train --reproduce run --run-dir reproduced");
    assert!(
        reproduced.stdout.contains("the run was reproduced"),
        "{reproduced}"
    );
    place.refuses(
        &format!("train --model scratch:tiny --head-only {ROWS} --run-dir other"),
        2,
        &["pretrained encoder", "`--model`"],
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
fn the_first_model_and_texts_like_a_training_text_are_printed() {
    let place = Place::with_model_and_data();
    let training = &place.json_lines("train.jsonl")[3];
    let words = training["text"].as_str().unwrap();
    let alike = json!({ "text": format!("{words} {words} truly"), "label": training["label"] });
    place.write("test.jsonl", place.read("test.jsonl") + &lines(&[alike]));
    let cache = place.path("cache").display().to_string();
    let trained = place
        .program(&format!("train {ROWS} {QUICK}"))
        .env("XDG_CACHE_HOME", &cache)
        .run()
        .code(0);
    let found = &place.json("run/report.json")["alike"];
    let _ = trained.says(&[
        "a first model is in model",
        "stays in the model folder",
        &format!(
            "{} of {} held-out texts say what a training text says in other words, such as line 17 of test and line 4 of training",
            found["found"], found["compared"]
        ),
    ]);
}
