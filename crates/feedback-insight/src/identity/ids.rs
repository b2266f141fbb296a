//! Ids of themes that stay the same when themes are found again.

use std::collections::BTreeMap;

use super::overlap::Overlap;
use crate::error::{Error, Result};
use crate::themes::Themes;

/// What happened to a theme between two fits. Themes that continue without any of this are not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThemeChange {
    /// The theme is new: most of its texts belonged to no theme, or are new.
    Born {
        /// The id of the new theme.
        id: u64,
    },
    /// The theme is new, and at least half of its known texts come from one theme, which continues.
    Split {
        /// The id of the theme that continues.
        from: u64,
        /// The ids of the themes that left it.
        into: Vec<u64>,
    },
    /// At least half of the texts of these themes are now in one other theme.
    Merged {
        /// The ids of the themes that ended.
        from: Vec<u64>,
        /// The id of the theme that continues.
        into: u64,
    },
    /// The theme ended, and no other has half of its texts.
    Died {
        /// The id of the theme that ended.
        id: u64,
    },
}

/// The ids of the themes of one fit. An id is never used again.
///
/// # Examples
///
/// ```
/// use feedback_insight::{ThemeIds, ThemeOptions, Themes, Vectors};
///
/// let options = ThemeOptions::default().with_n_neighbours(2).with_min_size(2);
/// let old = Themes::fit(&Vectors::new(2, &[1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0])?, &options)?;
/// let ids = ThemeIds::first(&old);
/// assert_eq!(ids.ids(), [0, 1]);
///
/// // The texts of the first theme are gone, and two others are new.
/// let new = Themes::fit(&Vectors::new(2, &[0.0, 1.0, 0.1, 1.0, -1.0, 0.0, -1.0, 0.1])?, &options)?;
/// let (ids, changes) = ids.next(&old, &new, &[(2, 0), (3, 1)])?;
/// assert!(ids.ids().contains(&1) && ids.ids().contains(&2));
/// assert_eq!(changes.len(), 2, "one was born, one died: {changes:?}");
/// # Ok::<(), feedback_insight::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeIds {
    ids: Vec<u64>,
    next: u64,
}

impl ThemeIds {
    /// The ids of the first fit: 0, 1, 2, …
    #[must_use]
    pub fn first(themes: &Themes) -> Self {
        let next = themes.n_themes() as u64;
        Self {
            ids: (0..next).collect(),
            next,
        }
    }

    /// The ids that [`ids`](Self::ids) and [`next_id`](Self::next_id) returned before.
    ///
    /// # Errors
    ///
    /// If an id is there twice, or is not below `next`.
    pub fn restore(ids: Vec<u64>, next: u64) -> Result<Self> {
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        let is_twice = sorted.windows(2).find(|pair| pair[0] == pair[1]);
        let wrong = is_twice.map(|pair| pair[0]);
        match wrong.or_else(|| sorted.last().copied().filter(|last| *last >= next)) {
            Some(id) => Err(Error::Setting {
                field: "ids",
                found: id as f64,
                expected: "ids below the next one, each once",
            }),
            None => Ok(Self { ids, next }),
        }
    }

    /// The id that the next new theme gets.
    #[must_use]
    pub fn next_id(&self) -> u64 {
        self.next
    }

    /// The id of each theme.
    #[must_use]
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// The ids of the next fit, and what happened in between.
    ///
    /// `same` has the pairs of an old row and a new row that are the same text. A new theme continues an old theme if at least
    /// half of the shared texts of one of them are in the other. If several pairs qualify, the pair with the largest
    /// intersection over union is taken. Where neither has shared texts, centres that are within the limits of each other
    /// decide.
    ///
    /// # Errors
    ///
    /// If `self` has not as many ids as `old` has themes, or a row of `same` does not exist.
    pub fn next(
        &self,
        old: &Themes,
        new: &Themes,
        same: &[(usize, usize)],
    ) -> Result<(Self, Vec<ThemeChange>)> {
        if self.ids.len() != old.n_themes() {
            return Err(Error::LengthMismatch {
                what: "ids",
                found: self.ids.len(),
                reference: "themes",
                expected: old.n_themes(),
            });
        }
        old.centres().same_columns("old", new.centres())?;
        for &(before, after) in same {
            check_row("old", before, old)?;
            check_row("new", after, new)?;
        }
        let overlap = Overlap::new(old, new, same);
        let mut new_of_old: Vec<Option<usize>> = vec![None; old.n_themes()];
        let mut id_of_new: Vec<Option<u64>> = vec![None; new.n_themes()];
        for candidate in overlap.candidates(old, new) {
            if new_of_old[candidate.old].is_none() && id_of_new[candidate.new].is_none() {
                new_of_old[candidate.old] = Some(candidate.new);
                id_of_new[candidate.new] = Some(self.ids[candidate.old]);
            }
        }
        let mut next = self.next;
        let ids: Vec<u64> = id_of_new
            .iter()
            .map(|id| {
                id.unwrap_or_else(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        let changes = self.changes(&overlap, &new_of_old, &id_of_new, &ids);
        Ok((Self { ids, next }, changes))
    }

    fn changes(
        &self,
        overlap: &Overlap,
        new_of_old: &[Option<usize>],
        id_of_new: &[Option<u64>],
        ids: &[u64],
    ) -> Vec<ThemeChange> {
        let mut changes = Vec::new();
        let mut splits: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        let mut merges: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for new in (0..ids.len()).filter(|&new| id_of_new[new].is_none()) {
            let origin = overlap.origin(new).filter(|&old| new_of_old[old].is_some());
            match origin {
                Some(old) => splits.entry(self.ids[old]).or_default().push(ids[new]),
                None => changes.push(ThemeChange::Born { id: ids[new] }),
            }
        }
        let ended = (0..self.ids.len()).filter(|&old| new_of_old[old].is_none());
        for old in ended {
            match overlap.heir(old) {
                Some(new) => merges.entry(ids[new]).or_default().push(self.ids[old]),
                None => changes.push(ThemeChange::Died { id: self.ids[old] }),
            }
        }
        let splits = splits
            .into_iter()
            .map(|(from, into)| ThemeChange::Split { from, into });
        let merges = merges
            .into_iter()
            .map(|(into, from)| ThemeChange::Merged { from, into });
        changes.extend(splits);
        changes.extend(merges);
        changes
    }
}

fn check_row(what: &'static str, row: usize, themes: &Themes) -> Result<()> {
    let n_rows = themes.of_rows().len();
    if row < n_rows {
        return Ok(());
    }
    Err(Error::RowOutOfRange { what, row, n_rows })
}
