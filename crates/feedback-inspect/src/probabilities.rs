//! Reads and writes files of probabilities: one JSON object per line, in the order of the rows.
//!
//! A line is `{"scores": [{"label": "bug", "score": 0.9}, …]}`, as the command `predict` writes it, or
//! `{"scores": {"bug": 0.9, …}}`, or `{"scores": null}` for a row without a prediction.

use std::io::{BufRead, BufReader};
use std::path::Path;

use feedback_dataset::{Dataset, LabelSet};
use feedback_files::write_file;
use fs_err::File;
use serde::Deserialize;
use serde_json::json;

use crate::error::{Error, Result};
use crate::out_of_fold::OutOfFold;

#[derive(Deserialize)]
struct Line {
    scores: Option<Scores>,
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scores {
    List(Vec<LabelScore>),
    ByName(std::collections::BTreeMap<String, f64>),
}

#[derive(Deserialize)]
struct LabelScore {
    label: String,
    score: f64,
}

/// Reads the probabilities of all rows of a data set and returns those of `rows`.
pub(crate) fn read(path: &Path, dataset: &Dataset, rows: &[usize], labels: &LabelSet) -> Result<OutOfFold> {
    let mut all: OutOfFold = Vec::with_capacity(dataset.len());
    for (index, line) in BufReader::new(File::open(path)?).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let bad = |reason: String| unusable(path, index + 1, reason);
        let line: Line = serde_json::from_str(&line).map_err(|error| bad(error.to_string()))?;
        let Some(row) = dataset.rows.get(all.len()) else {
            return Err(bad(format!(
                "`{}` has only {} usable rows",
                dataset.path.display(),
                dataset.len()
            )));
        };
        if line.text.is_some_and(|text| text != row.record.text()) {
            return Err(bad(format!(
                "the text differs from line {} of `{}`",
                row.line,
                dataset.path.display()
            )));
        }
        all.push(
            line.scores
                .map(|scores| in_order(scores, labels))
                .transpose()
                .map_err(bad)?,
        );
    }
    if all.len() < dataset.len() {
        let reason = format!(
            "the file ends, but `{}` has {} usable rows",
            dataset.path.display(),
            dataset.len()
        );
        return Err(unusable(path, all.len() + 1, reason));
    }
    Ok(rows.iter().map(|&row| all[row].take()).collect())
}

/// Returns the scores in the order of the class ids, or the reason why they cannot be used.
fn in_order(scores: Scores, labels: &LabelSet) -> std::result::Result<Vec<f64>, String> {
    let pairs: Vec<(String, f64)> = match scores {
        Scores::List(list) => list.into_iter().map(|pair| (pair.label, pair.score)).collect(),
        Scores::ByName(map) => map.into_iter().collect(),
    };
    let mut values = vec![None; labels.len()];
    for (label, score) in pairs {
        // Labels that do not occur in the data are ignored.
        let Some(class) = labels.id(&label) else { continue };
        if !(0.0..=1.0).contains(&score) {
            return Err(format!(
                "the score of `{label}` is {score}, expected a number from 0 to 1"
            ));
        }
        if values[class].replace(score).is_some() {
            return Err(format!("the label `{label}` occurs twice"));
        }
    }
    let missing = values.iter().position(Option::is_none);
    match missing.and_then(|class| labels.name(class)) {
        Some(label) => Err(format!("the score of `{label}` is missing")),
        None => Ok(values.into_iter().flatten().collect()),
    }
}

/// Writes probabilities in the format that [`read`] reads; rows that are not in `rows` get `null`.
pub(crate) fn write(
    path: &Path,
    dataset: &Dataset,
    rows: &[usize],
    labels: &LabelSet,
    found: &OutOfFold,
) -> Result<()> {
    let mut of_row: Vec<Option<&Vec<f64>>> = vec![None; dataset.len()];
    rows.iter()
        .zip(found)
        .for_each(|(&row, values)| of_row[row] = values.as_ref());
    write_file(path, |writer| {
        for (row, values) in dataset.rows.iter().zip(&of_row) {
            let scores = values.map(|values| {
                let scores = labels.names().iter().zip(values);
                scores
                    .map(|(label, score)| json!({"label": label, "score": score}))
                    .collect::<Vec<_>>()
            });
            writeln!(writer, "{}", json!({"line": row.line, "scores": scores}))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn unusable(path: &Path, line: usize, reason: String) -> Error {
    Error::Probabilities {
        path: path.to_owned(),
        line,
        reason,
    }
}
