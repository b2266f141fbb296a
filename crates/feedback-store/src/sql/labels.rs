//! How lists of labels are stored.
//!
//! A list of exactly one label is stored as this label. For any other list, the column of the label has the first label, or an empty
//! text if the list is empty, and a second column has the whole list as JSON with each label on a line of its own. JSON has no line
//! breaks within strings, so a label is found by its line.

use super::database::{Row, value};
use crate::error::Result;

/// The first effective label of a prediction; empty if it has none.
pub(crate) const SHOWN: &str = "coalesce(corrected, label)";
/// The list of the effective labels of a prediction; null if there is exactly one.
pub(crate) const SHOWN_LIST: &str = "CASE WHEN corrected IS NULL THEN labels ELSE corrected_labels END";

/// Returns the first label, or an empty text.
pub(crate) fn first(labels: &[String]) -> &str {
    labels.first().map_or("", String::as_str)
}

/// Returns the list as it is stored; `None` for exactly one label.
pub(crate) fn list(labels: &[String]) -> Option<String> {
    if labels.len() == 1 {
        return None;
    }
    let lines: Vec<String> = labels.iter().map(|label| line(label)).collect();
    Some(format!("[{}]", lines.join(",")))
}

/// Returns the line of a label in a stored list, with the line breaks around it.
pub(crate) fn line(label: &str) -> String {
    format!("\n{}\n", serde_json::Value::from(label))
}

/// Reads the labels in two columns of a row.
pub(crate) fn read(row: &dyn Row, first: &str, list: &str) -> Result<Vec<String>> {
    Ok(parsed(
        value(row, first)?,
        value::<Option<String>>(row, list)?.as_deref(),
    ))
}

/// Like [`read`], if the first label is null where there are no labels at all.
pub(crate) fn read_optional(row: &dyn Row, first: &str, list: &str) -> Result<Option<Vec<String>>> {
    let first: Option<String> = value(row, first)?;
    let list: Option<String> = value(row, list)?;
    Ok(first.map(|first| parsed(first, list.as_deref())))
}

/// A list that cannot be parsed should not hide the prediction, so its first label remains.
fn parsed(first: String, list: Option<&str>) -> Vec<String> {
    let list = list.and_then(|list| serde_json::from_str(list).ok());
    list.unwrap_or_else(|| vec![first])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|&label| label.to_owned()).collect()
    }

    #[test]
    fn lists_survive_a_round_trip() {
        for labels in [&[][..], &["bug"], &["bug", "a \"b\", c\n"], &["", "ü\0"]] {
            let labels = owned(labels);
            let stored = list(&labels);
            assert_eq!(parsed(first(&labels).to_owned(), stored.as_deref()), labels);
        }
        assert_eq!(list(&owned(&["bug"])), None);
    }

    #[test]
    fn a_label_is_found_by_its_line_and_by_nothing_else() {
        let stored = list(&owned(&["x,", ",y", "a\"bug\"b", "big bug"])).unwrap();
        for label in ["x,", ",y", "a\"bug\"b", "big bug"] {
            assert!(stored.contains(&line(label)), "{label}");
        }
        for label in ["x", ",", "bug", "\",\"", ""] {
            assert!(!stored.contains(&line(label)), "{label}");
        }
    }
}
