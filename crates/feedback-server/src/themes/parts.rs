//! Themes that people split: the parts are found once, and stay apart when the themes are found again.

use std::collections::BTreeMap;

use feedback_insight::{ThemeOptions, Themes, Vectors};

use crate::error::{Error, Result, with_hint};

/// If the texts of a theme alone do not decide into which parts it falls, the level of detail of all texts is tried, and multiples of it.
const FACTORS: [f64; 6] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
/// Minimum number of texts of a part.
const MIN_TEXTS: usize = 5;
/// Number of texts of a part with which each text is compared.
const COMPARED: usize = 50;

pub(super) fn failed(error: feedback_insight::Error) -> Error {
    let reason = with_hint(&error, error.hint());
    Error::Invalid(format!("themes cannot be found: {reason}"))
}

/// The themes of a group, by the number of each row's theme.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Numbered {
    pub(super) of_rows: Vec<Option<usize>>,
    /// The id of each theme.
    pub(super) ids: Vec<u64>,
}

impl Numbered {
    fn rows_of(&self, theme: usize) -> Vec<usize> {
        let pairs = self.of_rows.iter().enumerate();
        pairs
            .filter(|(_, of)| **of == Some(theme))
            .map(|(row, _)| row)
            .collect()
    }

    /// Numbers the themes without gaps; themes without rows are left out.
    fn without_gaps(self) -> Self {
        let mut used: Vec<usize> = self.of_rows.iter().flatten().copied().collect();
        used.sort_unstable();
        used.dedup();
        let number = |theme: usize| used.binary_search(&theme).ok();
        Self {
            of_rows: self.of_rows.iter().map(|of| of.and_then(number)).collect(),
            ids: used.iter().map(|&theme| self.ids[theme]).collect(),
        }
    }
}

/// Divides the found themes in which parts came together again that people had separated. `before` are the earlier themes of the same
/// rows, and `apart` the ids of the parts of each theme that was split.
pub(super) fn keep_apart(
    vectors: &Vectors,
    before: &Numbered,
    mut found: Numbered,
    apart: &[Vec<u64>],
) -> Numbered {
    for ids in apart {
        // The parts that still exist, by the found theme that has at least half of their texts.
        let mut together: BTreeMap<usize, Vec<(u64, Vec<usize>)>> = BTreeMap::new();
        for &id in ids {
            let Some(theme) = before.ids.iter().position(|other| *other == id) else {
                continue;
            };
            let rows = before.rows_of(theme);
            if let Some(theme) = majority(&rows, &found.of_rows) {
                together.entry(theme).or_default().push((id, rows));
            }
        }
        for (theme, parts) in together.into_iter().filter(|(_, parts)| parts.len() > 1) {
            divide(vectors, &mut found, theme, &parts);
        }
    }
    found.without_gaps()
}

/// The theme that has at least half of these rows.
fn majority(rows: &[usize], of_rows: &[Option<usize>]) -> Option<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for theme in rows.iter().filter_map(|&row| of_rows[row]) {
        *counts.entry(theme).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(theme, count)| (*count, std::cmp::Reverse(*theme)));
    most.filter(|(_, count)| 2 * count >= rows.len())
        .map(|(theme, _)| theme)
}

/// Gives each text of a theme to the part that it is most like.
fn divide(vectors: &Vectors, found: &mut Numbered, theme: usize, parts: &[(u64, Vec<usize>)]) {
    let owner = parts
        .iter()
        .position(|(id, _)| *id == found.ids[theme])
        .unwrap_or(0);
    found.ids[theme] = parts[owner].0;
    let numbers: Vec<usize> = (0..parts.len())
        .map(|part| match part == owner {
            true => theme,
            false => {
                found.ids.push(parts[part].0);
                found.ids.len() - 1
            }
        })
        .collect();
    for row in found.rows_of(theme) {
        let mut best = (0, f64::NEG_INFINITY);
        for (part, (_, members)) in parts.iter().enumerate() {
            let likeness = likeness(vectors, row, members);
            if likeness > best.1 {
                best = (part, likeness);
            }
        }
        found.of_rows[row] = Some(numbers[best.0]);
    }
}

/// The mean similarity of a text to an even selection of others.
fn likeness(vectors: &Vectors, row: usize, members: &[usize]) -> f64 {
    let n = members.len().min(COMPARED);
    let chosen = (0..n).map(|index| members[index * members.len() / n]);
    chosen.map(|other| vectors.cosine(row, other)).sum::<f64>() / n.max(1) as f64
}

