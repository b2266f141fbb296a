//! Segments of a field, small ones merged.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Error, Result, same_length};

/// A segment of a breakdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// A segment of the field, by its number.
    Value(usize),
    /// All segments that are too small, together.
    Other,
}

/// The segments of a field, numbered from 0, and where each row belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) segments: Vec<Segment>,
    pub(crate) of_row: Vec<usize>,
    /// The number of segments that were merged into `Other`.
    pub(crate) n_merged: usize,
}

impl Merged {
    /// Merges the segments with fewer than `min_rows` counted rows. If only one is that small, it is not merged.
    pub(crate) fn new(of_row: &[usize], counted: impl Fn(usize) -> bool, min_rows: usize) -> Self {
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for (row, &segment) in of_row.iter().enumerate() {
            *sizes.entry(segment).or_default() += usize::from(counted(row));
        }
        sizes.retain(|_, size| *size > 0);
        let n_small = sizes.values().filter(|size| **size < min_rows).count();
        let n_merged = if n_small > 1 { n_small } else { 0 };
        let is_merged = |size: usize| n_merged > 0 && size < min_rows;
        let mut segments = Vec::new();
        let mut numbers = BTreeMap::new();
        for (&segment, _) in sizes.iter().filter(|(_, size)| !is_merged(**size)) {
            numbers.insert(segment, segments.len());
            segments.push(Segment::Value(segment));
        }
        let other = segments.len();
        if n_merged > 0 {
            segments.push(Segment::Other);
        }
        let number = |segment| numbers.get(segment).copied().unwrap_or(other);
        Self {
            of_row: of_row.iter().map(number).collect(),
            segments,
            n_merged,
        }
    }
}

/// Combines two fields into one: the segment of a row is `first * n_second + second`.
///
/// # Errors
///
/// If the lengths differ, or a segment of `second` is not below `n_second`.
///
/// # Examples
///
/// ```
/// use feedback_drivers::cross_segments;
///
/// let (country, category) = ([0, 0, 1], [2, 0, 1]);
/// assert_eq!(cross_segments(&country, &category, 3)?, [2, 0, 4]);
/// # Ok::<(), feedback_drivers::Error>(())
/// ```
pub fn cross_segments(first: &[usize], second: &[usize], n_second: usize) -> Result<Vec<usize>> {
    same_length("second", second.len(), first.len())?;
    if let Some(row) = second.iter().position(|&segment| segment >= n_second) {
        return Err(Error::SegmentOutOfRange {
            what: "second",
            row,
            found: second[row],
            n_segments: n_second,
        });
    }
    let cross = |(first, second): (&usize, &usize)| first.saturating_mul(n_second).saturating_add(*second);
    Ok(first.iter().zip(second).map(cross).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_segments_are_merged_and_counted() {
        let merged = Merged::new(&[5, 5, 5, 1, 9, 9, 7], |row| row != 6, 3);
        assert_eq!(merged.segments, [Segment::Value(5), Segment::Other]);
        assert_eq!((merged.of_row, merged.n_merged), (vec![0, 0, 0, 1, 1, 1, 1], 2));
        let merged = Merged::new(&[5, 5, 5, 1], |_| true, 3);
        assert_eq!(merged.segments, [Segment::Value(1), Segment::Value(5)]);
        assert_eq!(merged.n_merged, 0);
        assert!(cross_segments(&[0], &[3], 3).is_err() && cross_segments(&[0], &[], 3).is_err());
    }
}
