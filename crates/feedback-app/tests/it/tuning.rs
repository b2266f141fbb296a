//! Training only parts of a model, as a program: what it prints, and wrong usage. `feedback-pipeline` tests which parts change.

use crate::place::{Place, QUICK};

#[test]
fn the_number_of_trained_parameters_is_printed_and_the_run_reproduced() {
    let place = Place::with_model_and_data();
    let found = place.run(&format!(
        "train --train train.jsonl --model tiny-bert --lora-rank 2 --format json {QUICK}"
    ));
    let trained = found.json()["trainable_parameters"].to_string();
    found.says(&[&format!("{trained} of "), "parameters are trained"]);
    assert_eq!(
        place.json("run/adapter/adapter_config.json")["base_model_name_or_path"],
        "tiny-bert"
    );
    let again = place.run("train --reproduce run --run-dir again");
    assert!(again.stdout.contains("the run was reproduced"), "{again}");
}

#[test]
fn the_learning_rate_finder_prints_its_suggestion() {
    let place = Place::with_model_and_data();
    let before = place.names(".");
    let line = "train --train train.jsonl --model tiny-bert --max-length 32 --batch-size 16 --seed 1 --find-learning-rate 40";
    let found = place.run(&format!("{line} --format json")).json();
    assert_eq!(place.names("."), before, "nothing is written");
    assert_eq!(found["points"][0]["learning_rate"], 1e-7);
    assert!(found["suggestion"].is_number(), "{found}");
    let text = place.run(line).stdout;
    assert!(
        text.contains("the loss falls fastest at --learning-rate "),
        "{text}"
    );
}

#[test]
fn settings_that_contradict_each_other_are_wrong_usage() {
    let place = Place::with_model_and_data();
    let refuses = |flags: &str, parts: &[&str]| {
        place.refuses(&format!("train --train train.jsonl {flags} {QUICK}"), 2, parts);
    };
    refuses("--model scratch:tiny --lora-rank 2", &["pretrained", "`--model`"]);
    refuses("--model tiny-bert --lora-alpha 2", &["--lora-rank"]);
    refuses(
        "--model tiny-bert --layerwise-lr-decay 1.5",
        &["layerwise_lr_decay"],
    );
}
