//! Prepares the data of a job: splits the file and adds the corrections to the training rows.

use std::path::Path;

use feedback_clean::Cleaning;
use feedback_corrections::{CorrectionCounts, Guard, Job, LabelsPerText, TrainingFolder, add_corrections};
use feedback_dataset::read::{LabelRule, OnBadRow, ReadOptions};
use feedback_dataset::{Dataset, LabelSet};
use feedback_files::write_bytes;
use feedback_formats::read;

use crate::data::{SplitFileOptions, split_file};
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
    split.cleaning = cleaning;
    split.force = true;
    set_aside(split_file(&input, &data, &split)?.set_aside, events);
    let dataset = read(&input, &ReadOptions::default(), OnBadRow::SetAside)?;
    joined_labels(dataset.rows.iter().filter_map(|row| row.record.label()), events);
    let labels = LabelSet::from_dataset(&dataset)?;
    folder.write_labels(labels.names())?;
    let part = |name: &str| read_part(&data.join(name));
    let guard = Guard::new(part("validation.jsonl")?.texts(), part("test.jsonl")?.texts());
    let mut corrections = job.read_corrections()?;
    for correction in &mut corrections {
        correction.text = cleaning.clean(&correction.text).into_owned();
    }
    let rows = part("train.jsonl")?.rows;
    let corrected = add_corrections(
        rows,
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

fn read_part(path: &Path) -> Result<Dataset> {
    Ok(read(path, &ReadOptions::default(), OnBadRow::Fail)?)
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
        let audit = fs_err::read_to_string(path("corrections-audit.jsonl")).unwrap();
        assert_eq!(audit.matches("\"decision\":\"refused\"").count(), 3, "{audit}");
    }
}
