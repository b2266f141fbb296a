//! The files in `fixtures/tour`: the same eight texts as the exports of many tools, read without an option.

use std::path::PathBuf;

use feedback_dataset::read::{LabelRule, OnBadRow, ReadOptions};
use feedback_formats::{FormatError, Limits, PREVIEW_ROWS, Resolved, preview, read, resolve};

const TEXTS: [(&str, &str); 8] = [
    ("The app crashes every time I open a second report.", "bug"),
    (
        "Love the new calendar, planning a week takes two minutes now.",
        "praise",
    ),
    ("How do I move my notes to another phone?", "question"),
    (
        "Since the update, \"Save\" does nothing; my changes are gone.",
        "bug",
    ),
    ("Can two people edit a list at the same time?", "question"),
    (
        "Support answered within an hour and was kind. Thank you!",
        "praise",
    ),
    (
        "Photos are upside down after the upload, on my tablet only.",
        "bug",
    ),
    ("Best note app I have had, and it works offline.", "praise"),
];

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/tour")
        .join(name)
}

fn resolved(name: &str, labels: LabelRule) -> Resolved {
    let mut options = ReadOptions::default();
    options.label_rule = labels;
    if name == "datasets" {
        options.member = Some("train".to_owned());
    }
    resolve(file(name), &options, &Limits::default()).unwrap()
}

