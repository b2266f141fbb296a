//! Tests of refused outputs and of repaired copies.

use std::path::Path;

use feedback_dataset::dates::{DateOrder, FoundOrder};
use feedback_dataset::read::ReadOptions;
use feedback_inspect::{Error, Fix, FixOptions, InspectOptions, LabelErrors, inspect};

const ROWS: &str = r#"{"text": "it crashes", "label": "bug"}
{"text": "It crashes!", "label": "bug"}
{"text": "I love it", "label": "praise"}
"#;

fn options(output: &Path, fixes: &[Fix]) -> InspectOptions {
    let mut options = InspectOptions::new(ReadOptions::default());
    options.fix = Some(FixOptions::new(output.to_owned(), fixes.to_vec()));
    options
}

#[test]
fn outputs_with_an_unusable_path_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let input = path("data.jsonl");
    fs_err::write(&input, ROWS).unwrap();
    fs_err::write(path("old.jsonl"), "precious").unwrap();

    let refused = |options: &InspectOptions| inspect(&input, options).unwrap_err();
    let error = refused(&options(&path("copy.txt"), &[]));
    assert!(matches!(error, Error::OutputFormat { .. }), "{error}");
    let mut overwriting = options(&input, &[]);
    overwriting.force = true;
    let error = refused(&overwriting);
    assert!(matches!(error, Error::OutputIsInput { .. }), "{error}");
    let error = refused(&options(&path("old.jsonl"), &[]));
    assert!(matches!(error, Error::OutputExists { .. }), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("`force`")));
    let mut both = options(&path("new.jsonl"), &[]);
    both.write_probabilities = Some(path("new.jsonl"));
    let error = refused(&both);
    assert!(matches!(error, Error::SameOutput { .. }), "{error}");
    assert_eq!(fs_err::read_to_string(path("old.jsonl")).unwrap(), "precious");
    assert_eq!(fs_err::read_to_string(&input).unwrap(), ROWS);
}

#[test]
fn a_copy_keeps_one_row_of_each_text() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (
        folder.path().join("data.jsonl"),
        folder.path().join("clean.jsonl"),
    );
    fs_err::write(&input, ROWS).unwrap();
    let fix = Fix::DropDuplicates(feedback_inspect::DropDuplicates::Normalised);
    let found = inspect(&input, &options(&output, &[fix])).unwrap();
    assert_eq!(
        found.output.map(|copy| (copy.rows, copy.dropped_duplicates)),
        Some((2, 1))
    );
    let copy = fs_err::read_to_string(&output).unwrap();
    assert_eq!(copy.lines().count(), 2);
    assert!(copy.contains("it crashes") && !copy.contains("It crashes!"));
}

#[test]
fn label_errors_need_two_labels() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("data.jsonl");
    fs_err::write(&input, "{\"text\": \"it crashes\", \"label\": \"bug\"}\n").unwrap();
    let mut options = InspectOptions::new(ReadOptions::default());
    options.label_errors = LabelErrors::Baseline { folds: 2, seed: 1 };
    let error = inspect(&input, &options).unwrap_err();
    assert!(matches!(error, Error::TooFewLabels { labels: 1, .. }), "{error}");
}

fn inspected(name: &str, content: &str, options: &InspectOptions) -> feedback_inspect::Inspection {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join(name);
    fs_err::write(&input, content).unwrap();
    inspect(&input, options).unwrap()
}

#[test]
fn texts_for_nothing_and_cells_with_several_labels_are_pointed_out_and_kept() {
    let content =
        "text,label\nNaN,bug\nN/A,praise\nNone of it works,bug\nlove it,bug; praise\nok,bug; praise\n-,nan\n";
    let found = inspected("a.csv", content, &InspectOptions::new(ReadOptions::default()));
    assert_eq!((found.rows.usable, found.rows.bad), (6, 0));
    assert_eq!(found.texts_for_nothing, [2, 3, 7]);
    let several = found.labels.several.unwrap();
    assert_eq!((several.separator, several.rows), (";", 2));
    assert_eq!(
        serde_json::to_string(&several.cells).unwrap(),
        r#"{"bug; praise":2}"#
    );
    assert_eq!(
        found.labels.counts.get("nan"),
        Some(&1.into()),
        "a label of this name stays a label"
    );
}

#[test]
fn labels_that_look_alike_and_labels_that_are_not_text() {
    let content = "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":\"1.0\"}\n{\"text\":\"c\",\"label\":[\"x\",\"y\"]}\n\n\
                   {\"text\":\"d\",\"label\":true}\n{\"text\":\"e\",\"label\":\"\u{200B}true\"}\n{\"text\":\"f\",\"label\":[\"1\"]}\n";
    let found = inspected("a.jsonl", content, &InspectOptions::new(ReadOptions::default()));
    assert_eq!((found.labels.labelled, found.labels.not_text), (5, vec![3]));
    let variants: Vec<(&str, usize)> = found
        .labels
        .variants
        .iter()
        .map(|variant| (variant.preferred.as_str(), variant.spellings.len()))
        .collect();
    assert_eq!(variants, [("1", 2), ("true", 2)]);
    assert_eq!(found.rows.bad_by_reason.get("blank_line"), Some(&1));
}

