//! Which texts of a part are typical enough to belong to its theme.

use crate::neighbours::nearest_in;
use crate::vectors::Vectors;

/// A theme ends this many standard deviations below the median similarity. Iglewicz and Hoaglin recommend 3.5 for deviations
/// from the median ("How to detect and handle outliers", 1993).
const DEVIATIONS: f64 = 3.5;

/// Turns a median absolute deviation into the standard deviation of a normal distribution.
const NORMAL: f64 = 1.4826;

/// The themes of distinct vectors.
pub(super) struct Members {
    /// The theme of each distinct vector.
    pub(super) of: Vec<Option<usize>>,
    pub(super) centres: Vectors,
    /// The smallest dot product with the centre of each theme that still belongs to it.
    pub(super) limits: Vec<i32>,
    /// How many texts each theme has.
    pub(super) sizes: Vec<usize>,
}

impl Members {
    /// Turns the parts of at least `min_size` texts into themes, the largest first. If a text is far from the centre of its
    /// part, or in a smaller part, it belongs to the theme with the nearest centre, provided that it is within the limit of
    /// that theme.
    pub(super) fn new(vectors: &Vectors, counts: &[usize], parts: &[u32], min_size: usize) -> Self {
        let rows_of = large_parts(counts, parts, min_size);
        let mut centres = vectors.without_rows();
        for rows in &rows_of {
            centres.push_mean(vectors, rows, counts);
        }
        let limits = limits(vectors, &rows_of, &centres);
        let mut of = vec![None; parts.len()];
        for (theme, rows) in rows_of.iter().enumerate() {
            for &row in rows {
                of[row] = (vectors.dot(row, &centres, theme) >= limits[theme]).then_some(theme);
            }
        }
        let left: Vec<usize> = (0..parts.len()).filter(|&row| of[row].is_none()).collect();
        let nearest = nearest_in(&vectors.select(&left), &centres, 1);
        for (row, nearest) in left.into_iter().zip(nearest) {
            let within = nearest
                .first()
                .filter(|nearest| nearest.dot >= limits[nearest.row as usize]);
            of[row] = within.map(|nearest| nearest.row as usize);
        }
        Self::of_size(of, &centres, &limits, counts, min_size)
    }

    /// The members of `n` themes that are given; each has at least one.
    pub(super) fn given(vectors: &Vectors, counts: &[usize], of: Vec<Option<usize>>, n: usize) -> Self {
        let mut rows_of = vec![Vec::new(); n];
        for (row, theme) in of.iter().enumerate() {
            if let Some(theme) = *theme {
                rows_of[theme].push(row);
            }
        }
        let mut centres = vectors.without_rows();
        for rows in &rows_of {
            centres.push_mean(vectors, rows, counts);
        }
        let size = |rows: &Vec<usize>| rows.iter().map(|&row| counts[row]).sum();
        Self {
            limits: limits(vectors, &rows_of, &centres),
            sizes: rows_of.iter().map(size).collect(),
            of,
            centres,
        }
    }

    /// Leaves out the themes that have lost too many texts, and sorts the others by size.
    fn of_size(
        mut of: Vec<Option<usize>>,
        centres: &Vectors,
        limits: &[i32],
        counts: &[usize],
        min_size: usize,
    ) -> Self {
        let mut sizes = vec![0; limits.len()];
        for (theme, &count) in of.iter().zip(counts) {
            if let Some(theme) = *theme {
                sizes[theme] += count;
            }
        }
        let mut kept: Vec<usize> = (0..sizes.len())
            .filter(|&theme| sizes[theme] >= min_size)
            .collect();
        kept.sort_by_key(|&theme| (usize::MAX - sizes[theme], theme));
        let mut number = vec![None; sizes.len()];
        for (place, &theme) in kept.iter().enumerate() {
            number[theme] = Some(place);
        }
        of.iter_mut()
            .for_each(|theme| *theme = theme.and_then(|theme| number[theme]));
        Self {
            of,
            centres: centres.select(&kept),
            limits: kept.iter().map(|&theme| limits[theme]).collect(),
            sizes: kept.iter().map(|&theme| sizes[theme]).collect(),
        }
    }
}

/// The rows of each part that has at least `min_size` texts, the largest part first. Of equally large parts, the part with
/// the first row comes first.
fn large_parts(counts: &[usize], parts: &[u32], min_size: usize) -> Vec<Vec<usize>> {
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); parts.len()];
    for (row, &part) in parts.iter().enumerate() {
        rows_of[part as usize].push(row);
    }
    let size = |rows: &[usize]| rows.iter().map(|&row| counts[row]).sum::<usize>();
    rows_of.retain(|rows| size(rows) >= min_size);
    rows_of.sort_by_key(|rows| (usize::MAX - size(rows), rows[0]));
    rows_of
}

/// Where each theme ends: some deviations below the median of its members' dot products with its centre.
fn limits(vectors: &Vectors, rows_of: &[Vec<usize>], centres: &Vectors) -> Vec<i32> {
    let spreads: Vec<(i64, i64)> = rows_of
        .iter()
        .enumerate()
        .map(|(theme, rows)| {
            let dots = rows
                .iter()
                .map(|&row| i64::from(vectors.dot(row, centres, theme)));
            let dots: Vec<i64> = dots.collect();
            let middle = median(dots.clone());
            (
                middle,
                median(dots.iter().map(|dot| (dot - middle).abs()).collect()),
            )
        })
        .collect();
    // In a theme where most texts are almost the same, the deviation says nothing about the others.
    let floor = median(spreads.iter().map(|spread| spread.1).collect()) / 2;
    let limit = |&(middle, deviation): &(i64, i64)| {
        let limit = middle - (DEVIATIONS * NORMAL * deviation.max(floor) as f64) as i64;
        limit.max(i64::from(i32::MIN)) as i32
    };
    spreads.iter().map(limit).collect()
}

/// The lower median; 0 without values.
fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    values
        .get(values.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(0)
}
