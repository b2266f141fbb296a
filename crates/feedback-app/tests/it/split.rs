//! `split` on good input.

use std::collections::BTreeSet;

use feedback_dataset::text::normalise;
use feedback_files::sha256_of_file;
use feedback_testkit::contents;
use serde_json::json;

use crate::place::{Place, feedback, labelled, lines};

fn with_data(per_label: usize) -> Place {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(per_label)));
    place
}

const CALL: &str = "split --input feedback.jsonl --output-dir parts";

#[test]
fn every_row_is_in_one_part_with_all_its_fields() {
    let place = with_data(20);
    let shown = place.run(CALL);
    assert_eq!(
        shown.stdout,
        "parts: written, 112 train, 16 validation, 32 test rows\n"
    );
    assert_eq!(
        place.names("parts"),
        ["manifest.json", "test.jsonl", "train.jsonl", "validation.jsonl"]
    );
    let mut rows = Vec::new();
    for (part, per_label) in [("train", 14), ("validation", 2), ("test", 4)] {
        let found = place.json_lines(&format!("parts/{part}.jsonl"));
        let of = |label: &str| found.iter().filter(|row| row["label"] == label).count();
        for label in ["bug", "praise", "other", "documentation"] {
            assert_eq!(of(label), per_label, "{label} in {part}");
        }
        rows.extend(found);
    }
    let sorted = |rows: &[serde_json::Value]| rows.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&rows), sorted(&feedback(20)));
    assert_eq!(rows.len(), 160);
    let manifest = place.json("parts/manifest.json");
    for part in ["train", "validation", "test"] {
        let sha256 = sha256_of_file(place.path(&format!("parts/{part}.jsonl"))).unwrap();
        assert_eq!(manifest["splits"][part]["sha256"], json!(sha256), "{manifest:#}");
    }
}

#[test]
fn repeating_the_command_changes_nothing() {
    let place = with_data(10);
    place.run(CALL);
    let before = contents(&place.path("parts"));
    let again = place.run(CALL);
    assert!(again.stdout.starts_with("parts: unchanged"), "{again}");
    assert_eq!(contents(&place.path("parts")), before);
    assert_eq!(
        place.run(&format!("{CALL} --format json")).json()["unchanged"],
        true
    );
}

#[test]
fn existing_files_are_overwritten_only_on_request() {
    let place = with_data(10);
    place.run(CALL);
    place.refuses(
        &format!("{CALL} --seed 7"),
        1,
        &["`parts/train.jsonl`", "other content", "--force"],
    );
    let before = contents(&place.path("parts"));
    let summary = place
        .run(&format!("{CALL} --seed 7 --force --format json"))
        .json();
    assert_eq!(
        (&summary["unchanged"], &summary["set_aside"]),
        (&false.into(), &0.into())
    );
    assert_eq!(summary["manifest"]["splits"]["train"]["rows"], 56);
    assert_ne!(contents(&place.path("parts")), before);
}

#[test]
fn the_input_is_never_overwritten() {
    let place = with_data(10);
    fs_err::create_dir(place.path("parts")).unwrap();
    place.write("parts/train.jsonl", lines(&feedback(10)));
    let call = "split --input parts/train.jsonl --output-dir parts --force";
    place.refuses(
        call,
        1,
        &["`parts/train.jsonl` is the input", "another output folder"],
    );
    let file = "split --input feedback.jsonl --output-dir feedback.jsonl";
    place.refuses(file, 1, &["`feedback.jsonl`", "choose another path"]);
}

