//! Finds texts that also occur in another file.

use feedback_dataset::Dataset;
use feedback_dataset::duplicates::NearOptions;
use feedback_dataset::leaks::{leaks, near_leaks};
use feedback_formats::read;

use crate::error::Result;
use crate::findings::{LeakFinding, LeakPair, lines};
use crate::options::InspectOptions;

/// Finds the texts that the data set shares with each file of [`InspectOptions::against`]. Returns the findings, and the rows of
/// the data set whose normalised text occurs in another file.
pub(crate) fn all_leaks(
    dataset: &Dataset,
    texts: &[&str],
    options: &InspectOptions,
) -> Result<(Vec<LeakFinding>, Vec<usize>)> {
    let mut findings = Vec::with_capacity(options.against.len());
    let mut leaked = Vec::new();
    for path in &options.against {
        let other = read(path, &options.read, options.on_bad_row)?;
        let (finding, rows) = leaks_between(dataset, texts, &other);
        findings.push(finding);
        leaked.extend(rows);
    }
    Ok((findings, leaked))
}

fn leaks_between(dataset: &Dataset, texts: &[&str], other: &Dataset) -> (LeakFinding, Vec<usize>) {
    let other_texts = other.texts();
    let report = leaks(texts, &other_texts);
    let near: Vec<_> = near_leaks(texts, &other_texts, &NearOptions::default())
        .into_iter()
        .filter(|leak| leak.similarity < 1.0)
        .collect();
    let pair = |other_row: usize, row: usize, kind, similarity| LeakPair {
        line: dataset.rows[row].line,
        other_line: other.rows[other_row].line,
        kind,
        similarity,
    };
    let equal = |kind| move |&(there, here): &(usize, usize)| pair(there, here, kind, 1.0);
    let exact = report.exact.iter().map(equal("exact"));
    let normalised = report.normalised.iter().map(equal("normalised"));
    let nearly = near
        .iter()
        .map(|leak| pair(leak.held_out, leak.train, "near", leak.similarity));
    let finding = LeakFinding {
        file: other.path.clone(),
        rows: other.len(),
        exact: report.exact.len(),
        normalised: report.normalised.len(),
        near: near.len(),
        lines: lines(dataset, &report.train_rows),
        pairs: exact.chain(normalised).chain(nearly).collect(),
    };
    (finding, report.train_rows)
}
