//! Sets of rows, to which the numbers of a report link.

use serde::Serialize;

/// Rows with a name. Every number of a report names the sets it was computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RowSet {
    /// The id by which numbers refer to the set, such as `current` or `theme-1`.
    pub id: String,
    /// What the rows have in common.
    pub title: String,
    /// The number of rows.
    pub n: usize,
    /// The lines of the rows in the file, as ranges of lines that follow each other: `2-14, 17, 20-25`. Each line of a range is that of
    /// a row.
    pub lines: String,
}

/// A number of rows, with a link to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Count {
    /// The number of rows.
    pub n: usize,
    /// The ids of [`RowSet`]s: the rows that are in all of them.
    pub sets: Vec<String>,
    /// The ids of sets whose rows do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

impl Count {
    pub(crate) fn new(n: usize, sets: &[&str]) -> Self {
        Self {
            n,
            sets: sets.iter().map(|&set| set.to_owned()).collect(),
            except: Vec::new(),
        }
    }

    pub(crate) fn except(mut self, set: &str) -> Self {
        self.except.push(set.to_owned());
        self
    }
}

/// The id of the rows of a count: that of its set, or one that is made of all of its sets.
pub(crate) fn link_id(count: &Count) -> String {
    let mut id = count.sets.join("-and-");
    for set in &count.except {
        id += &format!("-not-{set}");
    }
    id
}

/// The mean of a metric in some rows: a share, or a mean rating.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Level {
    /// The share, 0 to 1, or the mean.
    pub value: f64,
    /// The rows it is a share or mean of.
    pub rows: Count,
    /// The rows of a theme, category or segment, if it is a share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<Count>,
}

/// Ascending lines as ranges. A range joins lines that follow each other.
pub(crate) fn ranges(rows: &[usize], line: impl Fn(usize) -> u64) -> String {
    let mut text = String::new();
    for range in rows.chunk_by(|a, b| line(*a) + 1 == line(*b)) {
        if !text.is_empty() {
            text += ", ";
        }
        text += &line(range[0]).to_string();
        if let [_, .., last] = range {
            text += &format!("-{}", line(*last));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_a_row_become_a_range() {
        let lines = [2, 3, 6, 7, 9];
        let ranges = |rows: &[usize]| ranges(rows, |row| lines[row]);
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[1]), "3");
        assert_eq!(ranges(&[0, 1, 2, 4]), "2-3, 6, 9");
    }
}
