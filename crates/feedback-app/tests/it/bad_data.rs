//! Unusable data files: every command that reads one refuses it, reports the position and a hint, and writes
//! nothing.

use crate::place::{Place, QUICK, feedback, lines};

/// A bad file: its name, its bytes, and the parts that the message must contain besides the name.
struct Bad {
    name: &'static str,
    bytes: Option<Vec<u8>>,
    place: &'static [&'static str],
}

fn bad(name: &'static str, bytes: impl Into<Vec<u8>>, place: &'static [&'static str]) -> Bad {
    Bad {
        name,
        bytes: Some(bytes.into()),
        place,
    }
}

/// Returns two good rows, followed by this one.
fn third_row(row: &[u8]) -> Vec<u8> {
    let mut bytes = lines(&feedback(1)[..2]).into_bytes();
    bytes.extend_from_slice(row);
    bytes.push(b'\n');
    bytes
}

/// Files that cannot be read at all, with any value of `--on-bad-row`.
fn unreadable_files() -> Vec<Bad> {
    vec![
        Bad {
            name: "missing.jsonl",
            bytes: None,
            place: &["there is no file", "hint: check the spelling"],
        },
        bad("empty.jsonl", "", &["has no rows"]),
        bad("blank.jsonl", "\n\r\n  \n", &["has no rows"]),
        bad("header_only.csv", "text,label\n", &["has no rows, only a header"]),
        bad(
            "unclosed.csv",
            "text,\"label\nfine,bug\nnext,praise\n",
            &["line 1, column 6", "not closed", "close it"],
        ),
        bad(
            "no_column.csv",
            "stars,label\n3,bug\n",
            &["no column `text`", "`stars`, `label`", "--text-field"],
        ),
        bad(
            "header.csv",
            b"t\xe9xt,label\nslow,bug\n",
            &["is read as windows-1252", "no column `text`", "`téxt`, `label`"],
        ),
        bad("document.csv", "%PDF-1.7\n", &["it is a PDF document", "export"]),
    ]
}

/// Files with one unusable row.
fn unusable_rows() -> Vec<Bad> {
    vec![
        bad(
            "undecodable.jsonl",
            third_row(b"{\"text\": \"caf\xe9\", \"label\": \"bug\"}"),
            &["line 3", "not valid UTF-8 at byte"],
        ),
        bad(
            "binary.jsonl",
            b"\x00\x01\xff\xfe\n".as_slice(),
            &["it is binary data", ".xlsx"],
        ),
        bad(
            "broken.jsonl",
            third_row(br#"{"text": "half a li"#),
            &["line 3", "broken JSON at column"],
        ),
        bad(
            "list.jsonl",
            third_row(br#"["text", "label"]"#),
            &["line 3", "expected a JSON object"],
        ),
        bad(
            "missing_text.jsonl",
            third_row(br#"{"label": "bug"}"#),
            &["line 3", "`text` is missing", "--text-field"],
        ),
        bad(
            "empty_text.jsonl",
            third_row(br#"{"text": " \t ", "label": "bug"}"#),
            &["line 3", "`text` is empty"],
        ),
        bad(
            "number.jsonl",
            third_row(br#"{"text": 5, "label": "bug"}"#),
            &["line 3", "`text` is a number", "quotes"],
        ),
        bad(
            "empty_text.csv",
            "text,label\nfine,bug\n,bug\n",
            &["line 3", "`text` is empty"],
        ),
        bad(
            "cut.json",
            "[{\"text\": \"fine\", \"label\": \"bug\"},\n{\"text\": \"slow\", \"label\": \"bug\"}\n",
            &["line 3", "the file ends before the array is closed"],
        ),
        bad(
            "open.csv",
            "text,label\nfine,bug\n\"open,bug\nnext,praise\n",
            &["line 3, column 1", "not closed", "close it"],
        ),
        bad(
            "fields.csv",
            "text,label\nfine,bug\nwell, no,bug\n",
            &["line 3", "expected 2 fields", "found 3", "double quotes"],
        ),
        bad(
            "quotes.csv",
            "text,label\nfine,bug\n\"two\nlines\",bug\n,praise\n",
            &["line 5", "`text` is empty"],
        ),
    ]
}

/// Files with one row without a usable label. All commands except `predict` refuse them.
fn unlabelled_rows() -> Vec<Bad> {
    vec![
        bad(
            "missing_label.jsonl",
            third_row(br#"{"text": "slow"}"#),
            &["line 3", "`label` is missing", "--label-field"],
        ),
        bad(
            "empty_label.jsonl",
            third_row(br#"{"text": "slow", "label": ""}"#),
            &["line 3", "`label` is empty"],
        ),
        bad(
            "null_label.jsonl",
            third_row(br#"{"text": "slow", "label": null}"#),
            &["line 3", "`label` is null"],
        ),
        bad(
            "no_label.csv",
            "text,team\nslow,bug\n",
            &["no column `label`", "`text`, `team`"],
        ),
    ]
}

/// Runs each command line with each file name in place of `{}`; all must be refused.
fn each_is_refused(calls: &[&str], files: Vec<Bad>) {
    let place = Place::with_model_and_data();
    for file in files {
        if let Some(bytes) = &file.bytes {
            place.write(file.name, bytes);
        }
        for call in calls {
            let parts: Vec<&str> = file.place.iter().copied().chain([file.name]).collect();
            place.refuses(&call.replace("{}", file.name), 1, &parts);
        }
    }
}

const SPLIT: &str = "split --input {} --output-dir parts";
const EVALUATE: &str = "evaluate --model tiny-bert --data {}";
const COMPARE: &str = "compare --model tiny-bert --train train.jsonl --test {}";
const COMPARE_TRAIN: &str = "compare --model tiny-bert --train {} --test test.jsonl";
const PREDICT: &str = "predict --model tiny-bert --input {} --output out.jsonl";

fn train_calls() -> [String; 4] {
    [
        format!("train --model scratch:tiny {QUICK} --data {{}}"),
        format!("train --model scratch:tiny {QUICK} --train {{}} --test test.jsonl"),
        format!("train --model scratch:tiny {QUICK} --train train.jsonl --validation {{}}"),
        format!(
            "train --model scratch:tiny {QUICK} --train train.jsonl --validation validation.jsonl --test {{}}"
        ),
    ]
}

#[test]
fn unreadable_files_are_refused_by_every_command() {
    let train = train_calls();
    let mut calls = vec![SPLIT, EVALUATE, COMPARE, COMPARE_TRAIN, PREDICT];
    calls.extend(train.iter().map(String::as_str));
    each_is_refused(&calls, unreadable_files());
}

#[test]
fn unusable_rows_are_refused_by_every_command() {
    let train = train_calls();
    let predict = format!("{PREDICT} --on-bad-row fail");
    let mut calls = vec![SPLIT, EVALUATE, COMPARE, COMPARE_TRAIN, &predict];
    calls.extend(train.iter().map(String::as_str));
    each_is_refused(&calls, unusable_rows());
}

#[test]
fn rows_without_a_label_are_refused_where_labels_are_needed() {
    let train = train_calls();
    let mut calls = vec![SPLIT, EVALUATE, COMPARE, COMPARE_TRAIN];
    calls.extend(train.iter().map(String::as_str));
    each_is_refused(&calls, unlabelled_rows());
}

#[test]
fn a_folder_is_refused_as_a_data_file() {
    let place = Place::with_model_and_data();
    fs_err::create_dir(place.path("folder")).unwrap();
    let train = train_calls();
    let mut calls = vec![SPLIT, EVALUATE, COMPARE, COMPARE_TRAIN, PREDICT];
    calls.extend(train.iter().map(String::as_str));
    for call in calls {
        place.refuses(
            &call.replace("{}", "folder"),
            1,
            &["`folder` is a folder, expected a file", "hint: name a file in it"],
        );
    }
}

#[test]
fn the_number_of_bad_rows_is_reported() {
    let place = Place::new();
    place.write("three.jsonl", "{\n{\n{\n");
    place.refuses(
        "split --input three.jsonl --output-dir parts",
        1,
        &["line 1", "(and 2 more bad rows)"],
    );
}

#[test]
fn if_no_row_can_be_used_the_hint_is_about_the_first_bad_row() {
    let place = Place::with_model();
    for (name, row, hint) in [
        (
            "comma.jsonl",
            "{\"text\": \"fine\"},",
            "remove the comma at the end of each line",
        ),
        ("python.jsonl", "{'text': 'fine'}", "`json.dumps`"),
    ] {
        // A blank line is no problem.
        place.write(name, format!("\n{row}\n{row}\n"));
        for call in ["inspect {}", "predict --model tiny-bert --input {}"] {
            let found = place.refuses(&call.replace("{}", name), 1, &["line 2", "hint: ", hint]);
            // Setting rows aside is the default of both commands, so it is no advice.
            assert!(!found.to_string().contains("set-aside"), "{found}");
        }
    }
}

#[test]
fn if_all_rows_are_set_aside_the_first_bad_row_is_reported() {
    let place = Place::with_model();
    place.write("bad.jsonl", "{\"label\": \"bug\"}\n{\"label\": \"bug\"}\n");
    for call in [SPLIT, EVALUATE] {
        let call = call.replace("{}", "bad.jsonl") + " --on-bad-row set-aside";
        let found = place.refuses(&call, 1, &["bad.jsonl", "line 1", "`text` is missing"]);
        assert!(!found.to_string().contains("leaves such rows out"), "{found}");
    }
}

#[test]
fn lists_of_labels_need_another_model_to_be_evaluated() {
    let place = Place::with_model();
    let row = r#"{"text": "slow and loud", "label": ["bug", "praise"]}"#;
    place.write("list.jsonl", format!("{row}\n"));
    place.refuses(
        &EVALUATE.replace("{}", "list.jsonl"),
        1,
        &[
            "lists 2 labels",
            "a model that was trained with `train --task multi-label`",
        ],
    );
}
