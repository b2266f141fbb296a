//! Labels with few rows.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::record::{BadRow, BadRowReason, Row};

/// What to do with the rows of labels that have few rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RareLabels {
    /// Set the rows aside.
    SetAside,
    /// Give the rows this label.
    Fold(String),
}

/// The labels that [`RareLabels::apply`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RareLabelSummary {
    /// Each label with its number of rows, in the order of the bytes of the labels.
    pub labels: Vec<(String, usize)>,
    /// Number of rows with these labels.
    pub rows: usize,
}

impl RareLabels {
    /// Handles all labels with fewer than `min_rows` rows. The label that rows are folded into is never rare.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_dataset::labels::RareLabels;
    /// use feedback_dataset::read::{Format, OnBadRow, ReadOptions, Reader, collect};
    ///
    /// let lines = "text,label\nIt crashes,bug\nIt freezes,bug\nHow?,question\nHi,chat\n";
    /// let reader = Reader::from_reader(lines.as_bytes(), "data", Format::Csv, &ReadOptions::default());
    /// let mut dataset = collect(reader, OnBadRow::Fail)?;
    /// let found = RareLabels::Fold("other".to_string()).apply(&mut dataset, 2);
    /// assert_eq!(found.labels, [("chat".to_string(), 1), ("question".to_string(), 1)]);
    /// assert_eq!(dataset.labels()?, ["bug", "bug", "other", "other"]);
    /// # Ok::<(), feedback_dataset::Error>(())
    /// ```
    pub fn apply(&self, dataset: &mut Dataset, min_rows: usize) -> RareLabelSummary {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for label in dataset.rows.iter().filter_map(|row| row.record.label()) {
            *counts.entry(label).or_insert(0) += 1;
        }
        let is_rare = |&(label, count): &(&str, usize)| {
            count < min_rows && !matches!(self, Self::Fold(folded) if folded == label)
        };
        let rare = counts.into_iter().filter(is_rare);
        let rare: HashMap<String, usize> = rare.map(|(label, count)| (label.to_string(), count)).collect();
        let mut labels: Vec<(String, usize)> = rare
            .iter()
            .map(|(label, count)| (label.clone(), *count))
            .collect();
        labels.sort_unstable();
        let rows = labels.iter().map(|(_, count)| count).sum();
        match self {
            Self::SetAside => set_aside(dataset, &rare),
            Self::Fold(folded) => {
                for record in dataset.rows.iter_mut().map(|row| &mut row.record) {
                    if record.label().is_some_and(|label| rare.contains_key(label)) {
                        record.set(record.label_field().to_string(), folded.as_str());
                    }
                }
            }
        }
        RareLabelSummary { labels, rows }
    }
}

fn set_aside(dataset: &mut Dataset, rare: &HashMap<String, usize>) {
    let rows = std::mem::take(&mut dataset.rows);
    for row in rows {
        let label = row.record.label().and_then(|label| rare.get_key_value(label));
        match label {
            Some((label, rows)) => dataset.set_aside.push(bad_row(&row, label, *rows)),
            None => dataset.rows.push(row),
        }
    }
    dataset.set_aside.sort_by_key(|row| row.line);
}

fn bad_row(row: &Row, label: &str, rows: usize) -> BadRow {
    BadRow {
        line: row.line,
        offset: row.offset,
        reason: BadRowReason::RareLabel {
            label: label.to_string(),
            rows,
        },
        raw: Some(row.record.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Format, OnBadRow, ReadOptions, Reader, collect};

    fn dataset() -> Dataset {
        let lines = "text,label\na,bug\nb,rare\nc,bug\nd,\ne,other\nf,rarer\ng,rare\n";
        let reader = Reader::from_reader(lines.as_bytes(), "data", Format::Csv, &ReadOptions::default());
        collect(reader, OnBadRow::Fail).unwrap()
    }

    #[test]
    fn rows_that_are_set_aside_keep_their_line() {
        let mut dataset = dataset();
        let found = RareLabels::SetAside.apply(&mut dataset, 2);
        assert_eq!(found.labels, [("other".to_string(), 1), ("rarer".to_string(), 1)]);
        assert_eq!((found.rows, dataset.texts()), (2, vec!["a", "b", "c", "d", "g"]));
        let lines: Vec<u64> = dataset.set_aside.iter().map(|row| row.line).collect();
        assert_eq!(lines, [6, 7]);
        assert_eq!(
            dataset.set_aside[0].to_string(),
            "line 6 (byte 33): the label `other` has only 1 row"
        );
    }

    #[test]
    fn the_label_that_others_are_folded_into_is_not_rare() {
        let mut dataset = dataset();
        let found = RareLabels::Fold("other".to_string()).apply(&mut dataset, 3);
        assert_eq!(found.rows, 5);
        let labels: Vec<Option<&str>> = dataset.rows.iter().map(|row| row.record.label()).collect();
        assert_eq!(
            labels.iter().flatten().filter(|label| **label == "other").count(),
            6
        );
        assert_eq!(labels[3], None);
    }
}
