//! Messages shared by several commands.

use std::collections::BTreeMap;
use std::path::Path;

use feedback_bert::weights::LoadReport;
use feedback_dataset::labels::several_labels;
use feedback_dataset::read::{ReadError, ReadOptions};
use feedback_formats::{FormatError, Limits, Resolved, resolve};
use feedback_inference::UnreadTexts;
use feedback_pipeline::data::{PreparedData, UnusedRow};
use feedback_pipeline::train::AlikeTexts;
use feedback_trainer::Damaged;

use crate::output::message;

const NO_KNOWN_TOKEN: &str = "rows have no token that the model knows, such as those in a foreign script: predictions for them mean nothing";

/// The warning of a training whose loss became NaN or infinite.
pub(crate) const DIVERGED: &str =
    "\nwarning: the loss or a gradient became NaN or infinite; the saved model is the best one before that\n";

/// The name of the file in which standard input is stored.
pub(crate) const STANDARD_INPUT: &str = "standard input";

/// Warns about dropped rows, and about texts in more than one of training, validation and test.
pub fn data_warnings(data: &PreparedData) {
    unused_rows(&data.unused_rows);
    cleaned(data.cleaned);
    rare_labels(&data.rare);
    undated(data.undated);
    overlapping(data.overlapping);
    leaks(data.dropped, data.near_leaked, data.leaked);
}

/// Reports how many rows have no date, if rows were divided by their dates.
pub(crate) fn undated(rows: usize) {
    if rows > 0 {
        message(format_args!("{rows} rows without a date are in training"));
    }
}

/// Reports how many rows are later than rows of a later set, if rows were divided by their dates and kept in groups.
pub(crate) fn overlapping(rows: usize) {
    if rows > 0 {
        message(format_args!(
            "warning: {rows} rows are later than the first row of a later set, because an earlier row of their group decides where they are\n\
             hint: leave `--group-by` out if later rows must not be in training"
        ));
    }
}

/// Reports dropped rows, near-duplicates, and texts in more than one of training, validation and test.
pub(crate) fn leaks(dropped: usize, near_leaked: usize, leaked: usize) {
    if dropped > 0 {
        message(format_args!(
            "{} rows of training and validation dropped: their texts are also in validation or test",
            dropped
        ));
    }
    if near_leaked > 0 {
        message(format_args!(
            "{} held-out texts are near-duplicates of a training text",
            near_leaked
        ));
    }
    if leaked > 0 {
        message(format_args!(
            "warning: {} held-out texts are also in training or validation; every score will be too good",
            leaked
        ));
    }
}

/// Reports the held-out texts that say what a training text says in other words, and the closest pair.
pub(crate) fn alike(found: Option<&AlikeTexts>) {
    let Some(found) = found.filter(|found| found.found > 0) else {
        return;
    };
    let closest = found.closest.first().map(|pair| {
        format!(
            ", such as line {} of {} and line {} of training",
            pair.line, pair.part, pair.training_line
        )
    });
    message(format_args!(
        "{} of {} held-out texts say what a training text says in other words{}",
        found.found,
        found.compared,
        closest.unwrap_or_default()
    ));
}

/// Looks at the first rows of a file. Fills in the names of the fields that the user did not state, and says what was found and what
/// of the file is not read.
///
/// # Errors
///
/// The file cannot be read.
pub fn look(file: &Path, options: &ReadOptions) -> Result<Resolved, ReadError> {
    let found = resolve(file, options, &Limits::default())?;
    for note in &found.notes {
        // The library names settings. Other words in backticks are columns, which may have the name of a flag (`label`), so
        // the rule for hints does not fit here.
        let note = note
            .replace("(`skip_rows`)", "(`--skip-rows`)")
            .replace("(`encoding`)", "(`--encoding`)");
        message(format_args!("{}: {note}", shown(file)));
    }
    Ok(found)
}

/// The name of a file in messages. Standard input is stored in a temporary folder.
fn shown(file: &Path) -> String {
    match file.ends_with(STANDARD_INPUT) {
        true => STANDARD_INPUT.to_owned(),
        false => file.display().to_string(),
    }
}

/// Like [`look`], for a file that is read next: most errors are reported then.
///
/// # Errors
///
/// The file has a shape that would be read as something else.
pub fn look_at(file: &Path, options: &ReadOptions) -> Result<ReadOptions, ReadError> {
    match look(file, options) {
        Ok(found) => Ok(found.options),
        Err(error) if matches!(FormatError::of(&error), Some(FormatError::Foreign(_))) => Err(error),
        Err(_) => Ok(options.clone()),
    }
}

/// Reports how many rows were left out, if any.
pub fn set_aside(rows: usize) {
    if rows > 0 {
        message(format_args!("{rows} rows could not be used and were left out"));
    }
}

/// The rows that are named; more are only counted.
const NAMED_ROWS: usize = 100;

