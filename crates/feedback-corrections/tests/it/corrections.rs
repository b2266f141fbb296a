//! Corrections that are added at the start of a training.

use feedback_corrections::{
    AuditLine, Correction, CorrectionCounts, Decision, Guard, Job, LabelsPerText, TrainingFolder,
    add_corrections,
};
use feedback_dataset::LabelSet;
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_dataset::record::Row;

fn correction(text: &str, label: &str) -> Correction {
    Correction {
        text: text.into(),
        labels: vec![label.into()],
        by: None,
        time: None,
    }
}

fn several(text: &str, labels: &[&str]) -> Correction {
    Correction {
        labels: labels.iter().map(|&label| label.into()).collect(),
        ..correction(text, "")
    }
}

fn job(folder: &TrainingFolder) -> Job {
    let mut job = Job::new("data.csv", "scratch:tiny", "serving");
    job.corrections = folder.corrections();
    job
}

fn training_rows(folder: &TrainingFolder) -> Vec<Row> {
    let path = folder.path().join("train.jsonl");
    let lines = "{\"text\":\"it crashes\",\"label\":\"praise\",\"id\":\"a\"}\n\
                 {\"text\":\"lovely\",\"label\":\"praise\"}\n\
                 {\"text\":\"It CRASHES\",\"label\":\"praise\"}\n";
    fs_err::write(&path, lines).unwrap();
    read(path, &ReadOptions::default(), OnBadRow::Fail).unwrap().rows
}

#[test]
fn corrections_change_the_training_rows_except_for_held_out_texts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = TrainingFolder::new(folder.path());
    let labels = LabelSet::new(["bug", "praise"]).unwrap();
    let guard = Guard::new(["it freezes"], ["so slow"]);
    let given = [
        correction("It crashes!", "bug"),
        correction("IT FREEZES.", "praise"),
        correction("so  slow", "praise"),
        correction("new", "praise"),
        correction("odd", "wish"),
        several("slow and ugly", &["bug", "praise"]),
        correction("lovely", "praise"),
        correction("NEW", "bug"),
    ];
    let one = LabelsPerText::One;
    let corrected = add_corrections(training_rows(&folder), &given, &labels, one, &guard, "anna");
    assert_eq!(
        corrected.jsonl,
        "{\"text\":\"it crashes\",\"label\":\"bug\",\"id\":\"a\"}\n\
         {\"text\":\"lovely\",\"label\":\"praise\"}\n\
         {\"text\":\"It CRASHES\",\"label\":\"bug\"}\n\
         {\"text\":\"NEW\",\"label\":\"bug\",\"source\":\"correction\"}\n"
    );
    let counts = CorrectionCounts {
        used: 4,
        held_out: 2,
        unknown_label: 1,
        not_one_label: 1,
    };
    assert_eq!(corrected.counts, counts);
    let decided: Vec<(&str, Decision)> = corrected
        .audit
        .iter()
        .map(|entry| (entry.id.as_str(), entry.decision))
        .collect();
    use Decision::{Confirmed, EntersTraining, Refused, Relabelled};
    assert_eq!(
        decided,
        [
            ("train:1", Relabelled),
            ("", Refused),
            ("", Refused),
            ("", EntersTraining),
            ("", Refused),
            ("", Refused),
            ("train:2", Confirmed),
            ("", EntersTraining),
        ]
    );
    assert_eq!(
        (corrected.audit[0].old.as_deref(), corrected.audit[0].by.as_str()),
        (Some("praise"), "anna")
    );
}

