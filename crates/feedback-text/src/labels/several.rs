//! Cells that look like several labels, such as `bug; praise`.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::folded;

/// Labels that look like several labels in one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeveralLabels {
    /// What separates the labels; `json` for a list in JSON such as `["bug", "praise"]`.
    pub separator: &'static str,
    /// Each of these cells with its number of rows, in the order of their bytes.
    pub cells: Vec<(String, usize)>,
}

/// Separators, and whether all parts of a cell must be labels of other rows. The others also occur within a single label.
const SEPARATORS: [(&str, bool); 7] = [
    (";", false),
    ("|", false),
    ("\n", false),
    (",", true),
    ("#", true),
    ("/", true),
    ("+", true),
];

/// Finds labels that look like several labels in one cell: at least one part of the cell is the label of another row. Of all
/// separators, the one with the most rows counts; `None` if no cell looks like several labels.
///
/// # Examples
///
/// ```
/// use feedback_text::labels::several_labels;
///
/// let found = several_labels(["bug", "praise", "bug; praise", "n/a"]).unwrap_or_else(|| unreachable!());
/// assert_eq!(found.separator, ";");
/// assert_eq!(found.cells, [("bug; praise".to_string(), 1)]);
/// assert_eq!(several_labels(["bug", "question; how to"]), None);
/// ```
#[must_use]
pub fn several_labels<'a>(labels: impl IntoIterator<Item = &'a str>) -> Option<SeveralLabels> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    labels
        .into_iter()
        .for_each(|label| *counts.entry(label).or_insert(0) += 1);
    let known: HashSet<String> = counts.keys().map(|label| folded(label)).collect();
    let is_known = |part: &str| known.contains(&folded(part));
    let with_separator = SEPARATORS.iter().map(|&(separator, all)| {
        let is_several = |label: &str| {
            let parts: Vec<&str> = label.split(separator).map(str::trim).collect();
            parts.len() > 1
                && parts.iter().all(|part| !part.is_empty())
                && match all {
                    true => parts.iter().all(|part| is_known(part)),
                    false => parts.iter().any(|part| is_known(part)),
                }
        };
        (separator, cells(&counts, is_several))
    });
    let lists = std::iter::once(("json", cells(&counts, is_list)));
    let n_rows = |(_, cells): &(_, Vec<(String, usize)>)| cells.iter().map(|(_, rows)| rows).sum::<usize>();
    let mut best = None;
    for found in with_separator.chain(lists) {
        if n_rows(&found) > best.as_ref().map_or(0, n_rows) {
            best = Some(found);
        }
    }
    best.map(|(separator, cells)| SeveralLabels { separator, cells })
}

fn cells(counts: &BTreeMap<&str, usize>, is_several: impl Fn(&str) -> bool) -> Vec<(String, usize)> {
    let several = counts.iter().filter(|(label, _)| is_several(label));
    several
        .map(|(label, rows)| ((*label).to_string(), *rows))
        .collect()
}

/// True for a JSON list of strings, or an object with only such a list, as in exports of annotation tools.
fn is_list(label: &str) -> bool {
    if !label.trim_start().starts_with(['[', '{']) {
        return false;
    }
    let list = match serde_json::from_str(label) {
        Ok(Value::Object(fields)) if fields.len() == 1 => fields.into_iter().next().map(|(_, value)| value),
        Ok(value) => Some(value),
        Err(_) => None,
    };
    matches!(list, Some(Value::Array(labels)) if !labels.is_empty() && labels.iter().all(Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(labels: &[&str]) -> Option<(&'static str, Vec<(String, usize)>)> {
        several_labels(labels.iter().copied()).map(|found| (found.separator, found.cells))
    }

    #[test]
    fn cells_with_several_labels_are_found() {
        for (cell, separator) in [
            ("bug; praise", ";"),
            ("bug|praise", "|"),
            ("Bug, praise", ","),
            ("praise#bug", "#"),
            ("praise; praise", ";"),
            ("bug;new", ";"),
            ("{\"choices\":[\"question\",\"other\"]}", "json"),
            ("[\"bug\"]", "json"),
        ] {
            let expected = Some((separator, vec![(cell.to_string(), 2)]));
            assert_eq!(found(&["bug", "praise", cell, cell]), expected, "{cell}");
        }
    }

    #[test]
    fn other_cells_are_single_labels() {
        for cell in [
            "how to; why",
            "bug/crash",
            "bug, new",
            "bug;",
            "a|b",
            "[bug]",
            "{\"a\":1}",
            "C#",
        ] {
            assert_eq!(found(&["bug", "praise", cell]), None, "{cell}");
        }
        assert_eq!(found(&[]), None);
    }
}
