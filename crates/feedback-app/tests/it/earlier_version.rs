//! A run of version 0.1.0, kept in `fixtures/runs/0.1.0`, is read and reproduced.

use feedback_testkit::fixture;

use crate::place::Place;

/// Copies the run and its data to a temporary folder.
fn earlier_run() -> Place {
    let place = Place::new();
    let source = fixture("runs/0.1.0");
    for name in ["feedback.jsonl", "predictions.jsonl"] {
        fs_err::copy(source.join(name), place.path(name)).unwrap();
    }
    for folder in ["run", "run/data"] {
        fs_err::create_dir(place.path(folder)).unwrap();
        for entry in fs_err::read_dir(source.join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_file() {
                let target = place.path(folder).join(entry.file_name());
                fs_err::copy(entry.path(), target).unwrap();
            }
        }
    }
    // Runs save absolute paths.
    let arguments = fs_err::read_to_string(place.path("run/arguments.json")).unwrap();
    let folder = place.path("").display().to_string();
    let arguments = arguments.replace("@FOLDER@", folder.trim_end_matches('/'));
    fs_err::write(place.path("run/arguments.json"), arguments).unwrap();
    place
}

#[test]
fn a_run_of_the_earlier_version_is_reproduced_byte_for_byte() {
    if !cfg!(target_arch = "x86_64") {
        println!(
            "skipped: the run was made on x86-64; logarithms and exponentials round differently elsewhere"
        );
        return;
    }
    let place = earlier_run();
    // The exit code is not checked: the run records the number of threads, which may differ on this machine.
    let repeated = place.program("train --reproduce run --run-dir again").run();
    let (before, after) = (place.json("run/report.json"), place.json("again/report.json"));
    assert_eq!(
        after["model_sha256"], before["model_sha256"],
        "{}",
        repeated.stdout
    );
    assert_eq!(
        after["test"]["confusion_matrix"],
        before["test"]["confusion_matrix"]
    );
    let other = repeated.stdout.lines().find(|line| {
        line.trim_start().starts_with("report.json") || line.trim_start().starts_with("events.jsonl")
    });
    assert_eq!(other, None);
    place.run("predict --model again/model --input run/data/test.jsonl --output again.jsonl --with-scores");
    // Version 0.1.0 did not write this field.
    let again: String = place
        .read("again.jsonl")
        .split_inclusive('\n')
        .map(|line| {
            let (before, after) = line.split_once("\"unknown_share\":").unwrap();
            format!("{before}{}", after.split_once(',').unwrap().1)
        })
        .collect();
    assert!(again == place.read("predictions.jsonl"), "the predictions differ");
}

#[test]
fn settings_of_the_earlier_version_are_understood() {
    let place = earlier_run();
    let finished = place.program("train --resume run").run().code(1);
    assert!(finished.stderr.contains("is finished"), "{}", finished.stderr);
    assert!(finished.stderr.contains("`--reproduce`"), "{}", finished.stderr);
}
