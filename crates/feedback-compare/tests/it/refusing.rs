//! Files, labels, leaks and models that cannot be compared.

use feedback_pipeline::data::LeakPolicy;
use feedback_testkit::recipes::{
    DAMAGES, Place, feedback, labelled, lines, unlabelled_rows, unreadable_files, unusable_rows,
};

use crate::place::{compare_on_cpu, compared, options};

fn with_row(rows: &str, text: &str, label: &str) -> String {
    format!("{rows}{}", labelled(&[(text, label)]))
}

fn refuses(place: &Place, train: &str, test: &str, parts: &[&str]) {
    place.refused(|| compared(place, train, test), parts);
}

#[test]
fn labels_that_training_or_the_model_does_not_have_are_refused() {
    let place = Place::with_model_and_data();
    place.write(
        "odd.jsonl",
        with_row(&place.read("test.jsonl"), "one of these", "odd"),
    );
    refuses(
        &place,
        "train.jsonl",
        "odd.jsonl",
        &[
            "`odd.jsonl`, line 17",
            "training file `train.jsonl`",
            "`odd`",
            "correct the label",
        ],
    );
    place.write(
        "train_odd.jsonl",
        with_row(&place.read("train.jsonl"), "another of these", "odd"),
    );
    refuses(
        &place,
        "train_odd.jsonl",
        "odd.jsonl",
        &[
            "`odd.jsonl`, line 17",
            "`tiny-bert` does not know the label `odd`",
            "bug, feature_request",
            "a model trained with this label knows it",
        ],
    );
}

#[test]
fn a_single_label_is_refused() {
    let place = Place::with_model();
    let rows: String = (0..20)
        .map(|index| labelled(&[(&format!("text {index}"), "bug")]))
        .collect();
    place.write("only.jsonl", &rows);
    place.write("test.jsonl", labelled(&[("another", "bug")]));
    let parts = ["`only.jsonl` has only one label, `bug`", "`label_field`"];
    refuses(&place, "only.jsonl", "test.jsonl", &parts);
}

/// Writes `leaky.jsonl`: `test.jsonl`, the second row of `train.jsonl`, and the third row of `train.jsonl` in capitals.
fn leaky() -> Place {
    let place = Place::with_model_and_data();
    let rows = feedback(10);
    let mut leaked = vec![rows[1].clone(), rows[2].clone()];
    leaked[1]["text"] = leaked[1]["text"].as_str().unwrap().to_uppercase().into();
    place.write("leaky.jsonl", place.read("test.jsonl") + &lines(&leaked));
    place
}

#[test]
fn leaked_rows_are_refused_dropped_or_counted() {
    let place = leaky();
    refuses(
        &place,
        "train.jsonl",
        "leaky.jsonl",
        &[
            "2 of 18 texts in `leaky.jsonl` also occur in the training data `train.jsonl`",
            "line 17 = training line 2 (same text)",
            "line 18 = training line 3 (same after normalising)",
            "`drop_leaked`",
            "`allow_leakage`",
        ],
    );
    let counts = |policy: LeakPolicy| {
        let mut options = options(&place, "train.jsonl", "leaky.jsonl");
        options.leak_policy = policy;
        let found = compare_on_cpu(&options).unwrap();
        (found.dropped, found.leaked)
    };
    assert_eq!(counts(LeakPolicy::Drop), (2, 0));
    assert_eq!(counts(LeakPolicy::Allow), (0, 2));
}

#[test]
fn dropping_every_row_or_the_last_row_of_a_label_is_refused() {
    let place = Place::with_model_and_data();
    let refuses = |train: &str, test: &str, parts: &[&str]| {
        let mut options = options(&place, train, test);
        options.leak_policy = LeakPolicy::Drop;
        place.refused(|| compare_on_cpu(&options), parts);
    };
    refuses(
        "train.jsonl",
        "train.jsonl",
        &["no training rows are left", "all 80 texts of `train.jsonl`"],
    );
    let lonely = [("one of these", "lonely"), ("another of these", "lonely")];
    place.write(
        "train_lonely.jsonl",
        place.read("train.jsonl") + &labelled(&lonely),
    );
    place.write("test_lonely.jsonl", place.read("test.jsonl") + &labelled(&lonely));
    refuses(
        "train_lonely.jsonl",
        "test_lonely.jsonl",
        &[
            "no training rows of the label `lonely` are left",
            "all 2 in `train_lonely.jsonl`",
        ],
    );
}

#[test]
fn bad_files_are_refused_on_either_side() {
    let place = Place::with_model_and_data();
    let files = [unreadable_files(), unusable_rows(), unlabelled_rows()];
    for file in files.iter().flatten() {
        place.write_bad(file);
        let parts = [file.parts, &[file.name]].concat();
        refuses(&place, "train.jsonl", file.name, &parts);
        refuses(&place, file.name, "test.jsonl", &parts);
    }
    fs_err::create_dir(place.path("folder")).unwrap();
    let parts = ["`folder` is a folder, expected a file", "name a file in it"];
    refuses(&place, "train.jsonl", "folder", &parts);
    refuses(&place, "folder", "test.jsonl", &parts);
}

#[test]
fn damaged_models_are_refused() {
    let place = Place::with_model_and_data();
    for damage in &DAMAGES {
        (damage.apply)(&place.copy_model(damage.name));
        let mut options = options(&place, "train.jsonl", "test.jsonl");
        options.models.push(place.path(damage.name));
        let refusal = place.refusal(|| compare_on_cpu(&options));
        assert!(!refusal.is_usage, "{refusal}");
        place.check_message(&refusal, damage.parts);
    }
}
