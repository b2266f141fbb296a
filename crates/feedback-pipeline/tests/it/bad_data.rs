//! Unusable data files: every recipe that reads one refuses it, names the position, has a hint, and writes nothing.

use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_pipeline::data::{SplitFileOptions, read_labelled, split_file};
use feedback_testkit::recipes::{
    BadFile, Place, QUICK, Refusal, unlabelled_rows, unreadable_files, unusable_rows,
};

/// Splits this file, evaluates a model on it, and trains with it in each role; all must be refused.
fn is_refused(place: &Place, name: &str, parts: &[&str]) {
    let split = || split(place, name, OnBadRow::Fail);
    place.refused(split, parts);
    place.refused(|| place.evaluate("tiny-bert", name), parts);
    for files in [
        format!("--data {name}"),
        format!("--train {name} --test test.jsonl"),
        format!("--train train.jsonl --validation {name}"),
        format!("--train train.jsonl --validation validation.jsonl --test {name}"),
    ] {
        let train = || place.train(&format!("--model scratch:tiny {QUICK} {files}"));
        place.refused(train, parts);
    }
}

fn split(place: &Place, name: &str, on_bad_row: OnBadRow) -> Result<(), Refusal> {
    let mut options = SplitFileOptions::default();
    options.on_bad_row = on_bad_row;
    split_file(&place.path(name), &place.path("parts"), &options)?;
    Ok(())
}

fn each_is_refused(files: Vec<BadFile>) {
    let place = Place::with_model_and_data();
    for file in files {
        place.write_bad(&file);
        is_refused(&place, file.name, &[file.parts, &[file.name]].concat());
    }
}

#[test]
fn unreadable_files_are_refused() {
    each_is_refused(unreadable_files());
}

#[test]
fn unusable_rows_are_refused() {
    each_is_refused(unusable_rows());
}

#[test]
fn rows_without_a_label_are_refused() {
    each_is_refused(unlabelled_rows());
}

#[test]
fn a_folder_is_refused_as_a_data_file() {
    let place = Place::with_model_and_data();
    fs_err::create_dir(place.path("folder")).unwrap();
    let parts = ["`folder` is a folder, expected a file", "name a file in it"];
    is_refused(&place, "folder", &parts);
}

#[test]
fn the_number_of_bad_rows_is_reported() {
    let place = Place::new();
    place.write("three.jsonl", "{\n{\n{\n");
    place.refused(
        || split(&place, "three.jsonl", OnBadRow::Fail),
        &["line 1", "(and 2 more bad rows)"],
    );
}

#[test]
fn if_all_rows_are_set_aside_the_first_bad_row_is_reported() {
    let place = Place::with_model();
    place.write("bad.jsonl", "{\"label\": \"bug\"}\n{\"label\": \"bug\"}\n");
    let parts = ["bad.jsonl", "line 1", "`text` is missing"];
    place.refused(|| split(&place, "bad.jsonl", OnBadRow::SetAside), &parts);
    let read = || {
        read_labelled(
            &place.path("bad.jsonl"),
            &ReadOptions::default(),
            OnBadRow::SetAside,
        )
    };
    place.refused(read, &parts);
}

#[test]
fn lists_of_labels_need_another_model_to_be_evaluated() {
    let place = Place::with_model();
    let row = r#"{"text": "slow and loud", "label": ["bug", "praise"]}"#;
    place.write("list.jsonl", format!("{row}\n"));
    place.refused(
        || place.evaluate("tiny-bert", "list.jsonl"),
        &["lists 2 labels", "use `task multi-label`"],
    );
}
