//! `train --folds`, `--seeds` and `--sweep` as a program: tables, notes, exit codes and flags. `feedback-studies` tests the studies.

use serde_json::{Value, json};

use crate::place::{Place, lines};

/// 30 rows of two labels; the last two repeat the first two texts with other case and punctuation.
fn place() -> Place {
    let place = Place::with_model();
    let mut rows: Vec<Value> = (0..28)
        .map(|index| match index % 2 {
            0 => json!({"id": format!("a{index}"), "text": format!("it crashes on page {index}"), "label": "bug"}),
            _ => json!({"id": format!("a{index}"), "text": format!("i love page {index}"), "label": "praise"}),
        })
        .collect();
    rows.push(json!({"id": 28, "text": "It CRASHES on page 0!", "label": "bug"}));
    rows.push(json!({"text": "I love page 1.", "label": "praise"}));
    place.write("data.jsonl", lines(&rows));
    place
}

const CALL: &str = "train --data data.jsonl --model tiny-bert --max-length 16 --epochs 1 --output model";

#[test]
fn studies_print_their_trainings_and_tables() {
    let place = place();
    let folds = format!("{CALL} --folds 2 --run-dir cv --format json");
    let first = place
        .run(&folds)
        .says(&["2 trainings in cv", "fold-1: ", "fold-2: "]);
    assert_eq!(first.json(), place.json("cv/report.json"));
    let again = place
        .run(&folds)
        .says(&["fold-1: already finished", "fold-2: already finished"]);
    assert_eq!(again.json(), first.json());

    let text = place.run(&format!("{CALL} --seeds 1,2 --run-dir seeds")).stdout;
    assert!(
        text.contains("seed 1") && text.contains("standard deviation"),
        "{text}"
    );
    place.write(
        "sweep.toml",
        "[parameters]\nlearning_rate = [1e-4, 1e30]\nmax_grad_norm = [0]\n",
    );
    let sweep = format!("{CALL} --sweep sweep.toml --batch-size 2 --run-dir sweep");
    let text = place.run(&sweep).stdout;
    assert!(
        text.contains("failed") && text.contains("learning_rate = 0.0001"),
        "{text}"
    );
}

#[test]
fn what_a_study_cannot_use_is_named() {
    let place = place();
    place.refuses(&format!("{CALL} --folds 3 --test data.jsonl"), 2, &["--test"]);
    place.refuses(&format!("{CALL} --folds 1"), 2, &["--folds"]);
    place.refuses(&format!("{CALL} --folds 20 --run-dir more"), 1, &["20"]);
    place.refuses(
        &format!("{CALL} --seeds 1,1 --run-dir twice"),
        1,
        &["seed 1 is given twice", "--seeds"],
    );
    place.refuses(
        &format!("{CALL} --sweep none.toml --run-dir other"),
        1,
        &["none.toml"],
    );
    place.write("other.toml", "[parameters]\nlearning_rat = [1e-4]\n");
    place.refuses(
        &format!("{CALL} --sweep other.toml --run-dir other"),
        1,
        &["`learning_rat`", "learning_rate"],
    );
}

#[test]
fn rows_that_a_study_leaves_out_are_reported() {
    let place = place();
    place.write("bad.jsonl", place.read("data.jsonl") + "{\"text\": \"half\n");
    let said = "1 rows could not be used and were left out\n";
    for study in ["--folds 2", "--seeds 1,2", "--sweep sweep.toml"] {
        place.write("sweep.toml", "[parameters]\nlearning_rate = [1e-4]\n");
        let call = CALL.replace("data.jsonl", "bad.jsonl");
        let name = study.split_whitespace().next().unwrap_or_default();
        let ran = place
            .program(&format!(
                "{call} {study} --on-bad-row set-aside --run-dir study{name}"
            ))
            .run()
            .code(3)
            .says(&[said]);
        assert_eq!(ran.stderr.matches(said).count(), 1, "{ran}");
    }
}
