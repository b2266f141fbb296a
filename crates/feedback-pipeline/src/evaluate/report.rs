//! Writes report files for `evaluate --report`, `compare --report` and training runs.

use std::path::{Path, PathBuf};

use feedback_dataset::Dataset;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_files::{sha256_of_input, write_bytes};
use feedback_inference::Classifier;
use feedback_metrics::document::{Document, Fact};
use feedback_metrics::reports::{EvaluationReport, LearningCurves, ReportInput, files};
use serde::Serialize;

use crate::data::{Examples, read_labelled};
use crate::error::{Result, RunError};
use crate::evaluate::evaluation::{FileEvaluation, Leakage, Scored, resampling_groups};
use crate::evaluate::learning_curves::learning_curves;
use crate::evaluate::slices::slice_keys;

/// Builds the full evaluation report of a classifier on a labelled file.
///
/// `examples` and `scored` have one entry for each row of `dataset`, in the same order; `evaluation` has the metrics of
/// these predictions.
///
/// # Errors
///
/// The data file cannot be hashed, or the arguments do not have the same number of rows.
pub fn evaluation_report(
    model: &Path,
    classifier: &Classifier,
    dataset: &Dataset,
    examples: &Examples,
    scored: &Scored,
    evaluation: &FileEvaluation,
    curves: LearningCurves,
) -> Result<EvaluationReport> {
    let groups = resampling_groups(examples);
    let slices = slice_keys(dataset, &groups)?;
    let manifest = classifier.manifest();
    let name = model.display().to_string();
    let mut input = ReportInput::new(&name, &examples.labels, &scored.probabilities);
    input.groups = &groups;
    input.texts = &examples.texts;
    input.lines = &examples.lines;
    input.slices = &slices;
    input.abstain_below = manifest.abstain_below;
    input.learning_curves = curves;
    input.leakage = leakage_facts(&evaluation.leakage, examples.len());
    input.data = data_facts(classifier, dataset, &groups)?;
    Ok(EvaluationReport::new(evaluation.figures.clone(), &input)?)
}

fn leakage_facts(found: &Leakage, n: usize) -> Vec<Fact> {
    if !found.known {
        return Vec::new(); // the report says that leakage is unknown
    }
    let share = |count: usize| format!("{count} of {n}");
    let note = "after folding case, accents, punctuation and white space";
    vec![
        Fact::new("Rows that occur in the training data", share(found.in_train)).with_note(note),
        Fact::new(
            "Rows that occur in the validation data",
            share(found.in_validation),
        )
        .with_note(note),
    ]
}

fn data_facts(classifier: &Classifier, dataset: &Dataset, groups: &[usize]) -> Result<Vec<Fact>> {
    let manifest = classifier.manifest();
    let mut distinct = groups.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let threshold = manifest
        .abstain_below
        .map_or("none".to_owned(), |below| format!("{:.1} %", 100.0 * below));
    let long_texts = classifier.long_texts().overlap().map(|overlap| {
        Fact::new("Longer texts", "read in windows")
            .with_note(format!("neighbours have {overlap} tokens in common"))
    });
    let facts = vec![
        Fact::new("File", name_of(&dataset.path)),
        Fact::new("SHA-256 of the file", sha256_of_input(&dataset.path)?),
        Fact::new("Rows", dataset.len().to_string())
            .with_note(format!("{} rows set aside", dataset.set_aside.len())),
        Fact::new("Distinct texts", distinct.len().to_string())
            .with_note("confidence intervals resample equal texts together"),
        Fact::new("Started from", &manifest.base_model),
        Fact::new("Training seed", manifest.seed.to_string()),
        Fact::new("Maximum length", format!("{} tokens", manifest.max_length)),
        Fact::new("Pooling", manifest.pooling.to_string()),
        Fact::new("Abstains below a confidence of", threshold).with_note("chosen on validation rows"),
    ];
    Ok(facts.into_iter().chain(long_texts).collect())
}

/// Returns the last part of a path, for a report.
pub fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Writes a report into a folder: `report.json`, `report.html`, `report.md`, `report.txt` and one `.csv` file for each
/// table. Creates the folder if it is missing, replaces existing files with these names atomically, and removes the slice
/// tables of an earlier report. Returns the path of the HTML file. `inputs` are the files that the report was made from.
///
/// # Errors
///
/// The folder or a file cannot be written, or a file of the report would replace one of the inputs.
pub fn write_report(
    folder: &Path,
    report: &impl Serialize,
    document: &Document,
    inputs: &[&Path],
) -> Result<PathBuf> {
    fs_err::create_dir_all(folder)?;
    let files = files(report, document).map_err(std::io::Error::from)?;
    let below = fs_err::canonicalize(folder)?;
    for input in inputs.iter().filter_map(|input| input.canonicalize().ok()) {
        let name = input.file_name().unwrap_or_default();
        let is_written =
            is_slice(&name.to_string_lossy()) || files.iter().any(|file| name == file.name.as_str());
        if is_written && input.parent() == Some(&below) {
            return Err(RunError::ReportOverInput { path: input }.into());
        }
    }
    // Which slice tables exist depends on the rows. Remove old slice tables, so that they are not mistaken for new ones.
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_slice(&name) && !files.iter().any(|new| new.name == name) {
            fs_err::remove_file(entry.path())?;
        }
    }
    for file in files {
        write_bytes(folder.join(file.name), &file.content)?;
    }
    Ok(folder.join("report.html"))
}

fn is_slice(name: &str) -> bool {
    name.starts_with("slices_") && name.ends_with(".csv")
}

/// Writes the report of a training run on its test rows, with learning curves, to `report/` in the run folder.
pub(crate) fn write_run_report(
    run: &Path,
    model: &Path,
    read: &ReadOptions,
    classifier: &Classifier,
    test: &Examples,
    scored: &Scored,
    evaluation: &FileEvaluation,
) -> Result<()> {
    // `data/test.jsonl` has all fields of the test rows; `test` has only texts and labels.
    let fields = ReadOptions::with_fields(&read.text_field, &read.label_field);
    let dataset = read_labelled(&run.join("data/test.jsonl"), &fields, OnBadRow::Fail)?;
    let curves = learning_curves(run)?;
    let report = evaluation_report(model, classifier, &dataset, test, scored, evaluation, curves)?;
    write_report(&run.join("report"), &report, &report.document(), &[])?;
    Ok(())
}