/// Splits a theme into parts, of which the largest keeps its number and its id. Returns the ids of all parts, or `None` if no parts can be
/// told apart.
///
/// # Errors
///
/// As for finding themes.
pub(super) fn split(
    vectors: &Vectors,
    found: &mut Numbered,
    theme: usize,
    resolution: f64,
    next_id: &mut u64,
) -> Result<Option<Vec<u64>>> {
    let rows = found.rows_of(theme);
    if rows.len() < 2 * MIN_TEXTS {
        return Ok(None);
    }
    let texts = vectors.select(&rows);
    let details = FACTORS.iter().map(|factor| Some(resolution * factor));
    for detail in std::iter::once(None).chain(details) {
        // With few texts, each would be linked with nearly all others.
        let n_neighbours = (rows.len() / 4).clamp(3, ThemeOptions::default().n_neighbours);
        let mut options = ThemeOptions::default()
            .with_n_neighbours(n_neighbours)
            .with_min_size(MIN_TEXTS);
        options.resolution = detail;
        let parts = Themes::fit(&texts, &options).map_err(failed)?;
        if parts.n_themes() < 2 {
            continue;
        }
        let sizes = parts.sizes();
        let largest = (0..sizes.len())
            .rev()
            .max_by_key(|&part| sizes[part])
            .unwrap_or(0);
        let mut numbers = vec![theme; parts.n_themes()];
        let mut ids = vec![found.ids[theme]];
        for (_, number) in numbers
            .iter_mut()
            .enumerate()
            .filter(|(part, _)| *part != largest)
        {
            *number = found.ids.len();
            found.ids.push(*next_id);
            ids.push(*next_id);
            *next_id += 1;
        }
        // A text in no part stays with the largest.
        for (&row, part) in rows.iter().zip(parts.of_rows()) {
            found.of_rows[row] = Some(part.map_or(theme, |part| numbers[part]));
        }
        return Ok(Some(ids));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(of_rows: &[usize], ids: &[u64]) -> Numbered {
        Numbered {
            of_rows: of_rows.iter().map(|&theme| Some(theme)).collect(),
            ids: ids.to_vec(),
        }
    }

    /// Three directions with six texts each.
    fn vectors() -> Vectors {
        let row = |row: usize| {
            let small = (row % 6) as f32 * 0.01;
            [[1.0, small, 0.0], [small, 1.0, 0.0], [0.0, small, 1.0]][row / 6]
        };
        Vectors::new(3, &(0..18).flat_map(row).collect::<Vec<f32>>()).unwrap()
    }

    #[test]
    fn a_theme_of_two_things_has_two_parts() {
        let mut of_rows = vec![0; 12];
        of_rows.extend([1; 6]);
        let mut found = numbered(&of_rows, &[7, 8]);
        let mut next_id = 20;
        let ids = split(&vectors(), &mut found, 0, 1.0, &mut next_id)
            .unwrap()
            .unwrap();
        assert_eq!((ids, next_id), (vec![7, 20], 21));
        assert_eq!(found.ids, [7, 8, 20]);
        let of = |rows: std::ops::Range<usize>| found.of_rows[rows].to_vec();
        assert!(of(0..6).iter().all(|theme| *theme == of(0..1)[0]));
        assert!(of(6..12).iter().all(|theme| *theme == of(6..7)[0]));
        assert_ne!(of(0..1), of(6..7));
        assert_eq!(of(12..18), [Some(1); 6]);
        let too_few = split(&vectors(), &mut numbered(&[0; 4], &[1]), 0, 1.0, &mut next_id).unwrap();
        assert_eq!(too_few, None);
    }

    #[test]
    fn parts_stay_apart_when_they_are_found_as_one() {
        let before = numbered(&[[0; 6], [1; 6], [2; 6]].concat(), &[7, 20, 8]);
        let found = numbered(&[[0; 12].as_slice(), &[1; 6]].concat(), &[7, 8]);
        let apart = keep_apart(&vectors(), &before, found.clone(), &[vec![7, 20]]);
        assert_eq!(apart, numbered(&[[0; 6], [2; 6], [1; 6]].concat(), &[7, 8, 20]));
        // Themes that nobody split may come together.
        assert_eq!(keep_apart(&vectors(), &before, found.clone(), &[]), found);
        assert_eq!(
            keep_apart(&vectors(), &before, found.clone(), &[vec![7, 99]]),
            found
        );
    }
}
