//! Unusable data files: every command that reads one refuses it, reports the position and a hint with flags, and writes nothing.
//! `feedback-pipeline` and `feedback-compare` test more such files.

use feedback_testkit::recipes::{BadFile, unreadable_files, unusable_rows};

use crate::place::{Place, QUICK, feedback, lines};

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

/// A file of each kind, with every command.
#[test]
fn bad_files_are_refused_by_every_command() {
    let place = Place::with_model_and_data();
    place.write("header.csv", b"t\xe9xt,label\nslow,bug\n");
    place.write("no_column.csv", "stars,label\n3,bug\n");
    place.write("row.jsonl", lines(&feedback(1)[..2]) + "{\"label\": \"bug\"}\n");
    fs_err::create_dir(place.path("folder")).unwrap();
    let train = train_calls();
    let predict = format!("{PREDICT} --on-bad-row fail");
    let mut calls = vec![SPLIT, EVALUATE, COMPARE, COMPARE_TRAIN, &predict];
    calls.extend(train.iter().map(String::as_str));
    for call in calls {
        let refuses = |name: &str, parts: &[&str]| place.refuses(&call.replace("{}", name), 1, parts);
        refuses(
            "header.csv",
            &[
                "header.csv",
                "is read as windows-1252",
                "no column `text`",
                "`téxt`, `label`",
            ],
        );
        refuses(
            "no_column.csv",
            &["no column `text`", "`stars`, `label`", "--text-field"],
        );
        refuses(
            "row.jsonl",
            &["row.jsonl", "line 3", "`text` is missing", "--text-field"],
        );
        refuses(
            "folder",
            &["`folder` is a folder, expected a file", "hint: name a file in it"],
        );
    }
}

#[test]
fn rows_without_a_label_are_refused_where_labels_are_needed() {
    let place = Place::with_model_and_data();
    place.write("row.jsonl", lines(&feedback(1)[..2]) + "{\"text\": \"slow\"}\n");
    let train = train_calls();
    let mut calls = vec![SPLIT, EVALUATE, COMPARE, COMPARE_TRAIN];
    calls.extend(train.iter().map(String::as_str));
    for call in calls {
        let parts = ["row.jsonl", "line 3", "`label` is missing", "--label-field"];
        place.refuses(&call.replace("{}", "row.jsonl"), 1, &parts);
    }
}

#[test]
fn predict_refuses_every_bad_file() {
    let place = Place::with_model_and_data();
    let files: Vec<BadFile> = unreadable_files().into_iter().chain(unusable_rows()).collect();
    for file in &files {
        place.write_bad(file);
        let parts: Vec<String> = [file.name]
            .iter()
            .chain(file.parts)
            .map(|part| part.replace("text_field", "--text-field"))
            .collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let call = format!("{PREDICT} --on-bad-row fail").replace("{}", file.name);
        place.refuses(&call, 1, &parts);
    }
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
