//! Learning from unlabelled texts, and what is done about rare labels.

use crate::place::{Place, QUICK, feedback};

fn place_with_texts() -> Place {
    let place = Place::with_model_and_data();
    let texts: Vec<String> = feedback(20)
        .iter()
        .map(|row| row["text"].as_str().unwrap().replace('\n', " "))
        .collect();
    place.write("texts.txt", texts.join("\n"));
    place
}

const FEW: &str = "--max-length 32 --validation-rows 30 --max-steps 4 --format json";

#[test]
fn train_starts_from_what_pretrain_wrote() {
    let place = place_with_texts();
    let summary = place
        .run(&format!(
            "pretrain --input texts.txt --model tiny-bert --output adapted {FEW}"
        ))
        .json();
    assert_eq!(summary["steps"], 4);
    assert_eq!(summary["validation_rows"], 30);
    assert!(summary["after"]["loss"].as_f64().unwrap() < summary["before"]["loss"].as_f64().unwrap());
    assert_eq!(
        place.json("adapted/config.json")["architectures"][0],
        "BertForMaskedLM"
    );
    let started = place.run(&format!(
        "train --train train.jsonl --validation validation.jsonl --test test.jsonl --model adapted {QUICK}"
    ));
    started.says(&[
        "drawn anew: bert.pooler.dense.bias",
        "classifier.weight",
        "not used: cls.",
    ]);
}

#[test]
fn a_student_learns_from_a_trained_model() {
    let place = place_with_texts();
    let summary = place
        .run(&format!(
            "pretrain --input texts.txt --model scratch:tiny --teacher tiny-bert --output small {FEW}"
        ))
        .json();
    assert!(summary["after"]["agreement"].is_f64(), "{summary}");
    place.run("evaluate --model small --data test.jsonl");
}

#[test]
fn what_cannot_be_learnt_from_is_refused() {
    let place = place_with_texts();
    place.write("few.txt", "one text\nanother text");
    let output = "--output adapted --max-length 32";
    place.refuses(
        &format!("pretrain --input few.txt --model tiny-bert {output}"),
        1,
        &["2 different texts", "--validation-rows"],
    );
    place.refuses(
        &format!("pretrain --input texts.txt --model scratch {output}"),
        2,
        &["--teacher"],
    );
    place.refuses(
        &format!("pretrain --input texts.txt --model tiny-bert --mlm-probability 1.5 {output}"),
        2,
        &["mlm_probability", "1.5"],
    );
    place.refuses(
        &format!(
            "pretrain --input texts.txt --model scratch:tiny --teacher tiny-bert --distil hidden_states --validation-rows 20 {output}"
        ),
        1,
        &["128 wide", "32"],
    );
}

#[test]
fn rare_labels_may_count_more() {
    let place = Place::with_model_and_data();
    let data = "train --train train.jsonl --validation validation.jsonl --model tiny-bert";
    let flags =
        "--class-weights balanced --loss focal --focal-gamma 1.5 --label-smoothing 0.1 --sampler balanced";
    place.run(&format!(
        "{data} {QUICK} {flags} --csv-log log.csv --tensorboard board"
    ));
    let arguments = place.json("run/arguments.json");
    assert_eq!(
        arguments["imbalance"],
        serde_json::json!({"class_weights": "balanced", "loss": "focal", "focal_gamma": 1.5, "sampler": "balanced"})
    );
    assert_eq!(arguments["arguments"]["label_smoothing_factor"], 0.1);
    assert!(
        place
            .read("log.csv")
            .starts_with("kind,global_step,epoch,metric,value\n")
    );
    assert_eq!(place.names("board").len(), 1);

    let other = Place::with_model_and_data();
    other.refuses(
        &format!("{data} {QUICK} --sampler even"),
        2,
        &["--sampler", "weighted"],
    );
    other.refuses(
        &format!("{data} {QUICK} --loss focal --focal-gamma=-1"),
        2,
        &["focal_gamma"],
    );
}
