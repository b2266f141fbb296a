//! Runs the examples on the fixtures, and checks that each program in `src/bin` runs the command of its name.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test, also in a helper"
)]

use std::path::{Path, PathBuf};

use feedback_testkit::{Finished, Program, workspace};

/// Prepares a run of an example in the root of the workspace, as in the command in its first lines.
fn example(name: &str) -> Program {
    // `cargo test` builds the examples beside the programs; `--test it` alone does not.
    let programs = Path::new(env!("CARGO_BIN_EXE_train")).parent().unwrap();
    let path = programs.join("examples").join(name);
    assert!(path.exists(), "`{name}` is not built: add --examples");
    Program::new(path, &workspace())
}

/// Returns a temporary folder, and a path in it for the output of an example.
fn target() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written");
    (folder, path)
}

#[test]
fn split_a_file() {
    let (_folder, target) = target();
    let call = example("split_a_file")
        .arg("fixtures/feedback.jsonl")
        .arg(&target);
    let ended = call.run().code(0);
    assert!(ended.stdout.ends_with("of 8 classes; 0 leaks\n"), "{ended}");
    let rows = |name: &str| fs_err::read_to_string(target.join(name)).unwrap().lines().count();
    let n = rows("train.jsonl") + rows("validation.jsonl") + rows("test.jsonl");
    let all = fs_err::read_to_string(workspace().join("fixtures/feedback.jsonl")).unwrap();
    assert_eq!(n, all.lines().count());
    assert_eq!(rows("test.jsonl"), n.div_ceil(4));
}

#[test]
fn score_predictions() {
    let ended = example("score_predictions").run().code(0);
    // Calculated by hand: 9 of 12 are correct; the F1 scores are 8 / 10, 4 / 6 and 6 / 8.
    assert!(ended.stdout.contains("accuracy 0.750"), "{ended}");
    assert!(ended.stdout.contains("macro F1 0.739"), "{ended}");
}

#[test]
fn fine_tune() {
    let (_folder, target) = target();
    let call = example("fine_tune").line("fixtures/feedback.jsonl fixtures/tiny-bert");
    let ended = call.arg(&target).arg("0.25").run().code(0);
    let accuracies: Vec<f64> = ended
        .stdout
        .lines()
        .filter_map(|line| line.split_once("accuracy ")?.1.parse().ok())
        .collect();
    let (last, before) = accuracies.split_last().unwrap();
    assert!(
        *last >= 0.25 && before.iter().all(|accuracy| *accuracy < 0.25),
        "{ended}"
    );
    assert!(ended.stdout.contains("ended: until"), "{ended}");
    assert!(target.join("model/config.json").is_file());
}

#[test]
fn classify_a_stream() {
    let records = fs_err::read(workspace().join("fixtures/unlabelled.jsonl")).unwrap();
    let n = records.iter().filter(|byte| **byte == b'\n').count();
    let mut input = records;
    input.extend_from_slice(b"no record\n");
    let ended = example("classify_stream")
        .arg("fixtures/tiny-bert")
        .input(input)
        .run()
        .code(0)
        .says(&[&format!("{n} classified, 1 set aside")]);
    let classified = ended.json_lines();
    assert_eq!(classified.len(), n);
    assert!(
        classified
            .iter()
            .all(|record| record["predicted_label"].is_string())
    );
}

#[test]
fn embed_texts() {
    let texts = ["It crashes", "It crashes", "Lovely colours"];
    let call = example("embed_texts").arg("fixtures/tiny-bert");
    let ended = texts.iter().fold(call, |call, text| call.arg(text)).run().code(0);
    let similarities: Vec<&str> = ended
        .stdout
        .lines()
        .filter_map(|line| line.rsplit(' ').next())
        .collect();
    assert_eq!(similarities[..2], ["1.000", "1.000"], "{ended}");
    assert_ne!(similarities[2], "1.000", "{ended}");
}

#[test]
fn each_program_is_the_command_of_its_name() {
    for (name, path) in [
        ("split", env!("CARGO_BIN_EXE_split")),
        ("inspect", env!("CARGO_BIN_EXE_inspect")),
        ("train", env!("CARGO_BIN_EXE_train")),
        ("pretrain", env!("CARGO_BIN_EXE_pretrain")),
        ("evaluate", env!("CARGO_BIN_EXE_evaluate")),
        ("compare", env!("CARGO_BIN_EXE_compare")),
        ("predict", env!("CARGO_BIN_EXE_predict")),
    ] {
        let run = |line: &str| -> Finished { Program::new(path, &workspace()).line(line).run() };
        assert!(run("--version").code(0).stdout.starts_with(&format!("{name} ")));
        let help = run("--help").code(0);
        assert!(help.stdout.contains(&format!("Usage: {name} ")), "{help}");
        let _ = run("--no-such-flag").code(2);
    }
}
