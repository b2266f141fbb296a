//! What became of themes when they were found again.

use std::collections::{HashMap, HashSet};

use super::document::{Change, Group, Theme, What};

/// Returns what became of the themes of a group, in the order of their ids: first of those that are gone.
pub(super) fn changes(old: &Group, new: &Group) -> Vec<Change> {
    let mut all: Vec<Change> = missing(old, new)
        .map(|theme| change(theme, &new.themes, [What::Merged, What::Died]))
        .collect();
    let before: HashSet<i64> = old
        .themes
        .iter()
        .flat_map(|theme| theme.texts.iter().copied())
        .collect();
    all.extend(missing(new, old).map(|theme| {
        let known = Theme {
            texts: theme
                .texts
                .iter()
                .copied()
                .filter(|text| before.contains(text))
                .collect(),
            ..theme.clone()
        };
        let change = change(&known, &old.themes, [What::Split, What::Born]);
        Change {
            texts: theme.texts.len(),
            ..change
        }
    }));
    all.sort_by_key(|change| (matches!(change.what, What::Born | What::Split), change.id));
    all
}

/// The themes of a group that another one does not have.
fn missing<'a>(of: &'a Group, other: &Group) -> impl Iterator<Item = &'a Theme> {
    let ids: HashSet<u64> = other.themes.iter().map(|theme| theme.id).collect();
    of.themes.iter().filter(move |theme| !ids.contains(&theme.id))
}

/// Looks for a theme with at least half of the texts.
fn change(theme: &Theme, others: &[Theme], [found, none]: [What; 2]) -> Change {
    let mut owner: HashMap<i64, u64> = HashMap::new();
    for other in others.iter().filter(|other| other.id != theme.id) {
        owner.extend(other.texts.iter().map(|&text| (text, other.id)));
    }
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for id in theme.texts.iter().filter_map(|text| owner.get(text)) {
        *counts.entry(*id).or_insert(0) += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(id, n)| (*n, std::cmp::Reverse(*id)));
    let other = most.filter(|(_, n)| 2 * n >= theme.texts.len()).map(|(id, _)| id);
    Change {
        what: if other.is_some() { found } else { none },
        id: theme.id,
        other,
        texts: theme.texts.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::themes::document::Figures;

    fn group(themes: &[(u64, &[i64])]) -> Group {
        let theme = |&(id, texts): &(u64, &[i64])| Theme {
            id,
            name: None,
            quotes: Vec::new(),
            texts: texts.to_vec(),
            figures: Figures {
                first: None,
                last: None,
                trend: None,
            },
            splits: 0,
            indivisible: false,
        };
        Group {
            label: None,
            resolution: 1.0,
            chosen_for: 10,
            themes: themes.iter().map(theme).collect(),
            waiting: Vec::new(),
            changes: Vec::new(),
        }
    }

    #[test]
    fn births_splits_mergers_and_deaths_are_told_apart() {
        let old = group(&[(1, &[1, 2, 3, 4]), (2, &[5, 6]), (3, &[7, 8, 9]), (4, &[10, 11])]);
        let new = group(&[
            (1, &[1, 2, 5, 6]),
            (4, &[10, 11]),
            (5, &[3, 4, 20]),
            (6, &[21, 22]),
        ]);
        let found: Vec<(What, u64, Option<u64>, usize)> = changes(&old, &new)
            .into_iter()
            .map(|change| (change.what, change.id, change.other, change.texts))
            .collect();
        assert_eq!(
            found,
            [
                (What::Merged, 2, Some(1), 2),
                (What::Died, 3, None, 3),
                (What::Split, 5, Some(1), 3),
                (What::Born, 6, None, 2),
            ]
        );
        assert!(changes(&old, &old).is_empty());
    }
}
