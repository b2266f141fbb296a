//! `split` as a program: what it prints, its exit codes, and tables as spreadsheets write them. `feedback-pipeline` tests which row is in
//! which part.

use crate::place::{Place, feedback, lines};

fn with_data(per_label: usize) -> Place {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(per_label)));
    place
}

const CALL: &str = "split --input feedback.jsonl --output-dir parts";

#[test]
fn the_numbers_of_rows_are_printed_and_files_overwritten_only_on_request() {
    let place = with_data(20);
    let shown = place.run(CALL);
    assert_eq!(
        shown.stdout,
        "parts: written, 112 train, 16 validation, 32 test rows\n"
    );
    let again = place.run(CALL);
    assert!(again.stdout.starts_with("parts: unchanged"), "{again}");
    assert_eq!(
        place.run(&format!("{CALL} --format json")).json()["unchanged"],
        true
    );
    place.refuses(
        &format!("{CALL} --seed 7"),
        1,
        &["`parts/train.jsonl`", "other content", "--force"],
    );
    let summary = place
        .run(&format!("{CALL} --seed 7 --force --format json"))
        .json();
    assert_eq!(
        (&summary["unchanged"], &summary["set_aside"]),
        (&false.into(), &0.into())
    );
    let file = "split --input feedback.jsonl --output-dir feedback.jsonl";
    place.refuses(file, 1, &["`feedback.jsonl`", "choose another path"]);
    place.run(
        "split --input feedback.jsonl --output-dir counts --test-size 24 --validation-size 0 --group-near-duplicates",
    );
    assert_eq!(place.json_lines("counts/test.jsonl").len(), 24);
    assert_eq!(
        place.json("counts/manifest.json")["options"]["group_near_duplicates"],
        true
    );
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

#[test]
fn groups_that_overlap_in_time_are_reported() {
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
    let alone = place.run("split --input rows.csv --output-dir alone --split-by-time sent");
    assert!(!alone.stderr.contains("later set"), "{alone}");
}
