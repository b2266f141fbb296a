//! `split_file` on good input.

use std::collections::BTreeSet;

use feedback_dataset::read::OnBadRow;
use feedback_dataset::split::{SplitOptions, SplitSize};
use feedback_dataset::text::normalise;
use feedback_files::sha256_of_file;
use feedback_pipeline::data::{SplitFileOptions, SplitSummary, split_file};
use feedback_testkit::contents;
use feedback_testkit::recipes::{Place, Refusal, feedback, labelled, lines};
use serde_json::{Value, json};

fn with_data(per_label: usize) -> Place {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(per_label)));
    place
}

fn split_with(
    place: &Place,
    input: &str,
    folder: &str,
    set: impl FnOnce(&mut SplitFileOptions),
) -> Result<SplitSummary, Refusal> {
    let mut options = SplitFileOptions::default();
    set(&mut options);
    Ok(split_file(&place.path(input), &place.path(folder), &options)?)
}

fn split(place: &Place, input: &str, folder: &str) -> Result<SplitSummary, Refusal> {
    split_with(place, input, folder, |_| ())
}

fn texts(place: &Place, file: &str) -> Vec<String> {
    let rows = place.json_lines(file);
    rows.iter()
        .map(|row| row["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_row_is_in_one_part_with_all_its_fields() {
    let place = with_data(20);
    let summary = split(&place, "feedback.jsonl", "parts").unwrap();
    let splits = &summary.manifest.splits;
    assert!(!summary.unchanged);
    assert_eq!(
        [splits.train.rows, splits.validation.rows, splits.test.rows],
        [112, 16, 32]
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
    let sorted = |rows: &[Value]| rows.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&rows), sorted(&feedback(20)));
    assert_eq!(rows.len(), 160);
    let manifest = place.json("parts/manifest.json");
    for part in ["train", "validation", "test"] {
        let sha256 = sha256_of_file(place.path(&format!("parts/{part}.jsonl"))).unwrap();
        assert_eq!(manifest["splits"][part]["sha256"], json!(sha256), "{manifest:#}");
    }
}

#[test]
fn repeating_a_split_changes_nothing() {
    let place = with_data(10);
    split(&place, "feedback.jsonl", "parts").unwrap();
    let again = place.unchanged(|| split(&place, "feedback.jsonl", "parts"));
    let again = again.unwrap();
    assert!(again.unchanged);
    assert_eq!(serde_json::to_value(&again).unwrap()["unchanged"], true);
}

#[test]
fn existing_files_are_overwritten_only_on_request() {
    let place = with_data(10);
    split(&place, "feedback.jsonl", "parts").unwrap();
    let seed = |options: &mut SplitFileOptions| options.split = SplitOptions::default().with_seed(7);
    place.refused(
        || split_with(&place, "feedback.jsonl", "parts", seed),
        &["`parts/train.jsonl`", "other content", "`force`"],
    );
    let before = contents(&place.path("parts"));
    let summary = split_with(&place, "feedback.jsonl", "parts", |options| {
        seed(options);
        options.force = true;
    });
    let summary = summary.unwrap();
    assert_eq!((summary.unchanged, summary.set_aside), (false, 0));
    assert_eq!(summary.manifest.splits.train.rows, 56);
    assert_ne!(contents(&place.path("parts")), before);
}

#[test]
fn the_input_is_never_overwritten() {
    let place = with_data(10);
    fs_err::create_dir(place.path("parts")).unwrap();
    place.write("parts/train.jsonl", lines(&feedback(10)));
    let forced = |options: &mut SplitFileOptions| options.force = true;
    place.refused(
        || split_with(&place, "parts/train.jsonl", "parts", forced),
        &["`parts/train.jsonl` is the input", "another output folder"],
    );
    let refusal = place.refusal(|| split(&place, "feedback.jsonl", "feedback.jsonl"));
    place.check_message(&refusal, &["`feedback.jsonl`"]);
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
    split(&place, "twice.jsonl", "parts").unwrap();
    let seen = ["train", "validation", "test"].map(|part| {
        let texts = texts(&place, &format!("parts/{part}.jsonl"));
        texts.iter().map(|text| normalise(text)).collect::<BTreeSet<_>>()
    });
    assert_eq!(
        seen.iter().map(BTreeSet::len).sum::<usize>(),
        30,
        "a text is in two parts"
    );
    let by =
        |field: &'static str| move |options: &mut SplitFileOptions| options.group_by = Some(field.into());
    place.refused(
        || split_with(&place, "twice.jsonl", "groups", by("team")),
        &["`twice.jsonl`", "`team`", "`group_by`"],
    );

    let grouped = feedback(10).into_iter().enumerate().map(|(index, mut row)| {
        row["customer"] = json!(format!("c{}", index / 2));
        row
    });
    place.write("grouped.jsonl", lines(&grouped.collect::<Vec<_>>()));
    split_with(&place, "grouped.jsonl", "groups", by("customer")).unwrap();
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
fn rows_set_aside_are_counted_and_named() {
    let place = Place::new();
    place.write(
        "feedback.jsonl",
        lines(&feedback(10)) + "{\"label\": \"bug\"}\n{\"text\": \"x\"}\n",
    );
    let summary = split_with(&place, "feedback.jsonl", "parts", |options| {
        options.on_bad_row = OnBadRow::SetAside;
    });
    let summary = summary.unwrap();
    assert_eq!((summary.manifest.splits.train.rows, summary.set_aside), (56, 2));
    assert!(
        summary.unused_rows[0]
            .to_string()
            .contains("feedback.jsonl`, line 81: "),
        "{:?}",
        summary.unused_rows
    );
}

#[test]
fn sizes_may_be_counts_and_zero() {
    let place = with_data(10);
    split_with(&place, "feedback.jsonl", "parts", |options| {
        options.split = SplitOptions::new(SplitSize::Count(24), SplitSize::Count(0));
    })
    .unwrap();
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
    split_with(&place, "near.jsonl", "parts", |options| {
        options.group_near_duplicates = true;
    })
    .unwrap();
    let (train, test) = (
        texts(&place, "parts/train.jsonl"),
        texts(&place, "parts/test.jsonl"),
    );
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
    let by_time = |options: &mut SplitFileOptions| options.by_time = Some("sent".into());
    let found = split_with(&place, "rows.csv", "parts", |options| {
        by_time(options);
        options.group_by = Some("customer".into());
    });
    assert_eq!(found.unwrap().overlapping, 1);
    let alone = split_with(&place, "rows.csv", "alone", by_time).unwrap();
    assert_eq!(alone.overlapping, 0);
}