#[test]
fn tables_written_by_spreadsheets_are_read() {
    let rows: Vec<String> = (0..40)
        .map(|row| {
            format!(
                "\"Line one, {row}\r\nline \"\"two\"\"\",{}\r\n",
                if row % 2 == 0 { "bug" } else { "praise" }
            )
        })
        .collect();
    let comma = format!("\u{feff}text,label\r\n{}", rows.concat());
    let semicolon = comma
        .replace("text,label", "text;label")
        .replace("\",bug", "\";bug")
        .replace("\",praise", "\";praise");
    let utf16: Vec<u8> = comma.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bytes = [
        comma.clone().into_bytes(),
        semicolon.into_bytes(),
        format!("sep=,\r\n{}", &comma[3..]).into_bytes(),
        utf16,
    ];
    for (index, bytes) in bytes.iter().enumerate() {
        let place = Place::new();
        place.write("table.csv", bytes);
        place.run("split --input table.csv --output-dir parts");
        let test = place.json_lines("parts/test.jsonl");
        assert_eq!(test.len(), 8, "file {index}");
        let text = test[0]["text"].as_str().unwrap();
        assert!(
            text.starts_with("Line one, ") && text.ends_with("\r\nline \"two\""),
            "file {index}: {text:?}"
        );
        assert_eq!(test[0].as_object().unwrap().len(), 2);
    }
}

#[test]
fn other_encodings_are_guessed_or_named() {
    let place = Place::new();
    let rows: String = (0..20)
        .map(|row| format!("caf{row} cassé,bug\nth{row} rapide,praise\n"))
        .collect();
    let latin: Vec<u8> = format!("text,label\n{rows}")
        .chars()
        .map(|character| character as u8)
        .collect();
    place.write("latin.csv", latin);
    let guessed = place.run("split --input latin.csv --output-dir parts");
    guessed.says(&["is read as windows-1252"]);
    assert!(place.read("parts/train.jsonl").contains("cassé"));
    place.run("split --input latin.csv --output-dir named --encoding windows-1252");
    assert_eq!(place.read("parts/train.jsonl"), place.read("named/train.jsonl"));
    place.refuses(
        "split --input latin.csv --output-dir wrong --encoding utf-16le",
        1,
        &["`latin.csv`"],
    );
}

#[test]
fn duplicates_and_groups_stay_together() {
    let place = Place::new();
    let mut rows = String::new();
    for row in 0..30 {
        let label = if row % 2 == 0 { "bug" } else { "praise" };
        rows += &labelled(&[
            (&format!("Page {row} is here"), label),
            (&format!("page {row} IS here!"), label),
        ]);
    }
    place.write("twice.jsonl", &rows);
    place.run("split --input twice.jsonl --output-dir parts");
    let mut seen: Vec<BTreeSet<String>> = Vec::new();
    for part in ["train", "validation", "test"] {
        let rows = place.json_lines(&format!("parts/{part}.jsonl"));
        seen.push(
            rows.iter()
                .map(|row| normalise(row["text"].as_str().unwrap()))
                .collect(),
        );
    }
    assert_eq!(
        seen.iter().map(BTreeSet::len).sum::<usize>(),
        30,
        "a text is in two parts"
    );
    place.refuses(
        "split --input twice.jsonl --output-dir groups --group-by team",
        1,
        &["`twice.jsonl`", "`team`", "--group-by"],
    );

    let grouped = feedback(10).into_iter().enumerate().map(|(index, mut row)| {
        row["customer"] = json!(format!("c{}", index / 2));
        row
    });
    place.write("grouped.jsonl", lines(&grouped.collect::<Vec<_>>()));
    place.run("split --input grouped.jsonl --output-dir groups --group-by customer");
    let customers = |part: &str| -> BTreeSet<String> {
        place
            .json_lines(&format!("groups/{part}.jsonl"))
            .iter()
            .map(|row| row["customer"].to_string())
            .collect()
    };
    assert!(
        customers("train").is_disjoint(&customers("test"))
            && customers("train").is_disjoint(&customers("validation"))
    );
    assert!(!customers("test").is_empty());
}

