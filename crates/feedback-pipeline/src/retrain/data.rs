//! Prepares the data of a job: splits the file and adds the corrections to the training rows.

use feedback_clean::Cleaning;
use feedback_corrections::{CorrectionCounts, Guard, Job, LabelsPerText, TrainingFolder, add_corrections};
use feedback_dataset::LabelSet;
use feedback_dataset::read::{LabelRule, OnBadRow};
use feedback_files::write_bytes;

use crate::data::{SplitFileOptions, clean_texts, read_labelled, split_into};
use crate::error::Result;
use crate::retrain::event::RetrainEvent;
use crate::retrain::source::{joined_labels, set_aside, source};

/// Name of the file with the corrected training rows, in the folder of the split data.
pub const CORRECTED: &str = "train-with-corrections.jsonl";

/// Splits the data, and adds the corrections to the training rows only.
///
/// The split does not depend on the corrections: validation and test stay the same, no matter what people correct.
pub(super) fn prepare(
    job: &Job,
    folder: &TrainingFolder,
    (corrected_by, cleaning): (&str, Cleaning),
    events: &mut dyn FnMut(RetrainEvent),
) -> Result<CorrectionCounts> {
    let data = folder.data();
    let input = source(job, folder, LabelRule::Required, events)?;
    let mut split = SplitFileOptions::default();
    split.split.seed = job.seed;
    split.on_bad_row = OnBadRow::SetAside;
    split.force = true;
    let mut dataset = read_labelled(&input, &split.read, split.on_bad_row)?;
    joined_labels(dataset.rows.iter().filter_map(|row| row.record.label()), events);
    let of_data = LabelSet::from_dataset(&dataset)?;
    clean_texts(&mut dataset, cleaning);
    let (summary, [train, validation, test]) = split_into(dataset, &data, &split)?;
    set_aside(summary.set_aside, events);
    let labels = LabelSet::new(job.with_new_labels(of_data.names()))?;
    folder.write_labels(labels.names())?;
    let guard = Guard::new(validation.texts(), test.texts());
    let mut corrections = job.read_corrections()?;
    for correction in &mut corrections {
        correction.text = cleaning.clean(&correction.text).into_owned();
    }
    let corrected = add_corrections(
        train.rows,
        &corrections,
        &labels,
        LabelsPerText::One,
        &guard,
        corrected_by,
    );
    folder.write_corrections_audit(corrected.audit)?;
    write_bytes(data.join(CORRECTED), corrected.jsonl)?;
    Ok(corrected.counts)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use feedback_corrections::Correction;

    use super::*;

    fn text_of_first(lines: &str) -> String {
        let row: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        row["text"].as_str().unwrap().to_owned()
    }

    /// Corrections change only training rows, never validation or test rows.
    #[test]
    fn corrections_are_added_to_the_training_rows_only() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| -> PathBuf { place.path().join(name) };
        let mut rows = String::new();
        for index in 0..40 {
            rows += &format!("{{\"text\": \"crash number {index}\", \"label\": \"bug\"}}\n");
            rows += &format!("{{\"text\": \"love number {index}\", \"label\": \"praise\"}}\n");
        }
        fs_err::write(path("data.jsonl"), rows).unwrap();
        let folder = TrainingFolder::new(place.path());
        let mut job = Job::new(path("data.jsonl"), "scratch:tiny", "");
        job.corrections = folder.corrections();
        job.seed = 7;
        folder.write_corrections(&[]).unwrap();
        assert_eq!(
            prepare(&job, &folder, ("anna", Cleaning::default()), &mut |_| ()).unwrap(),
            CorrectionCounts::default()
        );
        let file = |name: &str| fs_err::read_to_string(path("data").join(name)).unwrap();
        let (test, validation) = (file("test.jsonl"), file("validation.jsonl"));
        let given = [
            (text_of_first(&test).to_uppercase(), "praise"), // differs only in case, so it counts as the same text
            (text_of_first(&validation), "praise"),
            (text_of_first(&file("train.jsonl")), "praise"),
            ("something new".to_owned(), "bug"),
            ("something else".to_owned(), "no such label"),
        ];
        let corrections = given.map(|(text, label)| Correction {
            text,
            labels: vec![label.to_owned()],
            by: None,
            time: None,
        });
        folder.write_corrections(&corrections).unwrap();
        let counts = prepare(&job, &folder, ("anna", Cleaning::default()), &mut |_| ()).unwrap();
        assert_eq!((counts.used, counts.held_out, counts.unknown_label), (2, 2, 1));
        assert_eq!(
            (file("test.jsonl"), file("validation.jsonl")),
            (test, validation),
            "test and validation stay unchanged"
        );
        let trained_on = file(CORRECTED);
        assert_eq!(
            trained_on.lines().count(),
            file("train.jsonl").lines().count() + 1
        );
        let corrected: serde_json::Value = serde_json::from_str(trained_on.lines().next().unwrap()).unwrap();
        assert_eq!(corrected["label"], "praise");
        assert!(trained_on.contains("something new") && !trained_on.contains("something else"));
        assert_eq!(folder.labels().unwrap(), ["bug", "praise"]);

        // A label that only corrections have, because a theme became a label.
        job.new_labels = vec!["no such label".to_owned(), "bug".to_owned()];
        let counts = prepare(&job, &folder, ("anna", Cleaning::default()), &mut |_| ()).unwrap();
        assert_eq!((counts.used, counts.unknown_label), (3, 0));
        assert!(file(CORRECTED).contains("something else"));
        assert_eq!(folder.labels().unwrap(), ["bug", "praise", "no such label"]);
        let audit = fs_err::read_to_string(path("corrections-audit.jsonl")).unwrap();
        assert_eq!(audit.matches("\"decision\":\"refused\"").count(), 2, "{audit}");
    }
}