#[test]
fn any_number_of_labels_can_be_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let folder = TrainingFolder::new(folder.path());
    let path = folder.path().join("train.jsonl");
    let lines = "{\"text\":\"slow and ugly\",\"label\":[\"look\"]}\n\
                 {\"text\":\"hello\",\"label\":[]}\n\
                 {\"text\":\"ugly\",\"label\":[\"look\"]}\n";
    fs_err::write(&path, lines).unwrap();
    let mut options = ReadOptions::default();
    options.label_rule = feedback_dataset::read::LabelRule::Optional;
    let rows = read(path, &options, OnBadRow::Fail).unwrap().rows;
    let labels = LabelSet::new(["look", "speed"]).unwrap();
    let given = [
        several("Slow and ugly!", &["speed", "look"]),
        several("hello", &[]),
        several("ugly", &[]),
        several("new", &["speed"]),
        several("odd", &["speed", "price"]),
    ];
    // The file of corrections is read as it was written.
    folder.write_corrections(&given).unwrap();
    let given = job(&folder).read_corrections().unwrap();
    let any = LabelsPerText::AnyNumber;
    let corrected = add_corrections(rows, &given, &labels, any, &Guard::default(), "anna");
    assert_eq!(
        corrected.jsonl,
        "{\"text\":\"slow and ugly\",\"label\":[\"speed\",\"look\"]}\n\
         {\"text\":\"hello\",\"label\":[]}\n\
         {\"text\":\"ugly\",\"label\":[]}\n\
         {\"text\":\"new\",\"label\":[\"speed\"],\"source\":\"correction\"}\n"
    );
    assert_eq!((corrected.counts.used, corrected.counts.unknown_label), (4, 1));
    let decisions: Vec<_> = corrected.audit.iter().map(|entry| entry.decision).collect();
    let expected = [
        Decision::Relabelled,
        Decision::Confirmed,
        Decision::Relabelled,
        Decision::EntersTraining,
        Decision::Refused,
    ];
    assert_eq!(decisions, expected);
    let first = &corrected.audit[0];
    assert_eq!(
        (first.old.as_deref(), first.new.as_deref()),
        (Some("look"), Some("speed; look"))
    );
    assert_eq!(corrected.audit[2].new.as_deref(), Some(""));
    assert!(
        corrected.audit[4].why.contains("`price`"),
        "{:?}",
        corrected.audit[4]
    );
}

#[test]
fn the_audit_of_corrections_has_the_format_of_an_audit_log() {
    let folder = tempfile::tempdir().unwrap();
    let folder = TrainingFolder::new(folder.path());
    let labels = LabelSet::new(["bug"]).unwrap();
    let given = [Correction {
        by: Some("bert".into()),
        time: Some("yesterday".into()),
        ..correction("it crashes", "bug")
    }];
    folder.write_corrections(&given).unwrap();
    let given = job(&folder).read_corrections().unwrap();
    let corrected = add_corrections(
        Vec::new(),
        &given,
        &labels,
        LabelsPerText::One,
        &Guard::default(),
        "anna",
    );
    folder.write_corrections_audit(corrected.audit.clone()).unwrap();
    let text = fs_err::read_to_string(folder.path().join("corrections-audit.jsonl")).unwrap();
    let line: AuditLine = serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!(line, AuditLine::Answer(corrected.audit[0].clone()));
    assert_eq!(corrected.audit[0].by, "bert");
    assert_eq!(corrected.audit[0].answered.as_deref(), Some("yesterday"));
}

#[test]
fn a_line_that_is_not_a_correction_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = TrainingFolder::new(folder.path());
    let none = Job::new("data.csv", "scratch:tiny", "serving");
    assert!(none.read_corrections().unwrap().is_empty());
    let job = job(&folder);
    let missing = job.read_corrections().unwrap_err().to_string();
    assert!(missing.contains("corrections.jsonl"), "{missing}");
    let lines = "{\"text\":\"a\",\"label\":\"b\"}\n{\"text\":\"a\"}\n";
    fs_err::write(folder.corrections(), lines).unwrap();
    let error = job.read_corrections().unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("corrections.jsonl`, line 2: expected a correction"),
        "{message}"
    );
    assert_eq!(
        error.hint(),
        Some("each line needs `text` and `label`".to_owned())
    );
}
