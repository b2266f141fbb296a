//! How much the themes of two fits have in common.

use std::collections::BTreeMap;

use crate::themes::Themes;

/// The texts that two fits share, counted by their theme in each.
pub(super) struct Overlap {
    /// Shared texts of each old and of each new theme.
    old: Vec<usize>,
    new: Vec<usize>,
    cells: BTreeMap<(usize, usize), usize>,
}

/// An old theme that may continue as a new one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) old: usize,
    pub(super) new: usize,
    pub(super) score: f64,
}

impl Overlap {
    /// Counts the texts of `same`: pairs of an old and a new row of the same text.
    pub(super) fn new(old: &Themes, new: &Themes, same: &[(usize, usize)]) -> Self {
        let mut overlap = Self {
            old: vec![0; old.n_themes()],
            new: vec![0; new.n_themes()],
            cells: BTreeMap::new(),
        };
        for &(before, after) in same {
            let (before, after) = (old.of_rows()[before], new.of_rows()[after]);
            if let Some(theme) = before {
                overlap.old[theme] += 1;
            }
            if let Some(theme) = after {
                overlap.new[theme] += 1;
            }
            if let (Some(before), Some(after)) = (before, after) {
                *overlap.cells.entry((before, after)).or_default() += 1;
            }
        }
        overlap
    }

    /// Returns pairs of themes with scores. Themes with shared texts are a pair if at least half of the shared texts of one
    /// are in the other; the score is the intersection over union. Themes without shared texts are a pair if their centres are
    /// within the limits of each other; the score is −1 + cosine, so that these pairs come last.
    pub(super) fn candidates(&self, old: &Themes, new: &Themes) -> Vec<Candidate> {
        let by_texts = self
            .cells
            .iter()
            .filter(|&(&(before, after), &both)| 2 * both >= self.old[before] || 2 * both >= self.new[after]);
        let mut candidates: Vec<Candidate> = by_texts
            .map(|(&(before, after), &both)| Candidate {
                old: before,
                new: after,
                score: both as f64 / (self.old[before] + self.new[after] - both) as f64,
            })
            .collect();
        for before in (0..self.old.len()).filter(|&before| self.old[before] == 0) {
            for after in (0..self.new.len()).filter(|&after| self.new[after] == 0) {
                let cosine = old.centres().cosine_with(before, new.centres(), after);
                if cosine >= old.min_cosine(before).max(new.min_cosine(after)) {
                    candidates.push(Candidate {
                        old: before,
                        new: after,
                        score: cosine - 1.0,
                    });
                }
            }
        }
        candidates.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then((a.old, a.new).cmp(&(b.old, b.new)))
        });
        candidates
    }

    /// The new theme that has at least half of the shared texts of an old one.
    pub(super) fn heir(&self, old: usize) -> Option<usize> {
        let mut cells = self.cells.range((old, 0)..(old + 1, 0));
        cells
            .find(|&(_, &both)| 2 * both >= self.old[old])
            .map(|(&(_, new), _)| new)
    }

    /// The old theme that at least half of the shared texts of a new one come from.
    pub(super) fn origin(&self, new: usize) -> Option<usize> {
        let mut cells = self.cells.iter().filter(|((_, after), _)| *after == new);
        cells
            .find(|&(_, &both)| 2 * both >= self.new[new])
            .map(|(&(old, _), _)| old)
    }
}
