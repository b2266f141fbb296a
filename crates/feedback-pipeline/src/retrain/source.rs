//! The rows of a job's file, whatever its format and the names of its fields.

use std::path::PathBuf;

use feedback_corrections::{Job, TrainingFolder};
use feedback_dataset::labels::several_labels;
use feedback_dataset::read::{LabelRule, OnBadRow, ReadOptions};
use feedback_files::write_file;
use feedback_formats::{Limits, read, resolve};

use crate::error::Result;
use crate::retrain::event::RetrainEvent;

/// Name of the file with the rows of a file whose fields have other names, or that needs settings to be read.
const ROWS: &str = "rows.jsonl";

/// Returns a file with the fields `text` and `label` that can be read without settings: the file of the job, or a copy of its rows in
/// the folder of the training. `rule` is [`LabelRule::Required`] if the field with the label is to be found, too. Says what was found,
/// and what is not read.
///
/// # Errors
///
/// The file cannot be read or the copy cannot be written.
pub fn source(
    job: &Job,
    folder: &TrainingFolder,
    rule: LabelRule,
    events: &mut dyn FnMut(RetrainEvent),
) -> Result<PathBuf> {
    let mut plain = ReadOptions::default();
    plain.label_rule = rule;
    let found = resolve(&job.data, &plain, &Limits::default())?;
    for note in found.notes {
        events(RetrainEvent::Note { text: note });
    }
    if found.options == plain {
        return Ok(job.data.clone());
    }
    let mut options = found.options;
    options.label_rule = LabelRule::Optional;
    let dataset = read(&job.data, &options, OnBadRow::SetAside)?;
    let path = folder.data().join(ROWS);
    fs_err::create_dir_all(folder.data())?;
    write_file(&path, |writer| {
        for row in &dataset.rows {
            let mut record = row.record.clone();
            record.set(plain.text_field.as_str(), row.record.text());
            if let Some(label) = row.record.get(&options.label_field).cloned() {
                record.set(plain.label_field.as_str(), label);
            }
            writeln!(writer, "{}", record.to_json())?;
        }
        Ok(())
    })?;
    set_aside(dataset.set_aside.len(), events);
    Ok(path)
}

/// Says how many rows were left out, if any.
pub fn set_aside(rows: usize, events: &mut dyn FnMut(RetrainEvent)) {
    if rows > 0 {
        let text = format!("{rows} rows could not be used and were left out");
        events(RetrainEvent::Note { text });
    }
}

/// Warns about labels that look like several labels: each is learnt as one label.
pub(super) fn joined_labels<'a>(labels: impl Iterator<Item = &'a str>, events: &mut dyn FnMut(RetrainEvent)) {
    let Some(found) = several_labels(labels) else {
        return;
    };
    let rows: usize = found.cells.iter().map(|(_, rows)| rows).sum();
    let example = found
        .cells
        .first()
        .map(|(cell, _)| cell.as_str())
        .unwrap_or_default();
    let text = format!(
        "warning: {rows} rows have a label such as `{}`, which is learnt as one label; a model with several labels per text needs \
         `label_separator = {:?}`",
        example.escape_debug(),
        found.separator
    );
    events(RetrainEvent::Note { text });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes_and_source(name: &str, content: &str) -> (Vec<String>, String, bool) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(name);
        fs_err::write(&path, content).unwrap();
        let (job, folder) = (
            Job::new(path.clone(), "scratch:tiny", "serving"),
            TrainingFolder::new(place.path()),
        );
        let mut notes = Vec::new();
        let found = source(&job, &folder, LabelRule::Required, &mut |event| match event {
            RetrainEvent::Note { text } => notes.push(text),
            other => panic!("{other:?}"),
        });
        let found = found.unwrap();
        (notes, fs_err::read_to_string(&found).unwrap(), found == path)
    }

    #[test]
    fn a_plain_file_is_used_as_it_is() {
        let content = "text,label\nit crashes,bug\n";
        assert_eq!(
            notes_and_source("a.csv", content),
            (vec![], content.to_owned(), true)
        );
    }

    #[test]
    fn other_fields_are_found_and_lost_rows_are_counted() {
        let content = "Tickets of March;\nbody;category\nit crashes on start;bug\n;bug\nlove the new look;praise\nit is slow now;bug\n";
        let (notes, rows, is_file) = notes_and_source("a.csv", content);
        assert_eq!(
            notes,
            [
                "the first line is a title and is not read (`skip_rows`)",
                "the text is in the field `body`",
                "the label is in the field `category`",
                "1 rows could not be used and were left out",
            ]
        );
        assert!(!is_file);
        let first =
            r#"{"body":"it crashes on start","category":"bug","text":"it crashes on start","label":"bug"}"#;
        assert_eq!(rows.lines().collect::<Vec<_>>()[0], first);
        assert_eq!(rows.lines().count(), 3);
    }

    #[test]
    fn joined_labels_are_warned_about() {
        let mut notes = Vec::new();
        joined_labels(["bug", "praise", "bug; praise"].into_iter(), &mut |event| {
            notes.push(event)
        });
        let [RetrainEvent::Note { text }] = notes.as_slice() else {
            panic!("{notes:?}")
        };
        assert!(
            text.starts_with("warning: 1 rows have a label such as `bug; praise`"),
            "{text}"
        );
        joined_labels(["bug", "praise"].into_iter(), &mut |event| panic!("{event:?}"));
    }
}
