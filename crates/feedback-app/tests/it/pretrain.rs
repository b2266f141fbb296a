//! Pretraining on unlabelled texts, and handling of rare labels.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

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
fn train_starts_from_a_pretrained_folder() {
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
        "newly initialised: bert.pooler.dense.bias",
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

/// Hidden states do not train a head: the result is an encoder, and no command accepts it as a classifier.
#[test]
fn distilling_embeddings_gives_an_encoder() {
    let place = place_with_texts();
    let call =
        "pretrain --input texts.txt --model tiny-bert --teacher tiny-bert --distil sentence_embeddings";
    place
        .run(&format!(
            "{call} --output small {FEW} --eval-steps 2 --csv-log table.csv"
        ))
        .says(&["step 2: loss ", "step 4: loss "]);
    assert!(place.read("table.csv").contains("\neval,2,"));
    assert_eq!(place.json("small/config.json")["architectures"][0], "BertModel");
    assert!(!place.path("small/feedback.json").exists());
    place.refuses("predict --model small text", 1, &["classifier.weight"]);
    place
        .run(&format!(
            "train --train train.jsonl --validation validation.jsonl --test test.jsonl --model small {QUICK}"
        ))
        .says(&["newly initialised: ", "classifier.weight"]);
}

/// The last checkpoint is removed to simulate a run that was interrupted before it.
#[test]
fn an_interrupted_pretraining_is_resumed() {
    let place = place_with_texts();
    let call = "pretrain --input texts.txt --model tiny-bert --max-length 32 --validation-rows 30 --epochs 2 --save-steps 3 --checkpoints kept --format json";
    // A refused command does not save its settings in the folder of the checkpoints.
    place.refuses(
        &call.replace("--max-length 32", "--max-length 9999"),
        2,
        &["max_length"],
    );
    let whole = place.run(&format!("{call} --output whole")).json();
    let names = place.names("kept");
    let steps = names
        .iter()
        .filter_map(|name| name.strip_prefix("checkpoint-")?.parse::<u64>().ok());
    let mut steps: Vec<u64> = steps.collect();
    steps.sort_unstable();
    let last = steps.pop().unwrap();
    fs_err::remove_dir_all(place.path("kept").join(format!("checkpoint-{last}"))).unwrap();
    let before = steps.pop().unwrap();

    let rest = place.run(&format!("{call} --output again"));
    let rest = rest.says(&[&format!("resuming after step {before}\n")]).json();
    assert!(rest["steps"].as_u64().unwrap() > before);
    assert_eq!(
        (&rest["steps"], &rest["after"]),
        (&whole["steps"], &whole["after"])
    );
    let weights = |folder: &str| fs_err::read(place.path(folder).join("model.safetensors")).unwrap();
    assert!(weights("whole") == weights("again"));
    place.refuses(
        &format!("{call} --output again --learning-rate 1e-3"),
        1,
        &["different settings", "learning_rate", "--checkpoints"],
    );
    // Another model folder with the same name.
    fs_err::rename(place.path("whole"), place.path("elsewhere")).unwrap();
    fs_err::create_dir(place.path("whole")).unwrap();
    fs_err::rename(place.path("elsewhere"), place.path("whole/tiny-bert")).unwrap();
    place.refuses(
        &format!("{call} --output again").replace("tiny-bert", "whole/tiny-bert"),
        1,
        &["different settings", "model.safetensors"],
    );
}

/// The signal is handled at any moment, even before the first step.
#[test]
fn a_terminated_pretraining_saves_a_checkpoint() {
    let place = place_with_texts();
    let call = "pretrain --input texts.txt --model tiny-bert --max-length 32 --validation-rows 30 --epochs 2000 --output out --checkpoints kept";
    let mut child = place
        .program(call)
        .command()
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines
        .by_ref()
        .map(Result::unwrap)
        .find(|line| line.contains("before training: "))
        .unwrap();
    let sent = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    let said: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(143), "{said:?}");
    assert!(
        said.iter()
            .any(|line| line.contains("the same command continues")),
        "{said:?}"
    );
    assert!(
        place
            .names("kept")
            .iter()
            .any(|name| name.starts_with("checkpoint-")),
        "{:?}",
        place.names("kept")
    );
    assert!(!place.path("out").exists());
}

#[test]
fn unusable_texts_and_settings_are_refused() {
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
        &format!("pretrain --input texts.txt --model tiny-bert --label-smoothing 0.1 {output}"),
        2,
        &[
            "`label_smoothing_factor` has no effect in pretraining",
            "leave it out",
        ],
    );
    place.refuses(
        &format!(
            "pretrain --input texts.txt --model scratch:tiny --teacher tiny-bert --distil hidden_states --validation-rows 20 {output}"
        ),
        1,
        &["hidden size 128, the teacher 32"],
    );
}

#[test]
fn rare_labels_can_get_more_weight() {
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
