//! `predict --explain`, as text, JSON, JSON lines and CSV.

use serde_json::{Value, json};

use crate::place::Place;

const TEXT: &str = "It crashes again, 😡 please fix!!";

/// Checks the fields of an explanation and the range of each word; returns the words.
fn check_explanation(text: &str, prediction: &Value, method: &str) -> Vec<String> {
    let explanation = &prediction["explanation"];
    assert_eq!(explanation["method"], method);
    assert_eq!(explanation["label"], prediction["predicted_label"]);
    assert_eq!(explanation["truncated"], prediction["truncated"]);
    let chars: Vec<char> = text.chars().collect();
    let check = |word: &Value| {
        let at = |field: &str| word[field].as_u64().unwrap() as usize;
        let found = word["word"].as_str().unwrap();
        assert_eq!(&text[at("byte_start")..at("byte_end")], found);
        assert_eq!(String::from_iter(&chars[at("start")..at("end")]), found);
        assert!(word["score"].is_f64());
        found.to_owned()
    };
    explanation["words"]
        .as_array()
        .unwrap()
        .iter()
        .map(check)
        .collect()
}

#[test]
fn texts_are_explained_by_every_method() {
    let place = Place::with_model();
    for (flag, method) in [
        ("--explain", "occlusion"),
        ("--explain occlusion", "occlusion"),
        ("--explain gradient", "gradient"),
        ("--explain=attention", "attention"),
        ("--explain rollout", "rollout"),
    ] {
        let call = || place.program("predict --model tiny-bert").arg(TEXT).line(flag);
        let found = call().line("--format json").run().code(0).json();
        let words = check_explanation(TEXT, &found[0], method);
        assert_eq!(
            words,
            ["It", "crashes", "again", ",", "😡", "please", "fix", "!!"]
        );
        let text = call().run().code(0).stdout;
        assert!(text.contains(&format!(", by {method}\n")), "{text}");
        assert!(text.contains("crashes"), "{text}");
    }
}

#[test]
fn files_are_explained_row_by_row() {
    let place = Place::with_model();
    let texts = [TEXT, "应用崩溃了", &"too long ".repeat(40)];
    let rows: String = texts
        .map(|text| format!("{}\n", json!({ "text": text, "id": 7 })))
        .concat();
    place.write("rows.jsonl", rows);
    place.run("predict --model tiny-bert --input rows.jsonl --output out.jsonl --explain gradient");
    let found = place.json_lines("out.jsonl");
    for (row, text) in found.iter().zip(texts) {
        assert_eq!(row["id"], 7);
        let words = check_explanation(text, row, "gradient");
        assert!(!words.is_empty());
    }
    assert_eq!(found[2]["truncated"], true);

    place.run("predict --model tiny-bert --input rows.jsonl --output out.csv --explain");
    let csv = place.read("out.csv");
    assert!(
        csv.lines().next().unwrap().ends_with(",truncated,explanation"),
        "{csv}"
    );
    assert!(csv.contains(r#"""method"":""occlusion"""#), "{csv}");
    let plain = place
        .run("predict --model tiny-bert --input rows.jsonl")
        .json_lines();
    assert!(plain.iter().all(|row| row.get("explanation").is_none()));
}

#[test]
fn an_unknown_method_is_wrong_usage() {
    let place = Place::with_model();
    place.refuses(
        "predict --model tiny-bert hello --explain magic",
        2,
        &["magic", "occlusion, gradient, attention, rollout"],
    );
}
