//! `--report` and `--gate` as programs. What is in a report is tested in `feedback-pipeline` and `feedback-compare`.

use crate::place::Place;

const COMPARE: &str = "compare --model tiny-bert --train train.jsonl --test test.jsonl";

#[test]
fn the_path_of_a_report_is_printed() {
    let place = Place::with_model_and_data();
    let rows = place.read("test.jsonl");
    let rows: Vec<&str> = rows.lines().filter(|row| !row.contains("\"praise\"")).collect();
    place.write("some.jsonl", rows.join("\n"));
    let found = place
        .run("evaluate --model tiny-bert --data some.jsonl --report out/report")
        .says(&["report out/report/report.html"]);
    let note = "1 of 8 labels have no row here (praise); macro F1 counts each as 0";
    assert!(found.stdout.contains(note), "{found}");
    assert!(place.read("out/report/report.txt").contains(note));
    place.write(
        "out/report/errors.csv",
        "text,label\nit crashes,bug\nthank you,praise\n",
    );
    place.refuses(
        "evaluate --model tiny-bert --data out/report/errors.csv --report out/report",
        1,
        &["errors.csv` is an input", "another folder", "`--report`"],
    );
}

#[test]
fn a_failed_gate_gives_exit_code_1() {
    let place = Place::with_model_and_data();
    let found = place.run(&format!("{COMPARE} --format json")).json();
    let model = found["contenders"]
        .as_array()
        .unwrap()
        .iter()
        .find(|contender| contender["kind"] == "model")
        .unwrap();
    let (accuracy, low) = (
        &model["evaluation"]["accuracy"],
        &model["evaluation"]["accuracy_interval"]["low"],
    );
    assert!(low.as_f64() < accuracy.as_f64());
    // The score itself reaches this value; the lower bound of its interval does not.
    let call = format!("{COMPARE} --gate accuracy>={accuracy} --gate macro_f1>=0 --report out");
    let found = place.program(&call).run().code(1);
    let found = found.says(&[
        "failed: accuracy of `tiny-bert` is",
        "the lower end of its 95 % interval",
        "gate macro_f1>=0 passed",
    ]);
    assert!(
        found.stdout.contains("weighted F1"),
        "the comparison is printed although a gate failed: {found}"
    );
    assert!(place.read("out/report.html").contains("failed: accuracy of"));
    place.refuses(
        &format!("{COMPARE} --gate accuracy>=90"),
        2,
        &["0 to 1", "such as weighted_f1>=0.9"],
    );
    // A gate that equals the lower bound passes.
    place.run(&format!("{COMPARE} --gate accuracy>={low}"));
}