#[test]
fn dates_that_cannot_be_read_are_listed() {
    let content = "text,created_at\na,03/05/2025\nb,Mar 5 2025\nc,soon\nd,\ne,45721\n";
    let mut options = InspectOptions::new(ReadOptions::default());
    let dates = inspected("a.csv", content, &options).dates.unwrap();
    assert_eq!(dates.order, FoundOrder::Ambiguous);
    assert_eq!(
        (dates.read, dates.empty, dates.ambiguous, dates.unreadable),
        (2, 1, vec![2], vec![4])
    );
    options.read.date_order = Some(DateOrder::MonthFirst);
    assert_eq!(inspected("a.csv", content, &options).dates.unwrap().read, 3);
}

/// The server stores such a text without a date, so that the time axis of a chart is not stretched.
#[test]
fn dates_before_1970_or_in_the_future_are_not_counted_as_read() {
    let content = "text,created_at\na,05.03.1965\nb,2025-03-05\nc,13.03.2635\nd,soon\n";
    let options = InspectOptions::new(ReadOptions::default());
    let dates = inspected("a.csv", content, &options).dates.unwrap();
    assert_eq!(
        (dates.read, dates.outside, dates.unreadable),
        (1, vec![2, 4], vec![5])
    );
}

#[test]
fn a_date_column_without_a_readable_date_is_reported() {
    let content = "id,text,created_at\n1,it crashes,2025-03\n2,love it,2025-04\n3,too slow,\n";
    let options = InspectOptions::new(ReadOptions::default());
    let dates = inspected("a.csv", content, &options).dates.unwrap();
    assert_eq!(
        (dates.field.as_str(), dates.read, dates.empty, dates.unreadable),
        ("created_at", 0, 1, vec![2, 3])
    );
}

#[test]
fn a_stated_date_field_must_be_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("a.csv");
    fs_err::write(&input, "text,created_at\nit crashes,2025-03-05\n").unwrap();
    let mut options = InspectOptions::new(ReadOptions::default());
    options.date_field = Some("nope".to_owned());
    let error = inspect(&input, &options).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("a.csv` has no field `nope` with dates; its fields are `text`, `created_at`"),
        "{error}"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("`date_field`")));
    fs_err::write(&input, "text,created_at\n").unwrap();
    options.read.allow_empty = true;
    assert_eq!(
        inspect(&input, &options).unwrap().dates,
        None,
        "a file without rows"
    );
}

#[test]
fn lists_of_labels_as_text_are_several_labels_and_not_none() {
    for list in [r#""[""bug"",""ui""]""#, r#""['bug', 'ui']""#] {
        let content = format!("text,label\nit crashes,{list}\nlove it,\"['praise']\"\nok,\nhm,[]\n");
        let labels = inspected("a.csv", &content, &InspectOptions::new(ReadOptions::default())).labels;
        assert_eq!((labels.labelled, labels.unlabelled), (1, 2), "{list}");
        assert_eq!(labels.not_text, [2], "{list}");
        assert_eq!(labels.counts.get("praise"), Some(&1.into()));
    }
}

#[test]
fn spellings_with_a_sharp_s_are_variants() {
    let content = "text,label\na,Straße\nb,STRASSE\nc,Straße\n";
    let found = inspected("a.csv", content, &InspectOptions::new(ReadOptions::default()));
    assert_eq!(found.labels.variants.len(), 1);
    assert_eq!(found.labels.variants[0].preferred, "Straße");
}

/// Lists stay lists, with each label once.
#[test]
fn spellings_in_lists_of_labels_are_merged() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("data.jsonl");
    let rows = r#"{"text": "a", "label": ["bug", "slow"]}
{"text": "b", "label": ["bug"]}
{"text": "c", "label": ["Bug ", "bug", "praise"]}
{"text": "d", "label": ["defect"]}
"#;
    fs_err::write(&input, rows).unwrap();
    let aliases = folder.path().join("aliases.json");
    fs_err::write(&aliases, r#"{"defect": "bug"}"#).unwrap();
    let output = folder.path().join("merged.jsonl");
    let mut options = options(&output, &[Fix::MergeLabels]);
    options.aliases = Some(aliases);
    let found = inspect(&input, &options).unwrap();
    let summary = found.output.unwrap();
    assert_eq!((summary.aliased, summary.merged), (1, 1));
    let written = fs_err::read_to_string(output).unwrap();
    let labels: Vec<serde_json::Value> = written
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["label"].clone())
        .collect();
    let expected = [
        serde_json::json!(["bug", "slow"]),
        serde_json::json!(["bug"]),
        serde_json::json!(["bug", "praise"]),
        serde_json::json!(["bug"]),
    ];
    assert_eq!(labels, expected);
}