#[test]
fn rows_set_aside_are_counted_and_give_exit_code_3() {
    let place = Place::new();
    place.write(
        "feedback.jsonl",
        lines(&feedback(10)) + "{\"label\": \"bug\"}\n{\"text\": \"x\"}\n",
    );
    let found = place
        .program(&format!("{CALL} --on-bad-row set-aside"))
        .run()
        .code(3);
    assert!(
        found.stdout.contains("56 train")
            && found.stderr.contains("2 rows could not be used")
            && found.stderr.contains("set aside: `feedback.jsonl`, line 81: "),
        "{found}"
    );
}

#[test]
fn sizes_may_be_counts_and_zero() {
    let place = with_data(10);
    place.run(&format!("{CALL} --test-size 24 --validation-size 0"));
    assert_eq!(place.json_lines("parts/test.jsonl").len(), 24);
    assert_eq!(place.read("parts/validation.jsonl"), "");
}

#[test]
fn near_duplicates_stay_together_on_request() {
    let place = Place::new();
    let mut rows = String::new();
    for row in 0..40 {
        let label = if row % 2 == 0 { "bug" } else { "praise" };
        let text = format!(
            "Order {row}{row} of shop {} took {} days and {} mails",
            row * 7,
            row * 3,
            row * 11
        );
        rows += &labelled(&[(&text, label), (&format!("{text} now"), label)]);
    }
    place.write("near.jsonl", &rows);
    place.run("split --input near.jsonl --output-dir parts --group-near-duplicates");
    let texts = |part: &str| -> Vec<String> {
        let rows = place.json_lines(&format!("parts/{part}.jsonl"));
        rows.iter()
            .map(|row| row["text"].as_str().unwrap().to_owned())
            .collect()
    };
    let (train, test) = (texts("train"), texts("test"));
    assert!(test.len() > 8 && train.len() > 40);
    let twin = |text: &String| {
        text.strip_suffix(" now")
            .map_or_else(|| format!("{text} now"), str::to_owned)
    };
    assert!(test.iter().all(|text| !train.contains(&twin(text))));
    assert_eq!(
        place.json("parts/manifest.json")["options"]["group_near_duplicates"],
        true
    );
}

#[test]
fn what_a_split_cannot_do_is_named() {
    let place = Place::new();
    let rows: String = (0..40)
        .map(|row| format!("page {row},{}\n", ["bug", "praise", "bug; praise"][row % 3]))
        .collect();
    place.write("rows.csv", format!("text,label\n{rows}"));
    let split = place.run("split --input rows.csv --output-dir parts");
    assert!(
        split
            .stderr
            .contains("labels such as `bug; praise` look like several labels"),
        "{split}"
    );
    assert!(split.stderr.contains("--label-separator \";\""), "{split}");
    place.refuses(
        "split --input rows.csv --output-dir parts2 --split-by-time when",
        1,
        &["no row of", "`when`", "--split-by-time"],
    );
    place.refuses(
        "split --input rows.csv --output-dir parts3 --min-label-count 100",
        1,
        &["fewer than 100 rows", "--min-label-count"],
    );
}

/// A group is where its earliest row is, so a later row of it can be in training.
#[test]
fn groups_that_overlap_in_time_are_counted() {
    let place = Place::new();
    let mut rows = String::from("text,label,sent,customer\n");
    for day in 1..=20 {
        let (label, customer) = (["bug", "praise"][day % 2], if day == 20 { 1 } else { day });
        rows += &format!("text {day},{label},2025-03-{day:02},{customer}\n");
    }
    place.write("rows.csv", rows);
    let call = "split --input rows.csv --output-dir parts --split-by-time sent --group-by customer";
    let found = place.run(call);
    assert!(
        found
            .stderr
            .contains("1 rows are later than the first row of a later set")
            && found.stderr.contains("--group-by"),
        "{found}"
    );
    assert_eq!(
        place.run(&format!("{call} --format json")).json()["overlapping"],
        1
    );
    let alone = place.run("split --input rows.csv --output-dir alone --split-by-time sent");
    assert!(!alone.stderr.contains("later set"), "{alone}");
}