/// Reads a file; returns the texts with their labels, sorted, and why rows were set aside.
fn rows(name: &str, labels: LabelRule) -> (Vec<(String, Option<String>)>, Vec<&'static str>) {
    let options = resolved(name, labels).options;
    let dataset = read(file(name), &options, OnBadRow::SetAside).unwrap();
    let rows = dataset.rows.iter().map(|row| {
        let label = row.record.label().map(str::to_owned);
        (row.record.text().to_owned(), label)
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    (
        rows,
        dataset.set_aside.iter().map(|row| row.reason.name()).collect(),
    )
}

fn expected(labelled: bool) -> Vec<(String, Option<String>)> {
    let row = |(text, label): (&str, &str)| (text.to_owned(), labelled.then(|| label.to_owned()));
    let mut rows: Vec<_> = TEXTS.into_iter().map(row).collect();
    rows.sort();
    rows
}

fn tool(name: &str) -> Option<&'static str> {
    let mut options = ReadOptions::default();
    options.member = (name == "datasets").then(|| "train".to_owned());
    let found = preview(file(name), &options, &Limits::default(), 200).unwrap();
    found.export.map(|export| export.known.name)
}

#[test]
fn exports_of_annotation_tools_give_their_texts_and_labels() {
    for (name, by, set_aside) in [
        (
            "label_studio.json",
            Some("Label Studio (JSON)"),
            vec!["cancelled"],
        ),
        (
            "label_studio_min.json",
            Some("Label Studio (JSON-MIN, CSV)"),
            vec![],
        ),
        ("label_studio.csv", Some("Label Studio (JSON-MIN, CSV)"), vec![]),
        ("argilla.jsonl", Some("Argilla"), vec!["cancelled"]),
        ("argilla_1.jsonl", Some("Argilla 1"), vec![]),
        ("prodigy.jsonl", Some("Prodigy"), vec!["rejected", "rejected"]),
        ("doccano.jsonl", Some("doccano (JSON Lines)"), vec![]),
        ("spacy.jsonl", Some("spaCy"), vec![]),
        ("rasa.json", Some("Rasa (YAML, JSON)"), vec![]),
        ("rasa.yml", Some("Rasa (YAML, JSON)"), vec![]),
        ("fasttext.txt", Some("fastText"), vec![]),
        ("datasets", None, vec![]),
        ("datasets.parquet", None, vec![]),
    ] {
        assert_eq!(
            rows(name, LabelRule::Required),
            (expected(true), set_aside),
            "{name}"
        );
        assert_eq!(tool(name), by, "{name}");
    }
}

/// The server converts such files to JSON Lines, whose rows do not tell the tool.
#[test]
fn rows_converted_from_the_format_of_a_tool_are_recognised_by_the_format() {
    let folder = tempfile::tempdir().unwrap();
    for (name, label) in [("fasttext.txt", "label"), ("rasa.yml", "intent")] {
        let options = ReadOptions::default();
        let original = preview(file(name), &options, &Limits::default(), PREVIEW_ROWS).unwrap();
        let path = folder.path().join("converted.jsonl");
        let lines = original.rows.iter().map(|row| row.record.to_json() + "\n");
        fs_err::write(&path, lines.collect::<String>()).unwrap();
        let converted = preview(&path, &options, &Limits::default(), PREVIEW_ROWS).unwrap();
        assert_eq!(converted.export, None, "{name}");
        let converted = converted.converted_from(original.contents.format);
        assert_eq!(converted.export, original.export, "{name}");
        assert_eq!(converted.roles, original.roles, "{name}");
        assert_eq!(converted.roles.label.as_deref(), Some(label), "{name}");
    }
}

#[test]
fn exports_of_help_desks_and_surveys_give_their_texts_and_dates() {
    for (name, by, date) in [
        ("three_sheets.xlsx", None, "Date"),
        ("jira.csv", Some("Jira, issues"), "Created"),
        (
            "google_play.csv",
            Some("Google Play Console, reviews"),
            "Review Submit Date and Time",
        ),
        ("reviews.zip", None, "Datum"),
        ("qualtrics.csv", Some("Qualtrics, responses"), "RecordedDate"),
        (
            "surveymonkey.csv",
            Some("SurveyMonkey, responses"),
            "Date Created",
        ),
        ("typeform.csv", Some("Typeform, responses"), "Submit Date (UTC)"),
        ("google_forms.csv", None, "Timestamp"),
        ("zendesk.json", Some("Zendesk, tickets (JSON)"), "created_at"),
    ] {
        assert_eq!(
            rows(name, LabelRule::Optional),
            (expected(false), vec![]),
            "{name}"
        );
        assert_eq!(tool(name), by, "{name}");
        let roles = resolved(name, LabelRule::Optional).roles;
        assert_eq!(
            (roles.date.as_deref(), roles.is_date_ambiguous),
            (Some(date), false),
            "{name}"
        );
    }
}

#[test]
fn what_is_not_read_is_told() {
    let notes = |name: &str| resolved(name, LabelRule::Optional).not_read;
    assert_eq!(
        notes("rasa.yml"),
        ["1 entry without an intent, such as a synonym, is not read"]
    );
    assert_eq!(notes("datasets"), ["the split `train` is read, not `test`"]);
    assert_eq!(
        notes("three_sheets.xlsx"),
        [
            "the sheet `Reviews` is read, not `Read me`, `Plans`",
            "row 3 names the columns; 1 row above it are not read"
        ]
    );
    assert_eq!(
        notes("qualtrics.csv"),
        ["the 2 rows below the header of this survey repeat the questions and are not read"]
    );
    assert!(notes("jira.csv").is_empty());
}

#[test]
fn a_folder_of_several_splits_needs_a_choice() {
    let error = |member: Option<&str>| {
        let mut options = ReadOptions::default();
        options.member = member.map(str::to_owned);
        let error = read(file("datasets"), &options, OnBadRow::Fail).unwrap_err();
        match error {
            feedback_dataset::read::ReadError::Content { .. } => FormatError::of(&error).cloned().unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let found = vec!["train".to_owned(), "test".to_owned()];
    assert_eq!(error(None), FormatError::SeveralSplits { found: found.clone() });
    let split = "dev".to_owned();
    assert_eq!(error(Some("dev")), FormatError::MissingSplit { split, found });
}

/// A folder can come from anywhere, so its lists must not lead out of it.
#[test]
fn a_folder_that_names_files_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["../secret.arrow", "/etc/passwd", "a\\b", "..", ""] {
        let state = serde_json::json!({ "_data_files": [{ "filename": name }] });
        fs_err::write(folder.path().join("state.json"), state.to_string()).unwrap();
        let error = read(folder.path(), &ReadOptions::default(), OnBadRow::Fail).unwrap_err();
        assert!(
            matches!(FormatError::of(&error), Some(FormatError::Damaged { .. })),
            "{name}: {error:?}"
        );
    }
}