/// Reports which rows were left out, and why.
pub(crate) fn unused_rows(rows: &[UnusedRow]) {
    set_aside(rows.len());
    for row in rows.iter().take(NAMED_ROWS) {
        message(format_args!("set aside: {row}"));
    }
    if rows.len() > NAMED_ROWS {
        message(format_args!("… and {} more", rows.len() - NAMED_ROWS));
    }
}

/// Reports which labels have too few rows, if any.
pub fn rare_labels(labels: &[(String, usize)]) {
    if let Some(line) = rare_line(labels) {
        message(line);
    }
}

/// Returns the line that names the labels with too few rows; `None` if there are none.
pub fn rare_line(labels: &[(String, usize)]) -> Option<String> {
    let rows: usize = labels.iter().map(|(_, rows)| rows).sum();
    let names: Vec<String> = labels
        .iter()
        .map(|(label, rows)| format!("`{label}` ({rows})"))
        .collect();
    (!labels.is_empty()).then(|| {
        format!(
            "{rows} rows of {} rare labels were left out or got the label of `--rare-label`: {}",
            labels.len(),
            names.join(", ")
        )
    })
}

/// Reports the labels that the model does not have, whose rows were left out.
pub(crate) fn unknown_labels(left_out: &BTreeMap<String, usize>) {
    for (label, rows) in left_out {
        message(format_args!(
            "{rows} rows left out: the model does not have their label `{label}`"
        ));
    }
}

/// Reports in how many rows the text was cleaned, if any.
pub fn cleaned(rows: usize) {
    if rows > 0 {
        message(format_args!("{rows} rows: the text was cleaned"));
    }
}

/// Reports in how many rows the model knows no token, if any.
pub fn unknown(rows: usize) {
    if rows > 0 {
        message(format_args!("{rows} {NO_KNOWN_TOKEN}"));
    }
}

/// Reports what of the texts a model cannot read, if anything. `model` is its name if there are several.
pub(crate) fn unread(texts: &UnreadTexts, model: Option<&str>) {
    let of = model.map(|model| format!("{model}: ")).unwrap_or_default();
    if !texts.unknown.is_empty() {
        let rows = texts.unknown.len();
        message(format_args!("{of}{rows} {NO_KNOWN_TOKEN}"));
    }
    if texts.truncated > 0 {
        let rows = texts.truncated;
        message(format_args!(
            "{of}{rows} rows are longer than the model reads, and were cut"
        ));
    }
}

/// Reports how many rows have an unfamiliar text, if any.
pub fn unfamiliar(rows: usize, of: usize) {
    if rows > 0 {
        message(format_args!(
            "{rows} of {of} texts are unlike the training texts, so that perhaps no label fits: see `unfamiliar`; 5 % would be normal"
        ));
    }
}

/// Reports which parameters of the model are newly initialised, and which parameters in the file are not used.
pub fn loading(report: &LoadReport) {
    if !report.initialised.is_empty() {
        message(format_args!(
            "newly initialised: {}",
            report.initialised.join(", ")
        ));
    }
    if !report.ignored.is_empty() {
        message(format_args!("not used: {}", report.ignored.join(", ")));
    }
}

/// Reports a damaged checkpoint.
pub fn damaged(damaged: &Damaged) {
    message(format_args!(
        "damaged checkpoint set aside as {}: {}",
        damaged.moved_to.display(),
        damaged.reason
    ));
}

/// Warns about labels that are probably the same, before they become separate classes.
pub fn label_variants<'a>(labels: impl IntoIterator<Item = &'a str>) {
    variants(
        labels,
        "`inspect FILE --output clean.jsonl --merge-labels` writes a copy that uses one of them",
    );
}

/// Like [`label_variants`], for labels that can be in one cell, where `inspect` does not find them.
pub(crate) fn label_variants_in_cells<'a>(labels: impl IntoIterator<Item = &'a str>) {
    variants(
        labels,
        "`--label-aliases FILE` replaces one by the other, with a file such as {\"Bug\": \"bug\"}",
    );
}

fn variants<'a>(labels: impl IntoIterator<Item = &'a str>, hint: &str) {
    for variants in feedback_dataset::labels::label_variants(labels) {
        let spellings: Vec<String> = variants
            .spellings
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        message(format_args!(
            "labels {} are probably the same, and are separate classes\nhint: {hint}",
            spellings.join(", ")
        ));
    }
}

/// Warns about labels that look like several labels, before each becomes a class.
pub fn joined_labels<'a>(labels: impl IntoIterator<Item = &'a str>) {
    if let Some(found) = several_labels(labels)
        && let Some((cell, _)) = found.cells.first()
    {
        message(format_args!(
            "warning: {} labels such as `{}` look like several labels, and are separate classes\nhint: `--task multi-label \
             --label-separator \"{}\"` separates them",
            found.cells.len(),
            cell.escape_debug(),
            found.separator.escape_default()
        ));
    }
}
