//! Tests of refused outputs and of repaired copies.

use std::path::Path;

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
