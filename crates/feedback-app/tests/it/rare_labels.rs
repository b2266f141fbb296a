//! Labels with few rows: left out, folded into another label, or named all at once.

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

fn labels(place: &Place, file: &str) -> Vec<String> {
    let rows = place.json_lines(file);
    let mut labels: Vec<String> = rows
        .iter()
        .map(|row| row["label"].as_str().unwrap().to_owned())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

#[test]
fn split_names_what_it_leaves_out() {
    let place = Place::new();
    place.write("data.jsonl", lines(&rows()));
    place.refuses(
        "split --input data.jsonl --output-dir out",
        1,
        &["spam", "--min-label-count"],
    );
    let found = place.run("split --input data.jsonl --output-dir out --min-label-count 5");
    assert!(found.stdout.contains("4 rows of 2 rare labels"), "{found}");
    assert!(found.stdout.contains("`chat` (3), `spam` (1)"), "{found}");
    assert_eq!(labels(&place, "out/train.jsonl"), ["bug", "praise"]);
    let manifest = place.json("out/manifest.json");
    assert_eq!(manifest["options"]["min_label_count"], 5, "{manifest}");

    let call =
        "split --input data.jsonl --output-dir folded --min-label-count 5 --rare-label other --format json";
    let found = place.program(call).run().code(0).json();
    assert_eq!(found["rare"], json!([["chat", 3], ["spam", 1]]));
    assert_eq!(found["set_aside"], 0);
    assert_eq!(labels(&place, "folded/train.jsonl"), ["bug", "other", "praise"]);
    place.refuses(
        "split --input data.jsonl --output-dir out --rare-label other",
        2,
        &["--min-label-count"],
    );
}

/// Training has no settings for the sizes of the parts, so its hint names settings that it has.
#[test]
fn a_file_with_too_many_labels_to_be_divided_is_refused_with_flags_of_the_command() {
    let place = Place::new();
    let rows = (0..24).map(|row| json!({"text": format!("text {row}"), "label": format!("l{}", row % 8)}));
    place.write("data.jsonl", lines(&rows.collect::<Vec<_>>()));
    place.refuses(
        "split --input data.jsonl --output-dir out",
        1,
        &["are fewer than the 8 classes", "or 0 (`--test-size`)"],
    );
    let found = place.refuses(
        "train --data data.jsonl --model scratch:tiny --epochs 1 --output model --run-dir run",
        1,
        &[
            "`data.jsonl` cannot be divided",
            "are fewer than the 8 classes",
            "`--min-label-count`",
            "`--train`, `--validation`, `--test`",
        ],
    );
    assert!(!found.to_string().contains("_size"), "{found}");
}

#[test]
fn train_treats_the_same_labels_alike_in_all_files() {
    let place = Place::new();
    let all = rows();
    let (train, test): (Vec<_>, Vec<_>) = all.into_iter().enumerate().partition(|(row, _)| row % 4 != 2);
    let of = |rows: Vec<(usize, Value)>| lines(&rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>());
    place.write("train.jsonl", of(train));
    place.write("test.jsonl", of(test));
    let call =
        "train --train train.jsonl --test test.jsonl --model scratch:tiny --epochs 1 --min-label-count 5";
    place
        .run(&format!("{call} --output model --run-dir run"))
        .says(&["4 rows of 2 rare labels", "`chat` (3), `spam` (1)"]);
    assert_eq!(labels(&place, "run/data/test.jsonl"), ["bug", "praise"]);
    assert_eq!(place.json("run/arguments.json")["min_label_count"], 5);
    place.run(&format!(
        "{call} --rare-label other --output folded --run-dir run2"
    ));
    assert_eq!(
        labels(&place, "run2/data/train.jsonl"),
        ["bug", "other", "praise"]
    );
    assert_eq!(labels(&place, "run2/data/test.jsonl"), ["bug", "other", "praise"]);
}

#[test]
fn a_split_by_time_has_the_latest_rows_in_test() {
    let place = Place::new();
    let mut rows = rows();
    rows.truncate(48);
    for (n, row) in rows.iter_mut().enumerate() {
        // Both labels on every day, and two rows without a date.
        let day = 1 + n % 24;
        row["sent"] = if n % 24 == 23 {
            json!("soon")
        } else {
            json!(format!("{day:02}/03/2025"))
        };
    }
    place.write("data.jsonl", lines(&rows));
    let found = place.run(
        "split --input data.jsonl --output-dir out --split-by-time sent --test-size 10 --validation-size 6",
    );
    assert!(
        found.stdout.contains("32 train, 6 validation, 10 test rows"),
        "{found}"
    );
    assert!(
        found.stdout.contains("2 rows without a date are in training"),
        "{found}"
    );
    let days = |file: &str| -> Vec<String> {
        let rows = place.json_lines(file);
        let mut days: Vec<String> = rows
            .iter()
            .map(|row| row["sent"].as_str().unwrap().to_owned())
            .collect();
        days.sort_unstable();
        days
    };
    assert_eq!(
        (
            days("out/test.jsonl")[0].as_str(),
            days("out/validation.jsonl")[0].as_str()
        ),
        ("19/03/2025", "16/03/2025")
    );
    assert!(days("out/train.jsonl").contains(&"soon".to_owned()));
    let manifest = place.json("out/manifest.json");
    assert_eq!(
        (
            &manifest["options"]["split_by_time"],
            &manifest["options"]["undated"]
        ),
        (&json!("sent"), &json!(2))
    );

    let call = "train --data data.jsonl --split-by-time sent --model scratch:tiny --epochs 1 --output model --run-dir run";
    place.run(call).says(&["2 rows without a date are in training"]);
    let last = days("run/data/test.jsonl").pop().unwrap();
    assert_eq!(last, "23/03/2025");
    place.refuses(
        "split --input data.jsonl --output-dir none --split-by-time nothing",
        1,
        &["no row of `data.jsonl` has the field `nothing`"],
    );
    place.refuses(
        "train --data data.jsonl --split-by-time sent --folds 3",
        2,
        &["--folds"],
    );
    for (n, row) in rows.iter_mut().enumerate() {
        row["sent"] = json!(format!("{:02}/{:02}/2025", 1 + n % 12, 12 - n % 12));
    }
    rows[5]["sent"] = json!("13/13/2025");
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
    for (order, last) in [("day-first", "01/12/2025"), ("month-first", "12/01/2025")] {
        let call = format!(
            "split --input data.jsonl --output-dir {order} --split-by-time sent --date-order {order} --test-size 4"
        );
        let found = place.run(&call);
        assert!(
            found.stdout.contains("1 rows without a date are in training"),
            "{found}"
        );
        assert_eq!(days(&format!("{order}/test.jsonl")), [last; 4]);
        let manifest = place.json(&format!("{order}/manifest.json"));
        assert_eq!(manifest["options"]["date_order"], order);
    }
    let call = "train --data data.jsonl --split-by-time sent --date-order month-first --model scratch:tiny --epochs 1 --output model \
                --run-dir dated";
    place.run(call).says(&["1 rows without a date are in training"]);
    let last = days("dated/data/test.jsonl").pop().unwrap();
    assert_eq!(last, "12/01/2025");
}

/// A text keeps its other labels, and the same labels are rare in all files.
#[test]
fn texts_with_several_labels_lose_only_the_rare_ones() {
    let place = Place::new();
    let row = |row: usize| {
        let labels = match row % 20 {
            0 => json!(["rare"]),
            1 => json!(["bug", "rare"]),
            even if even % 2 == 0 => json!(["bug"]),
            _ => json!(["praise", "bug"]),
        };
        json!({ "text": format!("text number {row}"), "label": labels })
    };
    let all: Vec<Value> = (0..60).map(row).collect();
    place.write("data.jsonl", lines(&all));
    let split = "split --input data.jsonl --output-dir out --task multi-label --min-label-count 10";
    let said = "1 rare labels were taken from their texts or replaced by that of `--rare-label`: `rare` (6); \
                3 texts without another label were left out";
    let found = place.run(split);
    assert!(found.stdout.contains(said), "{found}");
    for part in ["train", "validation", "test"] {
        let file = place.read(&format!("out/{part}.jsonl"));
        assert!(file.contains("bug") && !file.contains("rare"), "{file}");
    }
    place.write("train.jsonl", lines(&all[..40]));
    place.write("test.jsonl", lines(&all[40..]));
    let train =
        "train --train train.jsonl --test test.jsonl --model scratch:tiny --epochs 1 --task multi-label";
    place
        .run(&format!(
            "{train} --min-label-count 10 --output model --run-dir run"
        ))
        .says(&[said]);
    assert_eq!(
        place.json("model/config.json")["id2label"],
        json!({ "0": "bug", "1": "praise" })
    );
}
