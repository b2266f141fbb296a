//! Pretraining on unlabelled texts as a program: progress, signals and flags. `feedback-pretrain` tests what it writes.

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
fn pretraining_prints_its_progress_and_training_what_it_takes_over() {
    let place = place_with_texts();
    let call =
        "pretrain --input texts.txt --model tiny-bert --teacher tiny-bert --distil sentence_embeddings";
    place
        .run(&format!(
            "{call} --output small {FEW} --eval-steps 2 --csv-log table.csv"
        ))
        .says(&["step 2: loss ", "step 4: loss "]);
    assert!(place.read("table.csv").contains("\neval,2,"));
    place.refuses("predict --model small text", 1, &["classifier.weight"]);
    let summary = place
        .run(&format!(
            "pretrain --input texts.txt --model tiny-bert --output adapted {FEW}"
        ))
        .json();
    assert_eq!(summary["steps"], 4);
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
fn a_pretraining_is_resumed_by_the_same_command() {
    let place = place_with_texts();
    let call = "pretrain --input texts.txt --model tiny-bert --max-length 32 --validation-rows 30 --epochs 2 --save-steps 3 --checkpoints kept --format json";
    place.run(&format!("{call} --output whole"));
    let mut steps: Vec<u64> = place
        .names("kept")
        .iter()
        .filter_map(|name| name.strip_prefix("checkpoint-")?.parse().ok())
        .collect();
    steps.sort_unstable();
    let last = steps.pop().unwrap();
    fs_err::remove_dir_all(place.path("kept").join(format!("checkpoint-{last}"))).unwrap();
    let before = steps.pop().unwrap();
    place
        .run(&format!("{call} --output again"))
        .says(&[&format!("resuming after step {before}\n")]);
    place.refuses(
        &format!("{call} --output again --learning-rate 1e-3"),
        1,
        &["different settings", "learning_rate", "--checkpoints"],
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
fn unusable_texts_and_settings_are_refused_with_flags() {
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
}

#[test]
fn a_log_table_and_tensorboard_files_are_written() {
    let place = Place::with_model_and_data();
    place.run(&format!(
        "train --train train.jsonl --validation validation.jsonl --model tiny-bert {QUICK} --csv-log log.csv --tensorboard board"
    ));
    assert!(
        place
            .read("log.csv")
            .starts_with("kind,global_step,epoch,metric,value\n")
    );
    assert_eq!(place.names("board").len(), 1);
}
