//! Labels with few rows, and splits by time, as programs: what is printed, and flags in hints. `feedback-pipeline` and
//! `feedback-multilabel` test what is written.

use serde_json::{Value, json};

use crate::place::{Place, lines};

/// 24 rows of `bug` and `praise` each, 3 of `chat` and 1 of `spam`.
fn rows() -> Vec<Value> {
    let labels = [("bug", 24), ("praise", 24), ("chat", 3), ("spam", 1)];
    let rows = labels
        .iter()
        .flat_map(|&(label, n)| (0..n).map(move |row| (label, row)));
    rows.map(|(label, row)| json!({"text": format!("{label} number {row}"), "label": label}))
        .collect()
}

#[test]
fn what_is_left_out_is_printed() {
    let place = Place::new();
    place.write("data.jsonl", lines(&rows()));
    place.refuses(
        "split --input data.jsonl --output-dir out",
        1,
        &["spam", "--min-label-count"],
    );
    let parts = ["4 rows of 2 rare labels", "`chat` (3), `spam` (1)"];
    let found = place.run("split --input data.jsonl --output-dir out --min-label-count 5");
    assert!(parts.iter().all(|part| found.stdout.contains(part)), "{found}");
    let call =
        "split --input data.jsonl --output-dir folded --min-label-count 5 --rare-label other --format json";
    let found = place.program(call).run().code(0).json();
    assert_eq!(found["rare"], json!([["chat", 3], ["spam", 1]]));
    place.refuses(
        "split --input data.jsonl --output-dir out --rare-label other",
        2,
        &["--min-label-count"],
    );
    place
        .run("train --data data.jsonl --model scratch:tiny --epochs 1 --min-label-count 5 --output model --run-dir run")
        .says(&parts);
}

#[test]
fn what_a_split_by_time_cannot_date_is_printed() {
    let place = Place::new();
    let mut rows = rows();
    rows.truncate(48);
    for (n, row) in rows.iter_mut().enumerate() {
        row["sent"] = json!(format!("{:02}/{:02}/2025", 1 + n % 12, 12 - n % 12));
    }
    rows[5]["sent"] = json!("soon");
    place.write("data.jsonl", lines(&rows));
    place.refuses(
        "split --input data.jsonl --output-dir none --split-by-time sent",
        1,
        &[
            "line 1",
            "whether the day or the month comes first",
            "--date-order day-first",
        ],
    );
    let undated = "1 rows without a date are in training";
    let found = place.run(
        "split --input data.jsonl --output-dir out --split-by-time sent --date-order day-first --test-size 4",
    );
    assert!(found.stdout.contains(undated), "{found}");
    let train = "train --data data.jsonl --split-by-time sent";
    place
        .run(&format!(
            "{train} --date-order month-first --model scratch:tiny --epochs 1 --output model --run-dir run"
        ))
        .says(&[undated]);
    place.refuses(&format!("{train} --folds 3"), 2, &["--folds"]);
}
