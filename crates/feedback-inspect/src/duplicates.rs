//! Finds texts that occur more than once, and among these, texts with different labels.

use std::cmp::Reverse;

use feedback_dataset::Dataset;
use feedback_dataset::duplicates::{DuplicateKind, NearOptions, duplicate_groups, group_near_duplicates};
use feedback_dataset::labels::{Conflict, conflicting_labels};

use crate::error::Result;
use crate::findings::{ConflictFinding, ConflictSide, DuplicateCounts, DuplicateHealth, lines};
use crate::labels::Labelled;

/// The duplicate group of each row, for three kinds of duplicates.
#[derive(Debug, Default)]
pub(crate) struct DuplicateGroups {
    pub(crate) exact: Vec<usize>,
    pub(crate) normalised: Vec<usize>,
    pub(crate) near: Vec<usize>,
}

impl DuplicateGroups {
    pub(crate) fn new(texts: &[&str]) -> Self {
        Self {
            exact: duplicate_groups(texts.iter().copied(), DuplicateKind::Exact),
            normalised: duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised),
            near: group_near_duplicates(texts, &NearOptions::default()),
        }
    }

    pub(crate) fn health(&self, dataset: &Dataset) -> DuplicateHealth {
        let mut clusters: Vec<Vec<u64>> = members(&self.near)
            .into_iter()
            .filter(|rows| rows.len() > 1)
            .map(|rows| lines(dataset, &rows))
            .collect();
        clusters.sort_by_key(|cluster| (Reverse(cluster.len()), cluster[0]));
        DuplicateHealth {
            exact: counts(&self.exact),
            normalised: counts(&self.normalised),
            near: counts(&self.near),
            clusters,
        }
    }
}

/// Returns the rows of each group; group ids must have no gaps.
fn members(groups: &[usize]) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); groups.iter().max().map_or(0, |last| last + 1)];
    groups
        .iter()
        .enumerate()
        .for_each(|(row, &group)| rows[group].push(row));
    rows
}

fn counts(groups: &[usize]) -> DuplicateCounts {
    let sizes: Vec<usize> = members(groups)
        .iter()
        .map(Vec::len)
        .filter(|&size| size > 1)
        .collect();
    let rows = sizes.iter().sum();
    DuplicateCounts {
        clusters: sizes.len(),
        rows,
        redundant: rows - sizes.len(),
        largest: sizes.into_iter().max().unwrap_or(0),
    }
}

/// Finds groups of equal texts with different labels. Returns the findings and the indices of all rows in these groups.
pub(crate) fn conflicts(
    dataset: &Dataset,
    labelled: &Labelled,
    normalised: &[usize],
) -> Result<(Vec<ConflictFinding>, Vec<usize>)> {
    let Some(labels) = &labelled.labels else {
        return Ok((Vec::new(), Vec::new()));
    };
    let groups: Vec<usize> = labelled.rows.iter().map(|&row| normalised[row]).collect();
    let classes = labelled.classes(dataset, labels);
    let conflicts = conflicting_labels(&groups, &classes)?;
    let finding = |conflict: &Conflict| {
        let side = |&(class, _): &(usize, usize)| {
            let places = conflict.rows.iter().filter(|&&place| classes[place] == class);
            let rows: Vec<usize> = places.map(|&place| labelled.rows[place]).collect();
            ConflictSide {
                label: labels.name(class).unwrap_or_default().to_owned(),
                lines: lines(dataset, &rows),
            }
        };
        let first = labelled.rows[conflict.rows[0]];
        ConflictFinding {
            text: dataset.rows[first].record.text().to_owned(),
            labels: conflict.labels.iter().map(side).collect(),
        }
    };
    let places = conflicts.iter().flat_map(|conflict| &conflict.rows);
    let rows = places.map(|&place| labelled.rows[place]).collect();
    Ok((conflicts.iter().map(finding).collect(), rows))
}
